"""Prepared statements: the mysql2 package for Node.js, and sysbench."""

import subprocess

import pytest
from conftest import NODE


@pytest.fixture(scope="module")
def settings():
    return {"cache": {"enabled": True, "tables": ["prepared.c"]}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "prepared", "CREATE TABLE c (id INT PRIMARY KEY, v INT NOT NULL)",
        "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40), d DATETIME(6))",
        "CREATE TABLE big (id INT PRIMARY KEY, b LONGBLOB)")


@pytest.mark.parametrize("scenario", [
    "values", "reads_own_writes", "many_statements", "transaction", "errors", "reprepare",
    "session_state", "interleaved", "closed", "cached",
])
def test_prepared_statements(node, understudy, scenario):
    done = subprocess.run([node, "prepared.mjs", scenario, str(understudy.port)], cwd=NODE,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout == "ok\n"


def test_prepared_reads_run_on_replicas(node, cluster, understudy):
    before = cluster.counters("Com_stmt_execute")
    done = subprocess.run([node, "prepared.mjs", "reads", str(understudy.port)], cwd=NODE,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    grown = {name: count - before[name]
             for name, count in cluster.counters("Com_stmt_execute").items()}
    assert grown["db1"] == 0
    assert grown["db2"] + grown["db3"] == 200
