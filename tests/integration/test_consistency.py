"""Hints, tokens and consistency of a session, against replicas that are held back by a lock."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import sql
from waiting import wait_until


@pytest.fixture(scope="module")
def settings():
    # Long enough that a held-back replica still takes reads that allow it.
    # Nobody but the tests starts and stops replication.
    return {"reads": {"max_lag": "120s", "wait": "100ms"}, "failover": {"mode": "manual"}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "fresh", "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 0)")


@pytest.fixture
def stale(cluster):
    """The replicas say v = 0, the primary says 1, and nobody may apply the difference."""
    cluster.execute("db1", "UPDATE fresh.t SET v = 0")
    cluster.wait_for_replicas()
    with contextlib.ExitStack() as stack:
        for name in ("db2", "db3"):
            lock = stack.enter_context(cluster.connect(name))
            sql.execute(lock, "LOCK TABLES fresh.t READ")
        cluster.execute("db1", "UPDATE fresh.t SET v = 1")
        yield
    cluster.wait_for_replicas()


READ = "SELECT v FROM fresh.t WHERE id = 1"


def test_a_hint_decides_for_one_statement(stale, client):
    for _ in range(10):
        assert sql.value(client, "/* understudy: eventual */ " + READ) == 0
        assert sql.value(client, "/* understudy: strong */ " + READ) == 1


def test_session_variables_decide_for_the_session(stale, understudy):
    with understudy.session() as strong, understudy.session() as eventual:
        sql.execute(strong, "SET @understudy_consistency = 'strong'")
        sql.execute(eventual, "SET @understudy_consistency = 'eventual'")
        for _ in range(10):
            assert sql.value(strong, READ) == 1
            assert sql.value(eventual, READ) == 0


def test_bounded_reads_leave_replicas_that_are_too_far_behind(stale, understudy):
    with understudy.session() as client:
        assert sql.value(client, READ) == 0
        sql.execute(client, "SET @understudy_consistency = 'bounded'")
        sql.execute(client, "SET @understudy_max_lag = '500ms'")
        wait_until(lambda: sql.value(client, READ) == 1, what="the bound is passed")


def test_a_token_carries_what_was_seen(cluster, understudy):
    with understudy.session() as writer, understudy.session() as reader:
        with contextlib.ExitStack() as stack:
            cluster.wait_for_replicas()
            for name in ("db2", "db3"):
                lock = stack.enter_context(cluster.connect(name))
                sql.execute(lock, "LOCK TABLES fresh.t READ")
            before = sql.value(reader, READ)
            sql.execute(writer, "UPDATE fresh.t SET v = v + 1")
            token = sql.value(writer, "SELECT @understudy_token")
            assert sql.value(reader, READ) == before
            sql.execute(reader, "SET @understudy_token = %s", (token,))
            for _ in range(10):
                assert sql.value(reader, READ) == before + 1
    cluster.wait_for_replicas()


def test_a_named_server_answers(cluster, client):
    for name in ("db2", "db3"):
        before = cluster.counter(name, "Com_select")
        for _ in range(200):
            sql.execute(client, f"/* understudy: server({name}) */ {READ}")
        assert cluster.counter(name, "Com_select") - before >= 200


@pytest.fixture
def commits_wait_for_db3(cluster):
    """The primary shows a commit once db3 has it, and db3 has none yet; db2 gets and shows all."""
    cluster.execute("db1", "UPDATE fresh.t SET v = 0")
    cluster.wait_for_replicas()
    words = cluster.flavour
    restart = f"{words.stop_replica}; {words.start_replica}"
    source, replica = words.semi_sync_source, words.semi_sync_replica
    cluster.execute_as_root(f"SET GLOBAL {replica}_enabled = 1; {restart}", "db3")
    cluster.execute_as_root(f"SET GLOBAL {source}_wait_point = 'AFTER_SYNC', "
                            f"{source}_timeout = 60000, {source}_enabled = 1", "db1")
    wait_until(lambda: cluster.counter("db1", f"{source.capitalize()}_clients") == 1)
    cluster.execute_as_root(words.stop_receiver, "db3")
    yield
    cluster.execute_as_root(f"SET GLOBAL {source}_enabled = 0, "
                            f"{source}_wait_point = 'AFTER_COMMIT'", "db1")
    cluster.execute_as_root(f"SET GLOBAL {replica}_enabled = 0; {restart}", "db3")
    cluster.wait_for_replicas()


def test_the_primary_shows_what_the_session_saw_on_a_replica(
        commits_wait_for_db3, cluster, understudy, client):
    def write():
        cluster.execute("db1", "UPDATE fresh.t SET v = 1")

    def read_in_a_transaction():
        sql.execute(client, "BEGIN")
        return sql.value(client, READ)

    with ThreadPoolExecutor() as threads:
        writing = threads.submit(write)
        wait_until(lambda: cluster.execute("db2", READ)[0][0] == 1, what="db2 shows the write")
        assert cluster.execute("db1", READ)[0][0] == 0, "the primary does not show it yet"
        assert sql.value(client, "/* understudy: server(db2) */ " + READ) == 1

        reading = threads.submit(read_in_a_transaction)
        wait_until(lambda: understudy.metric("understudy_primary_waits_total") >= 1)
        assert not reading.done()
        cluster.execute_as_root(cluster.flavour.start_receiver, "db3")
        assert reading.result(timeout=30) == 1
        writing.result(timeout=30)


def change_primary_and_back(cluster, understudy):
    for name in ("db3", "db1"):
        wait_until(lambda: understudy.healthy(*cluster.names))
        understudy.switch_over(name)
    cluster.wait_for_replicas()


@pytest.fixture
def slow_read(cluster, understudy, client):
    """A read of `client` at db2 that has begun before the primary changed: what it shows is what is
    there when it is let go on."""
    cluster.execute("db1", "CREATE TABLE IF NOT EXISTS fresh.gate (id INT)")
    cluster.wait_for_replicas()
    read = "SELECT v + (SELECT COUNT(*) FROM fresh.gate) FROM fresh.t WHERE id = 1"
    with ThreadPoolExecutor() as threads, cluster.connect_as_root("db2") as gate:
        sql.execute(client, "UPDATE fresh.t SET v = v + 1")
        cluster.wait_for_replicas()
        sql.execute(gate, cluster.flavour.let_root_write)
        sql.execute(gate, "LOCK TABLES fresh.gate WRITE")
        reading = threads.submit(
            sql.value, client, f"/* understudy: server(db2) */ {read}")
        wait_until(lambda: cluster.execute_rows_as_root(
            "db2", "SELECT COUNT(*) FROM information_schema.processlist "
                   "WHERE state = 'Waiting for table metadata lock'") == ((1,),))
        change_primary_and_back(cluster, understudy)

        def go_on():
            sql.execute(gate, "UNLOCK TABLES")
            sql.execute(gate, cluster.flavour.read_only)
            return reading.result(timeout=30)
        yield go_on


def test_the_new_primary_shows_what_the_session_saw_on_a_replica(
        slow_read, commits_wait_for_db3, cluster, understudy, client):
    with ThreadPoolExecutor() as threads:
        writing = threads.submit(cluster.execute, "db1", "UPDATE fresh.t SET v = 1")
        wait_until(lambda: cluster.execute("db2", READ)[0][0] == 1, what="db2 shows the write")
        assert slow_read() == 1

        waits = understudy.metric("understudy_primary_waits_total")
        reading = threads.submit(sql.value, client, READ)
        wait_until(lambda: reading.done() or
                   understudy.metric("understudy_primary_waits_total") > waits)
        assert not reading.done(), f"the primary showed {reading.result()}"
        cluster.execute_as_root(cluster.flavour.start_receiver, "db3")
        assert reading.result(timeout=30) == 1
        writing.result(timeout=30)
