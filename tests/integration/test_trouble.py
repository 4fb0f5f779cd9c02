"""Trouble with servers and statements has a clear outcome."""

import pymysql
import pytest
import sql
from understudy import Understudy
from waiting import wait_until


@pytest.fixture(scope="module")
def settings():
    return {"reads": {"max_lag": "1s"}, "failover": {"hold": "2s", "mode": "manual"}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "trouble", "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 1)",
        "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
        "CREATE FUNCTION logged(x INT) RETURNS INT DETERMINISTIC MODIFIES SQL DATA "
        "BEGIN INSERT INTO log (v) VALUES (x); RETURN x; END",
        "CREATE VIEW hidden AS SELECT logged(v) AS v FROM t")


def test_a_replica_that_is_down_at_the_start_is_left_out_until_it_comes(binary, cluster, settings):
    cluster.kill("db2")
    proxy = Understudy(binary, cluster, settings)
    try:
        proxy.start(up=["db1", "db3"])
        with proxy.session(database="trouble") as client:
            for _ in range(20):
                assert sql.value(client, "SELECT v FROM t WHERE id = 1") == 1
        assert proxy.health("db2") == "down"
        cluster.heal()
        wait_until(lambda: proxy.healthy("db2"), what="db2 is up")
        proxy.stop()
    finally:
        proxy.kill()
        cluster.heal()


def test_without_a_primary_at_the_start_statements_say_so(binary, cluster, settings):
    cluster.kill("db1")
    proxy = Understudy(binary, cluster, settings)
    try:
        proxy.launch()
        wait_until(lambda: proxy.answers("/healthz"), what="the admin server answers")
        wait_until(lambda: proxy.get("/readyz")[0] == 503, what="it is not ready")
        wait_until(lambda: proxy.healthy("db2", "db3"), what="the replicas are up")
        with wait_until(lambda: login(proxy), what="logins work") as client:
            assert sql.value(client, "SELECT v FROM trouble.t WHERE id = 1") == 1
            with pytest.raises(pymysql.MySQLError, match="primary"):
                sql.execute(client, "UPDATE trouble.t SET v = 2 WHERE id = 1")
            assert sql.value(client, "SELECT v FROM trouble.t WHERE id = 1") == 1
        cluster.heal()
        wait_until(lambda: proxy.get("/readyz")[0] == 200, what="it is ready")
        proxy.stop()
    finally:
        proxy.kill()
        cluster.heal()


def login(proxy):
    try:
        return proxy.connect()
    except pymysql.MySQLError:
        return None


def test_when_all_replicas_lag_the_primary_answers(cluster, understudy):
    for name in ("db2", "db3"):
        cluster.execute(name, cluster.flavour.stop_applier)
    try:
        with understudy.session(database="trouble") as client:
            sql.execute(client, "UPDATE t SET v = v + 1 WHERE id = 1")
            wait_until(lambda: understudy.health("db2") == understudy.health("db3") == "lagging",
                       what="both replicas are lagging")
            for consistency in ("eventual", "bounded(5s)", "session", "strong"):
                value = sql.value(client, f"/* understudy: {consistency} */ SELECT v FROM t")
                assert value == 2
                assert sql.execute(client, "SHOW UNDERSTUDY ROUTE")[0][0] == "db1"
    finally:
        for name in ("db2", "db3"):
            cluster.execute(name, cluster.flavour.start_applier)
    wait_until(lambda: understudy.healthy("db2", "db3"), what="the replicas are back")


def test_a_write_hidden_in_a_view_is_run_on_the_primary_once(cluster, understudy):
    before = refused(understudy)
    with understudy.session(database="trouble") as client:
        expected = sql.value(client, "SELECT v FROM t WHERE id = 1")
        assert sql.value(client, "SELECT v FROM hidden") == expected
        assert sql.value(client, "SELECT COUNT(*) FROM log") == 1
    assert refused(understudy) == before + 1
    cluster.wait_for_replicas()
    assert cluster.execute("db2", "SELECT COUNT(*) FROM trouble.log")[0][0] == 1


def refused(understudy):
    return understudy.metric("understudy_refused_writes_total")


def test_a_statement_over_max_allowed_packet_is_refused_by_name(understudy):
    with understudy.session(database="trouble") as client:
        with pytest.raises(pymysql.MySQLError) as caught:
            limit = sql.value(client, "SELECT @@max_allowed_packet")
            sql.execute(client, b"SELECT LENGTH('" + b"x" * limit + b"')")
        assert caught.value.args[0] == 1153
    with understudy.session(database="trouble") as client:
        assert sql.value(client, "SELECT 1") == 1
