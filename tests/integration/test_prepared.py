"""Prepared statements: the mysql2 package for Node.js, sysbench, and commands of the protocol."""

import struct
import subprocess

import pymysql
import pytest
import raw_commands as raw
import sql
from conftest import NODE
from understudy import Understudy


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


def run_prepared(client, text):
    """The rows of a statement that is prepared, executed and closed."""
    prepared = prepare(client, text)
    rows = run(client, prepared)
    client._sock.sendall(raw.packet(raw.close(prepared)))
    return rows


def prepare(client, text):
    answer = raw.ask_to_prepare(client, text)
    assert answer[0][0] == 0, answer
    return struct.unpack("<I", answer[0][1:5])[0]


def run(client, prepared):
    """What rows have behind the null bitmap, for a result of one column."""
    answer = raw.ask(client, raw.execute(prepared))
    if answer[0][0] == 0xFF:
        raise pymysql.OperationalError(*struct.unpack("<H", answer[0][1:3]))
    return [row[2:] for row in answer if row[0] == 0]


@pytest.fixture(scope="module")
def two_schemas(cluster):
    for number in (1, 2):
        cluster.make_schema(f"prepared_{number}", "CREATE TABLE own (number TINYINT)",
                            f"INSERT INTO own VALUES ({number})")


def test_the_same_text_in_another_schema_is_another_statement(binary, cluster, two_schemas):
    settings = {"pool": {"max_per_server": 1}, "listen": {"workers": 1}}
    with Understudy(binary, cluster, settings) as proxy:
        with (proxy.session(database="prepared_1") as one,
              proxy.session(database="prepared_2") as two):
            for _ in range(10):
                assert run_prepared(one, "SELECT number FROM own") == [b"\x01"]
                assert run_prepared(two, "SELECT number FROM own") == [b"\x02"]
            run_prepared(two, "UPDATE own SET number = 3")
            assert run_prepared(one, "SELECT number FROM own") == [b"\x01"]
            assert run_prepared(two, "SELECT number FROM own") == [b"\x03"]
            run_prepared(two, "UPDATE own SET number = 2")


def test_a_statement_of_the_schema_before_is_refused(understudy, two_schemas):
    with understudy.session(database="prepared_1") as client:
        here = prepare(client, "SELECT number FROM own")
        everywhere = prepare(client, "SELECT number FROM prepared_1.own")
        client.select_db("prepared_2")
        assert run(client, everywhere) == [b"\x01"]
        with pytest.raises(pymysql.OperationalError, match="1615"):
            run(client, here)
        client.select_db("prepared_1")
        assert run(client, here) == [b"\x01"]
        sql.execute(client, "USE prepared_2")
        assert run(client, prepare(client, "SELECT number FROM own")) == [b"\x02"]
