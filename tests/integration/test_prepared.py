"""Prepared statements: the mysql2 package for Node.js, sysbench, and commands of the protocol."""

import struct
import subprocess

import pymysql
import pytest
import raw_commands as raw
import sql
from conftest import NODE
from understudy import Understudy
from waiting import wait_until


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


def schema_of(client):
    return sql.value(client, "/* understudy: server(db3) */ SELECT DATABASE()")


def test_a_statement_is_executed_where_it_was_prepared(cluster, understudy, two_schemas):
    """As on a direct connection, whichever connections it goes to."""
    with cluster.connect("db1", database="prepared_1") as direct:
        with understudy.session(database="prepared_1") as through:
            for client in (direct, through):
                read = prepare(client, "SELECT number FROM own")
                where = prepare(client, "SELECT DATABASE()")
                write = prepare(client, "UPDATE own SET number = number + 10")
                commit = prepare(client, "COMMIT")
                client.select_db("prepared_2")
                other = prepare(client, "SELECT number FROM own")
                assert (run(client, read), run(client, other)) == ([b"\x01"], [b"\x02"])
                assert run(client, where) == [b"\x0aprepared_1"]
                assert schema_of(client) == "prepared_2"
                run(client, write)
                sql.execute(client, "BEGIN")
                run(client, write)
                run(client, commit)
                assert (run(client, read), run(client, other)) == ([b"\x15"], [b"\x02"])
                assert schema_of(client) == "prepared_2"
                sql.execute(client, "UPDATE prepared_1.own SET number = 1")
                client.select_db("prepared_1")
                assert (run(client, read), run(client, other)) == ([b"\x01"], [b"\x02"])


def test_cached_answers_are_those_of_the_schema_where_it_was_prepared(
        cluster, understudy, two_schemas):
    read = "/* understudy: cache */ SELECT number FROM own"
    with understudy.session(database="prepared_1") as client:
        one = prepare(client, read)
        client.select_db("prepared_2")
        two = prepare(client, read)
        goal = understudy.metric("understudy_cache_hits_total") + 10

        def read_both():
            assert (run(client, one), run(client, two)) == ([b"\x01"], [b"\x02"])
            return understudy.metric("understudy_cache_hits_total") >= goal
        wait_until(read_both, what="answers from the cache")
        sql.execute(client, "UPDATE prepared_1.own SET number = 5")
        assert (run(client, one), run(client, two)) == ([b"\x05"], [b"\x02"])
        sql.execute(client, "UPDATE prepared_1.own SET number = 1")


def test_a_schema_that_is_gone_is_an_error_of_its_statements_alone(cluster, understudy):
    cluster.make_schema("prepared_gone", "CREATE TABLE own (number TINYINT)",
                        "INSERT INTO own VALUES (3)")
    with understudy.session(database="prepared_gone") as client:
        read = prepare(client, "SELECT number FROM own")
        assert run(client, read) == [b"\x03"]
        client.select_db("prepared")
        sql.execute(client, "DROP DATABASE prepared_gone")
        cluster.wait_for_replicas()
        for _ in range(5):
            with pytest.raises(pymysql.OperationalError, match="1049|1146"):
                run(client, read)
            assert sql.value(client, "SELECT COUNT(*) >= 0 FROM c") == 1
        with pytest.raises(pymysql.err.OperationalError, match="1049"):
            client.select_db("prepared_gone")


def test_a_statement_of_a_schema_cannot_run_where_none_is_left(cluster, understudy, two_schemas):
    cluster.make_schema("prepared_left", "CREATE TABLE own (number TINYINT)")
    with understudy.session(database="prepared_1") as client:
        read = prepare(client, "SELECT number FROM own")
        client.select_db("prepared_left")
        sql.execute(client, "DROP DATABASE prepared_left")
        with pytest.raises(pymysql.OperationalError, match="1615"):
            run(client, read)
        client.select_db("prepared_2")
        assert run(client, read) == [b"\x01"]
