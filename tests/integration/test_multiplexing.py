"""Many clients share a few connections to the servers, and wait for each other in turn."""

import concurrent.futures
import random
import resource
import threading
import time

import pymysql
import pytest
import sql

CLIENTS = 1000
POOL = 50


@pytest.fixture(scope="module", autouse=True)
def open_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * CLIENTS)), hard))


@pytest.fixture(scope="module")
def settings():
    return {"pool": {"max_per_server": POOL, "wait": "5s"}, "listen": {"workers": 2}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "shared", "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO t VALUES " + ", ".join(f"({id}, 0)" for id in range(1, CLIENTS + 1)))


def server_connections(cluster):
    query = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'"
    return {name: cluster.execute(name, query)[0][0] - 1 for name in cluster.names}


def visit(client, number, turn):
    """What a client of a web application does now and then."""
    sql.execute(client, "SET NAMES utf8mb4")
    sql.execute(client, "UPDATE t SET v = v + 1 WHERE id = %s", (number,))
    assert sql.value(client, "SELECT v FROM t WHERE id = %s", (number,)) == 2 * turn + 1
    sql.execute(client, "START TRANSACTION")
    sql.execute(client, "UPDATE t SET v = v + 1 WHERE id = %s", (number,))
    assert sql.value(client, "SELECT v FROM t WHERE id = %s", (number,)) == 2 * turn + 2
    sql.execute(client, "COMMIT")
    assert sql.value(client, "SELECT DATABASE()") == "shared"


def test_a_thousand_clients_share_a_few_connections(cluster, understudy):
    clients = [understudy.connect(database="shared") for _ in range(CLIENTS)]
    most = dict.fromkeys(cluster.names, 0)
    try:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for turn in range(3):
                order = list(enumerate(clients, 1))
                random.shuffle(order)
                for _ in pool.map(lambda each: visit(each[1], each[0], turn), order):  # noqa: B023
                    pass
                for name, count in server_connections(cluster).items():
                    most[name] = max(most[name], count)
    finally:
        for client in clients:
            client.close()
    # Sixteen are at work at once; what is opened meanwhile for those who wait comes on top.
    assert all(0 < count <= 3 * 16 for count in most.values()), most


def begin(client):
    """How long it waits, and what stopped it, if anything did."""
    started = time.monotonic()
    try:
        sql.execute(client, "BEGIN")
        sql.execute(client, "SELECT COUNT(*) FROM t")
        error = None
    except pymysql.MySQLError as caught:
        error = caught.args[0]
    return time.monotonic() - started, error


def test_who_waits_for_those_who_hold_on_is_told_in_time(understudy):
    clients = [understudy.connect(database="shared") for _ in range(4 * POOL)]
    with concurrent.futures.ThreadPoolExecutor(4 * POOL) as pool:
        waits = list(pool.map(begin, clients))
    granted = [wait for wait, error in waits if error is None]
    assert len(granted) == POOL, "as many transactions as there are connections"
    assert max(granted) < 5.0
    for wait, error in waits:
        assert error in (None, 1040)
        if error:
            assert 4.5 < wait < 15.0
    for client in clients:
        client.close()
    with understudy.session(database="shared") as client:
        assert begin(client)[1] is None, "those who have gone leave their connections"


def test_waiters_take_turns(understudy):
    """200 who begin transactions again and again, 50 places: nobody fails, nobody is left out."""
    deadline = time.monotonic() + 8
    turns = [0] * (4 * POOL)
    failures = []

    def run(index):
        try:
            with understudy.session(database="shared") as client:
                while time.monotonic() < deadline:
                    sql.execute(client, "BEGIN")
                    sql.execute(client, "UPDATE t SET v = -1 WHERE id = %s", (index + 1,))
                    sql.execute(client, "COMMIT")
                    turns[index] += 1
        except BaseException as error:  # handed to the main thread, which fails with it
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(4 * POOL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    assert min(turns) * 5 >= sum(turns) / len(turns), sorted(turns)
