"""A bounded number of server connections."""

import threading
import time

import pymysql
import pytest
import sql
from understudy import Understudy


@pytest.fixture(scope="module")
def settings():
    return {"pool": {"max_per_server": 2, "wait": "3s"}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("pool", "CREATE TABLE t (id INT PRIMARY KEY)")


def test_an_exhausted_pool_is_told_in_time(understudy):
    with understudy.session() as one, understudy.session() as two, understudy.session() as three:
        for holder in (one, two):
            sql.execute(holder, "BEGIN")
            assert sql.value(holder, "SELECT COUNT(*) FROM pool.t") == 0
        started = time.monotonic()
        with pytest.raises(pymysql.MySQLError) as caught:
            sql.execute(three, "INSERT INTO pool.t VALUES (1)")
        took = time.monotonic() - started
        assert caught.value.args[0] == 1040
        assert 2.9 < took < 10.0
        sql.execute(one, "COMMIT")
        sql.execute(two, "COMMIT")
        sql.execute(three, "INSERT INTO pool.t VALUES (1)")
        assert sql.value(three, "SELECT COUNT(*) FROM pool.t") == 1


@pytest.mark.parametrize("attempt", range(8))  # the workers have to get in each other's way
def test_waiters_get_what_others_give_back(understudy, attempt):
    failures = []

    def run(index):
        try:
            with understudy.session(database="pool") as client:
                for turn in range(20):
                    sql.execute(client, "BEGIN")
                    number = 1000 * (attempt + 1) + index * 100 + turn
                    sql.execute(client, "INSERT INTO t VALUES (%s)", (number,))
                    sql.execute(client, "COMMIT")
        except BaseException as error:  # handed to the main thread, which fails with it
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with understudy.session(database="pool") as client:
        query = ("/* understudy: strong */ SELECT COUNT(*) FROM t "
                 f"WHERE id DIV 1000 = {attempt + 1}")
        assert sql.value(client, query) == 120


def test_many_clients_share_few_connections(cluster, understudy):
    clients = [understudy.connect() for _ in range(60)]
    for turn in range(3):
        for client in clients:
            assert sql.value(client, f"SELECT {turn}") == turn
    held = {name: cluster.execute(
        name, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'")[0][0] - 1
        for name in cluster.names}
    for client in clients:
        client.close()
    assert all(count <= 2 for count in held.values()), held


def test_reads_in_turn_use_the_connections_there_are(understudy):
    """Before a session's reads go on to another replica, the last one is asked what it showed."""
    with understudy.session(database="pool") as client:
        for _ in range(2000):
            started = time.monotonic()
            sql.value(client, "SELECT COUNT(*) FROM t")
            assert time.monotonic() - started < 2.5, "it waited for a place, up to pool.wait"


def test_rows_that_others_found_on_the_connection_are_not_the_own(binary, cluster):
    strong = "/* understudy: strong */ "
    settings = {"pool": {"max_per_server": 1}, "listen": {"workers": 1}}
    with Understudy(binary, cluster, settings) as proxy:
        with proxy.session(database="pool") as mine, proxy.session() as other:
            sql.execute(mine, strong + "SELECT 1")
            sql.execute(other, strong + "SELECT 1 UNION SELECT 2")
            sql.execute(mine, "LOCK TABLES t READ")  # on the same connection, which it keeps
            sql.execute(mine, "SHOW WARNINGS")
            assert sql.value(mine, "SELECT FOUND_ROWS()") == 1


def test_going_back_to_the_own_schema_counts_no_rows(binary, cluster):
    settings = {"pool": {"max_per_server": 1}, "listen": {"workers": 1}}
    with Understudy(binary, cluster, settings) as proxy:
        with proxy.session(database="pool") as mine, proxy.session(database="mysql") as other:
            for server in cluster.names:
                sql.execute(other, f"/* understudy: server({server}) */ SELECT 1")
            with pytest.raises(pymysql.MySQLError):
                mine.select_db("missing")  # on a connection that is in the other one's schema
            assert sql.value(mine, "SELECT ROW_COUNT()") == -1
