"""Writes that were on their way when the primary was killed: what became of them is found out."""

import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import pymysql
import pytest
import raw_commands as raw
import sql
from conftest import NODE
from lost_writes import Background, count, kill_primary, running, withhold_acknowledgements
from sandbox import Sandbox
from understudy import Understudy
from waiting import wait_until


@pytest.fixture
def cluster(binary):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-it-"))
    sandbox = Sandbox(binary, directory / "sandbox", semi_sync=True)
    try:
        sandbox.up()
        sandbox.make_schema(
            "shop", "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(80), n INT)",
            "INSERT INTO t (v, n) VALUES ('first', 1), ('second', 1)")
        yield sandbox
    finally:
        sandbox.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def understudy(binary, cluster):
    with Understudy(binary, cluster, {}) as proxy:
        yield proxy


def rows(understudy, value):
    with understudy.session(database="shop") as client:
        return sql.value(client, "/* understudy: strong */ SELECT COUNT(*) FROM t WHERE v = %s",
                         [value])


def test_a_write_that_reached_a_replica_is_answered(cluster, understudy):
    withhold_acknowledgements(cluster)
    with understudy.session(database="shop") as client:
        write = Background(client, "UPDATE t SET v = 'there', n = n + 1")
        wait_until(lambda: count(cluster, "db2", "there") == count(cluster, "db3", "there") == 2,
                   what="the replicas have it")
        kill_primary(cluster, understudy)
        write.join()
        assert write.error is None and write.affected == 2
        assert sql.value(client, "SELECT SUM(n) FROM t") == 4
    assert understudy.metric("understudy_proved_writes_total") == 1


@pytest.mark.parametrize("statement, affected", [
    ("INSERT INTO t (v) VALUES ('id')", 1),
    ("INSERT INTO t (v) VALUES ('id'), ('id')", 2),
    ("INSERT INTO t VALUES (77, 'id', 1)", 1),
    ("/* no list */ INSERT INTO t SET v = 'id'", 1),
])
def test_an_insert_is_answered_with_its_id(cluster, understudy, statement, affected):
    withhold_acknowledgements(cluster)
    with understudy.session(database="shop") as client:
        write = Background(client, statement)
        wait_until(lambda: count(cluster, "db2", "id") == count(cluster, "db3", "id") == affected,
                   what="the replicas have it")
        kill_primary(cluster, understudy)
        write.join()
        assert write.error is None and write.affected == affected
        assert write.insert_id == sql.value(client, "SELECT MIN(id) FROM t WHERE v = 'id'")
        assert sql.value(client, "SELECT LAST_INSERT_ID()") == write.insert_id
    assert rows(understudy, "id") == affected


@pytest.mark.parametrize("statement, ids", [
    ("INSERT IGNORE INTO t VALUES (77, 'id', 1), (1, 'id', 1)", {1, None}),
    ("INSERT INTO t VALUES (77, 'id', 1), (1, 'x', 1) ON DUPLICATE KEY UPDATE n = n", {1, None}),
    ("INSERT IGNORE INTO t VALUES (77, 'id', 1)", {77}),
])
def test_an_id_that_the_log_does_not_tell_is_not_guessed(cluster, understudy, statement, ids):
    withhold_acknowledgements(cluster)
    with understudy.session(database="shop") as client:
        write = Background(client, statement)
        wait_until(lambda: count(cluster, "db2", "id") == count(cluster, "db3", "id") == 1,
                   what="the replicas have it")
        kill_primary(cluster, understudy)
        write.join()
        assert write.insert_id in ids
        assert (write.error is None) == (write.insert_id is not None)
        if write.error:
            assert "after it had executed the statement" in write.error.args[1]


def test_a_commit_that_reached_a_replica_is_answered(cluster, understudy):
    withhold_acknowledgements(cluster)
    with understudy.session(database="shop") as client:
        sql.execute(client, "SET @mine = 'kept'")
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES ('commit')")
        sql.execute(client, "UPDATE t SET n = n + 1 WHERE v = 'first'")
        commit = Background(client, "COMMIT")
        wait_until(lambda: count(cluster, "db2", "commit") and count(cluster, "db3", "commit"),
                   what="the replicas have it")
        kill_primary(cluster, understudy)
        commit.join()
        assert commit.error is None
        assert sql.value(client, "SELECT @mine") == "kept"
        assert sql.value(client, "SELECT n FROM t WHERE v = 'first'") == 2
    assert rows(understudy, "commit") == 1
    assert understudy.metric("understudy_proved_writes_total") == 1


def test_a_commit_that_was_prepared_in_another_schema_is_answered(cluster, understudy):
    with understudy.session() as client, ThreadPoolExecutor() as threads:
        sql.execute(client, "CREATE DATABASE other")
        withhold_acknowledgements(cluster)
        client.select_db("other")
        commit = raw.prepared_id(raw.answers(client, raw.prepare("COMMIT")))
        client.select_db("shop")
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES ('commit')")
        committing = threads.submit(raw.ask, client, raw.execute(commit))
        wait_until(lambda: count(cluster, "db2", "commit") and count(cluster, "db3", "commit"),
                   what="the replicas have it")
        kill_primary(cluster, understudy)
        answer = committing.result(timeout=60)[0]
        assert answer[0] == 0, answer
    assert rows(understudy, "commit") == 1
    assert understudy.metric("understudy_proved_writes_total") == 1


def test_writes_that_reached_no_replica_run_again(cluster, understudy):
    with cluster.connect("db1", database="shop", autocommit=False) as other, \
            understudy.session(database="shop") as client, \
            understudy.session(database="shop") as second:
        sql.execute(other, "UPDATE t SET n = 100")  # keeps the locks of its rows
        writes = [Background(client, "UPDATE t SET n = n + 1 WHERE v = 'first'"),
                  Background(second, "DELETE FROM t WHERE v = 'second'")]
        wait_until(lambda: running(cluster, "UPDATE t SET n = n + 1%")
                   and running(cluster, "DELETE FROM t%"), what="the writes wait for a lock")
        kill_primary(cluster, understudy)
        for write in writes:
            write.join()
            assert write.error is None and write.affected == 1
        assert sql.value(client, "SELECT n FROM t WHERE v = 'first'") == 2
        assert sql.value(client, "SELECT COUNT(*) FROM t") == 1
    assert understudy.metric("understudy_repeated_writes_total") == 2
    assert understudy.metric("understudy_proved_writes_total") == 0


def test_a_commit_that_reached_no_replica_runs_again(cluster, understudy):
    with cluster.connect("db1") as other, understudy.session(database="shop") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES ('again')")
        number = sql.value(client, "SELECT LAST_INSERT_ID()")
        sql.execute(other, "FLUSH TABLES WITH READ LOCK")
        commit = Background(client, "COMMIT")
        wait_until(lambda: running(cluster, "COMMIT"), what="the COMMIT waits for a lock")
        kill_primary(cluster, understudy)
        commit.join()
        assert commit.error is None
        assert sql.value(client, "SELECT v FROM t WHERE id = %s", [number]) == "again"
    assert rows(understudy, "again") == 1
    assert understudy.metric("understudy_repeated_writes_total") == 1
    assert understudy.metric("understudy_replayed_transactions_total") == 1


def test_statements_of_another_schema_run_there_again(cluster, understudy):
    cluster.make_schema("other", "CREATE TABLE t LIKE shop.t")
    with understudy.session(database="shop") as client:
        insert = raw.prepared_id(raw.answers(
            client, raw.prepare("INSERT INTO t (v) VALUES ('there')")))
        client.select_db("other")
        sql.execute(client, "BEGIN")
        assert raw.ask(client, raw.execute(insert))[0][0] == 0
        sql.execute(client, "INSERT INTO t (v) VALUES ('here')")
        kill_primary(cluster, understudy)
        assert raw.ask(client, raw.execute(insert))[0][0] == 0
        sql.execute(client, "COMMIT")
        assert sql.value(client, "SELECT DATABASE()") == "other"
        assert sql.execute(client, "SELECT v FROM t") == (("here",),)
    assert rows(understudy, "there") == 2
    assert understudy.metric("understudy_replayed_transactions_total") == 1


def test_what_somebody_else_may_have_done_stays_unknown(cluster, understudy):
    withhold_acknowledgements(cluster)
    with understudy.session(database="shop") as client, \
            cluster.connect("db1", database="shop") as stranger:
        foreign = Background(stranger, "INSERT INTO t (v) VALUES ('foreign')")
        write = Background(client, "INSERT INTO t (v) VALUES ('mine')")
        wait_until(lambda: all(count(cluster, name, value) for name in ("db2", "db3")
                               for value in ("foreign", "mine")), what="the replicas have both")
        kill_primary(cluster, understudy)
        write.join()
        foreign.join()
        assert write.error.args[0] == 2013
        assert "may or may not have been executed: " in write.error.args[1]
        assert "others write here" in write.error.args[1]
        # It is not run twice.
        assert sql.value(client, "SELECT COUNT(*) FROM t WHERE v = 'mine'") == 1
    assert understudy.metric("understudy_unknown_writes_total") == 1


def test_without_its_text_in_the_log_it_stays_unknown(cluster, understudy):
    cluster.execute_as_root(f"SET GLOBAL {cluster.flavour.logged_texts} = 0", "db1")
    withhold_acknowledgements(cluster)
    with understudy.session(database="shop") as client:
        write = Background(client, "INSERT INTO t (v) VALUES ('silent')")
        wait_until(lambda: count(cluster, "db2", "silent") and count(cluster, "db3", "silent"),
                   what="the replicas have it")
        kill_primary(cluster, understudy)
        write.join()
        assert write.error.args[0] == 2013
        assert "their statements cannot be told" in write.error.args[1]
        assert sql.value(client, "SELECT COUNT(*) FROM t WHERE v = 'silent'") == 1


def test_a_write_of_a_client_that_has_gone_is_not_taken_for_another_ones(cluster, understudy):
    withhold_acknowledgements(cluster)
    text = "UPDATE t SET n = n + 1 WHERE v = 'first'"

    def seen(name):
        return cluster.execute(name, "SELECT n FROM shop.t WHERE v = 'first'")[0][0]

    gone = understudy.connect(database="shop")
    with understudy.session(database="shop") as client:
        sql.execute(client, "DO 1")
        first = Background(gone, text)
        wait_until(lambda: seen("db2") == 2 and seen("db3") == 2, what="the replicas have it")
        of_first = running(cluster, "UPDATE t%")
        # Straight from one to the other, before the primary was asked again how far it is.
        gone._sock.shutdown(socket.SHUT_RDWR)
        write = Background(client, text)
        wait_until(lambda: {*running(cluster, "UPDATE t%")} - {*of_first}, what="both have begun")
        first.join()
        kill_primary(cluster, understudy)
        write.join()
        done = sql.value(client, "/* understudy: strong */ SELECT n FROM t WHERE v = 'first'") - 2
    # What was there before it was sent was not its work.
    if write.error:
        assert write.error.args[0] == 2013 and done == 0
    else:
        assert done == 1


def test_what_no_log_tells_of_is_not_run_on_another_server(cluster, understudy):
    cluster.execute_as_root("GRANT ALL ON *.* TO 'app'@'%'", "db1")
    cluster.wait_for_replicas()
    with cluster.connect("db1") as other, understudy.session() as client:
        sql.execute(other, "LOCK TABLES mysql.plugin WRITE")
        write = Background(client, "INSTALL PLUGIN nothing SONAME 'not_there'")
        wait_until(lambda: running(cluster, "INSTALL%"), what="the statement waits for a lock")
        kill_primary(cluster, understudy)
        write.join()
        assert write.error.args[0] == 2013
        assert "no binary log tells of such statements" in write.error.args[1]
    assert understudy.metric("understudy_repeated_writes_total") == 0


def test_a_lost_connection_to_a_living_primary_is_told_at_once(cluster, understudy):
    with cluster.connect("db1", database="shop", autocommit=False) as other, \
            understudy.session(database="shop") as client:
        sql.execute(other, "UPDATE t SET n = 100")
        write = Background(client, "UPDATE t SET n = n + 1 WHERE v = 'first'")
        wait_until(lambda: running(cluster, "UPDATE t SET n = n + 1%"),
                   what="the write waits for a lock")
        cluster.execute_as_root(f"KILL {running(cluster, 'UPDATE t SET n = n + 1%')[0]}", "db1")
        write.join()
        assert write.error.args[0] == 2013
        assert understudy.status()["primary"] == "db1"


class Writer:
    """Writes rows one after the other until it is stopped, and remembers what it was told."""

    def __init__(self, understudy, name, transactions):
        self.acknowledged, self.unknown, self.refused = {}, set(), []
        self._stop = threading.Event()
        self._understudy, self._name, self._transactions = understudy, name, transactions
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        client = self._understudy.connect(database="shop")
        number = 0
        while not self._stop.is_set():
            number += 1
            value = f"{self._name}-{number}"
            try:
                self.acknowledged[value] = self._write(client, value)
            except pymysql.MySQLError as error:
                if error.args[0] == 2013:
                    self.unknown.add(value)
                else:
                    self.refused.append(error)
                client = self._understudy.connect(database="shop")
        client.close()

    def _write(self, client, value):
        with client.cursor() as cursor:
            if self._transactions:
                cursor.execute("BEGIN")
                cursor.execute("UPDATE t SET n = n + 1 WHERE v = %s", [self._name])
            cursor.execute("INSERT INTO t (v) VALUES (%s)", [value])
            number = cursor.lastrowid
            if self._transactions:
                cursor.execute("COMMIT")
            return number

    def stop(self):
        self._stop.set()
        self._thread.join(timeout=60)
        assert not self._thread.is_alive(), "a write is still under way"


@pytest.mark.parametrize("fault", ["kill", "pause"])
def test_under_load_no_write_is_lost_or_done_twice(cluster, understudy, fault):
    writers = [Writer(understudy, f"w{index}", transactions=index % 2 == 1) for index in range(12)]
    try:
        wait_until(lambda: all(len(writer.acknowledged) > 20 for writer in writers),
                   what="all are at work")
        kill_primary(cluster, understudy, fault)
        done = {writer: len(writer.acknowledged) for writer in writers}
        wait_until(lambda: all(len(writer.acknowledged) > done[writer] + 20 for writer in writers),
                   what="all go on")
    finally:
        for writer in writers:
            writer.stop()
    with understudy.session(database="shop") as client:
        found = sql.execute(client, "/* understudy: strong */ SELECT v, COUNT(*), MIN(id) FROM t "
                                    "WHERE v LIKE 'w%-%' GROUP BY v")
    there = {value: (times, number) for value, times, number in found}
    assert [value for value, (times, _) in there.items() if times > 1] == []
    assert set(there) == set().union(*(writer.acknowledged for writer in writers))
    for writer in writers:
        # Another session may have got the id of a transaction that was cut.
        assert [error for error in writer.refused if error.args[0] != 1213] == []
        assert writer.acknowledged == {value: there.get(value, (0, None))[1]
                                       for value in writer.acknowledged}
    # Nobody else writes here, so all of it can be proved.
    assert set().union(*(writer.unknown for writer in writers)) == set()


def test_prepared_writes_go_on_with_the_next_primary(node, cluster, understudy):
    program = subprocess.Popen([node, "writes.mjs", str(understudy.port)], cwd=NODE, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        wait_until(lambda: count_rows(cluster, "db2") > 200, what="all are at work")
        kill_primary(cluster, understudy)
        done = count_rows(cluster, "db2")
        wait_until(lambda: count_rows(cluster, "db2") > done + 200, what="all go on")
        output, _ = program.communicate("", timeout=60)
    finally:
        program.kill()
    told = json.loads(output)
    # Another session may have got the id of a transaction that was cut.
    assert [code for code in told["errors"] if code != "ER_LOCK_DEADLOCK"] == []
    with understudy.session(database="shop") as client:
        found = sql.execute(client, "/* understudy: strong */ SELECT v, id FROM t "
                                    "WHERE v LIKE 'p%-%'")
    assert len(found) == len(dict(found))
    assert dict(found) == told["acknowledged"]


def count_rows(cluster, name):
    return cluster.execute(name, "SELECT COUNT(*) FROM shop.t")[0][0]
