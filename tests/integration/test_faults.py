"""Servers die; clients notice as little as can be."""

import concurrent.futures
import threading
import time

import pymysql
import pytest
import sql
from waiting import wait_until

HOLD = 2.0


@pytest.fixture(scope="module")
def settings():
    return {"failover": {"mode": "manual", "hold": f"{HOLD:.0f}s"}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "faults", "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 0)")


@pytest.fixture(autouse=True)
def healed(cluster, understudy):
    yield
    cluster.heal()
    wait_until(lambda: understudy.healthy(*cluster.names), timeout=60, what="all are up again")
    wait_until(lambda: understudy.status()["primary"] == "db1", what="db1 is the primary")


class Readers:
    """Threads that read all the time; leaving the block ends them and raises what one ran into."""

    def __init__(self, understudy, count=8):
        self._understudy = understudy
        self._stop = threading.Event()
        self._done = [0] * count
        self._failure = None
        self._threads = [threading.Thread(target=self._run, args=(i,)) for i in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def wait_for_more(self, each=50):
        """Until every thread has done `each` more reads."""
        goal = [count + each for count in self._done]
        wait_until(
            lambda: self._failure or all(d >= g for d, g in zip(self._done, goal)), timeout=60,
            what="every reader goes on")

    def _run(self, index):
        try:
            with self._understudy.session(database="faults") as client:
                while not self._stop.is_set():
                    # Changes of the session may meet a dying replica as well.
                    sql.execute(client, "SET NAMES utf8mb4")
                    assert sql.value(client, "SELECT COUNT(*) FROM t WHERE id = 1") == 1
                    self._done[index] += 1
        except BaseException as error:  # raised again when the block ends
            self._failure = error


@pytest.mark.parametrize("name", ["db2", "db3"])
def test_a_killed_replica_is_not_noticed_and_comes_back(cluster, understudy, name):
    with Readers(understudy) as readers:
        cluster.kill(name)
        readers.wait_for_more()
        wait_until(lambda: understudy.health(name) == "down", what=f"{name} is down")
        readers.wait_for_more()
        cluster.start(name)
        wait_until(lambda: understudy.health(name) == "up", what=f"{name} is up")
        before = cluster.counter(name, "Com_select")
        wait_until(lambda: cluster.counter(name, "Com_select") > before + 200,
                   what=f"{name} answers reads again")


def test_a_replica_that_hangs_is_left_by_new_reads(cluster, understudy):
    cluster.pause("db2")
    wait_until(lambda: understudy.health("db2") == "down", what="db2 is down")
    with Readers(understudy) as readers:
        readers.wait_for_more()


def test_a_read_on_a_replica_that_hangs_is_answered_by_another(cluster, understudy):
    cluster.kill("db3")
    wait_until(lambda: understudy.health("db3") == "down", what="db3 is down")
    waiting = ("SELECT COUNT(*) FROM information_schema.processlist"
               " WHERE state = 'Waiting for table metadata lock' AND info LIKE '%FROM t%'")
    answers = []

    def read():
        with understudy.session(database="faults") as client:
            answers.append(sql.execute(client, "SELECT COUNT(*) FROM t"))

    with cluster.connect_as_root("db2", database="faults") as locker:
        sql.execute(locker, cluster.flavour.let_root_write)
        sql.execute(locker, "LOCK TABLES t WRITE")
        reader = threading.Thread(target=read)
        reader.start()
        try:
            wait_until(lambda: cluster.execute("db2", waiting)[0][0] == 1, what="db2 has the read")
            cluster.pause("db2")
            wait_until(lambda: answers, timeout=30, what="the read is answered")
        finally:
            cluster.resume("db2")
            sql.execute(locker, "UNLOCK TABLES")
            sql.execute(locker, cluster.flavour.read_only)
            reader.join()
    assert answers == [((1,),)]


def test_without_replicas_the_primary_answers_reads(cluster, understudy):
    with Readers(understudy) as readers:
        cluster.kill("db2")
        cluster.kill("db3")
        readers.wait_for_more()
        wait_until(lambda: understudy.health("db2") == understudy.health("db3") == "down")
        readers.wait_for_more()


def test_without_a_primary_reads_go_on_and_writes_fail_in_time(cluster, understudy):
    with Readers(understudy) as readers, understudy.session(database="faults") as writer:
        sql.execute(writer, "UPDATE t SET v = 1 WHERE id = 1")
        cluster.kill("db1")
        wait_until(lambda: understudy.health("db1") == "down", what="db1 is down")
        readers.wait_for_more()
        started = time.monotonic()
        with pytest.raises(pymysql.MySQLError) as caught:
            sql.execute(writer, "UPDATE t SET v = 2 WHERE id = 1")
        took = time.monotonic() - started
        assert HOLD * 0.8 < took < HOLD + 3
        assert "primary" in str(caught.value.args[1])
        readers.wait_for_more()


def test_a_write_waits_for_the_primary_to_come_back(cluster, understudy):
    with understudy.session(database="faults") as writer:
        sql.execute(writer, "UPDATE t SET v = 5 WHERE id = 1")
        cluster.kill("db1")
        wait_until(lambda: understudy.health("db1") == "down", what="db1 is down")
        with concurrent.futures.ThreadPoolExecutor() as background:
            start = background.submit(cluster.start, "db1")
            deadline = time.monotonic() + 120
            while True:
                try:
                    sql.execute(writer, "UPDATE t SET v = 6 WHERE id = 1")
                    break
                except pymysql.MySQLError:
                    # Its start may take longer than statements are held; the session lives on.
                    assert time.monotonic() < deadline and writer.open
                    if start.done():
                        start.result()  # raises why it failed
        assert sql.value(writer, "SELECT v FROM t WHERE id = 1") == 6


def test_a_transaction_that_lost_its_server_fails(cluster, understudy):
    with understudy.session(database="faults") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "UPDATE t SET v = 50 WHERE id = 1")
        cluster.kill("db1")
        with pytest.raises(pymysql.MySQLError):
            sql.execute(client, "UPDATE t SET v = 51 WHERE id = 1")
            sql.execute(client, "COMMIT")
    cluster.heal()
    assert cluster.execute("db1", "SELECT v FROM faults.t WHERE id = 1")[0][0] not in (50, 51)
