"""A known load generator runs through without an error."""

import subprocess

import pytest


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("sbtest")


def sysbench(port, command, *options):
    done = subprocess.run(
        ["sysbench", "oltp_read_write", "--db-driver=mysql", "--mysql-host=127.0.0.1",
         f"--mysql-port={port}", "--mysql-user=app", "--mysql-password=app",
         "--mysql-db=sbtest", "--tables=2", "--table-size=10000", *options, command],
        capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "FATAL" not in done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def tables(understudy, cluster):
    sysbench(understudy.port, "prepare")
    cluster.wait_for_replicas()


@pytest.mark.parametrize("prepared", ["auto", "disable"])
@pytest.mark.parametrize("transactions", [True, False])
def test_sysbench_runs_without_errors(understudy, tables, prepared, transactions):
    # Two threads may delete and insert the same row: 1062 without transactions, a deadlock with.
    output = sysbench(
        understudy.port, "run", "--threads=16", "--time=5", f"--db-ps-mode={prepared}",
        f"--skip-trx={'off' if transactions else 'on'}",
        "--mysql-ignore-errors=1062,1213,1020,1205")
    assert "reconnects:                          0 " in output
