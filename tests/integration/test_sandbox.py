"""`understudy sandbox`: how servers start, who is the primary, and a rebuilt server."""

import subprocess

import pytest

import sql
from waiting import wait_until


def writable(cluster, name):
    return cluster.execute(name, "SELECT @@read_only")[0][0] == 0


def source_port(cluster, name):
    with cluster.connect(name) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW SLAVE STATUS")
        row = cursor.fetchone()
        columns = [column[0] for column in cursor.description]
        return dict(zip(columns, row))["Master_Port"] if row else None


def run(binary, cluster, *arguments):
    return subprocess.run([binary, "sandbox", arguments[0], str(cluster.directory), *arguments[1:]],
                          capture_output=True, text=True, timeout=120)


def promote(cluster, name):
    """By hand: `name` leads and db3 follows it; db1 is left as it is."""
    cluster.execute_as_root("STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0", name)
    cluster.execute_as_root(
        f"STOP SLAVE; CHANGE MASTER TO MASTER_PORT = {cluster.port(name)}; START SLAVE", "db3")
    wait_until(lambda: source_port(cluster, "db3") == cluster.port(name))


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
    cluster.execute_as_root("SET GLOBAL read_only = 0", "db1")


def test_replicas_hear_heartbeats(cluster):
    def heartbeats():
        with cluster.connect("db2") as connection, connection.cursor() as cursor:
            cursor.execute("SHOW ALL SLAVES STATUS")
            columns = [column[0] for column in cursor.description]
            row = dict(zip(columns, cursor.fetchone()))
            assert float(row["Slave_heartbeat_period"]) == 0.25
            return row["Slave_received_heartbeats"]

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
    cluster.execute_as_root("INSERT INTO rebuilt.t VALUES (99)", "db1")

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
        position = sql.value(connection, "SELECT @@gtid_binlog_pos")
    assert cluster.execute("db1", f"SELECT MASTER_GTID_WAIT('{position}', 20)")[0][0] == 0
    assert cluster.execute("db1", "SELECT i FROM rebuilt.t") == ((1,), (2,), (3,), (4,))
    assert source_port(cluster, "db1") == cluster.port("db2")
    assert not writable(cluster, "db1")
    folder = cluster.directory / "db1"
    assert not (folder / "backup.cnf").exists(), "it holds a password"
    assert not (folder / "data.before").exists()


def test_a_sandbox_that_is_brought_up_again_keeps_its_primary(cluster):
    assert writable(cluster, "db2"), "by the test before"
    cluster.stop()
    cluster.up()
    assert [writable(cluster, name) for name in cluster.names] == [False, True, False]
    assert [source_port(cluster, name) for name in cluster.names] == [
        cluster.port("db2"), None, cluster.port("db2")]
