"""`understudy sandbox`: how servers start, who is the primary, and a rebuilt server."""

import os
import subprocess

import pymysql
import pytest

import sql
from waiting import wait_until


def writable(cluster, name):
    return cluster.execute(name, "SELECT @@read_only")[0][0] == 0


def run(binary, cluster, *arguments):
    return subprocess.run([binary, "sandbox", arguments[0], str(cluster.directory), *arguments[1:]],
                          capture_output=True, text=True, timeout=120)


def promote(cluster, name):
    """By hand: `name` leads and db3 follows it; db1 is left as it is."""
    flavour = cluster.flavour
    cluster.execute_as_root(f"{flavour.stop_replica}; {flavour.forget_source}; {flavour.writable}",
                            name)
    cluster.execute_as_root(f"{flavour.stop_replica}; "
                            f"{flavour.change_source(port=cluster.port(name))}; "
                            f"{flavour.start_replica}", "db3")
    wait_until(lambda: cluster.source_port("db3") == cluster.port(name))


def test_a_primary_that_is_started_again_takes_writes(cluster):
    assert [writable(cluster, name) for name in cluster.names] == [True, False, False]
    cluster.kill("db1")
    cluster.start("db1")
    assert writable(cluster, "db1")
    cluster.kill("db2")
    cluster.start("db2")
    assert not writable(cluster, "db2")


@pytest.mark.parametrize("mode, expected", [("--read-only", False), ("--writable", True),
                                            ("--replica", False)])
def test_how_a_server_starts_can_be_said(binary, cluster, mode, expected):
    cluster.kill("db1")
    assert run(binary, cluster, "start", "db1", mode).returncode == 0
    assert writable(cluster, "db1") == expected
    cluster.execute_as_root(cluster.flavour.writable, "db1")


def test_replicas_hear_heartbeats(cluster):
    def heartbeats():
        with cluster.connect("db2", cursorclass=pymysql.cursors.DictCursor) as connection:
            row = sql.execute(connection, cluster.flavour.heartbeats)[0]
            interval, received = (row[column] for column in cluster.flavour.heartbeat_columns)
            assert float(interval) == 0.25
            return received

    first = heartbeats()
    wait_until(lambda: heartbeats() > first, timeout=5)


def test_an_old_primary_is_rebuilt_from_a_replica(binary, cluster):
    cluster.make_schema("rebuilt", "CREATE TABLE t (i INT PRIMARY KEY)",
                        "INSERT INTO t VALUES (1), (2)")
    cluster.kill("db1")
    promote(cluster, "db2")
    with cluster.connect("db2") as connection:
        sql.execute(connection, "INSERT INTO rebuilt.t VALUES (3)")
    cluster.start("db1")
    assert not writable(cluster, "db1"), "db2 takes the writes"
    # A write that nobody else has.
    flavour = cluster.flavour
    cluster.execute_as_root(
        f"{flavour.writable}; INSERT INTO rebuilt.t VALUES (99); {flavour.read_only}", "db1")

    refused = run(binary, cluster, "rebuild", "db1", "--from", "db1")
    assert refused.returncode == 1 and "itself" in refused.stderr
    cluster.pause("db3")
    refused = run(binary, cluster, "rebuild", "db1", "--from", "db3")
    assert refused.returncode == 1 and "not running" in refused.stderr
    assert cluster.execute("db1", "SELECT COUNT(*) FROM rebuilt.t")[0][0] == 3, "untouched"
    cluster.resume("db3")

    done = run(binary, cluster, "rebuild", "db1", "--from", "db3")
    assert done.returncode == 0, done.stderr
    with cluster.connect("db2") as connection:
        sql.execute(connection, "INSERT INTO rebuilt.t VALUES (4)")
    cluster.wait_for_position("db1", cluster.logged_position("db2"))
    assert cluster.execute("db1", "SELECT i FROM rebuilt.t") == ((1,), (2,), (3,), (4,))
    assert cluster.source_port("db1") == cluster.port("db2")
    assert not writable(cluster, "db1")
    folder = cluster.directory / "db1"
    assert not (folder / "backup.cnf").exists(), "it holds a password"
    assert not (folder / "data.before").exists()


def test_a_sandbox_that_is_brought_up_again_keeps_its_primary(cluster):
    assert writable(cluster, "db2"), "by the test before"
    cluster.stop()
    cluster.up()
    assert [writable(cluster, name) for name in cluster.names] == [False, True, False]
    assert [cluster.source_port(name) for name in cluster.names] == [
        cluster.port("db2"), None, cluster.port("db2")]


def test_a_server_that_is_missing_is_told_how_to_get(binary, tmp_path):
    done = subprocess.run([binary, "sandbox", "up", str(tmp_path / "s"), "--flavour", "mysql"],
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PATH": "/nowhere"})
    assert done.returncode == 1
    assert "tools/get_mysql.sh fetches one" in done.stderr
