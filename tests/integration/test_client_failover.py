"""What clients notice when the primary is killed: as little as can be."""

import pathlib
import shutil
import tempfile

import flavours
import pymysql
import pytest
import sql
from pymysql.constants import SERVER_STATUS
from sandbox import Sandbox
from understudy import Understudy
from waiting import wait_until


@pytest.fixture(scope="module")
def cluster(binary):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-it-"))
    sandbox = Sandbox(binary, directory / "sandbox", semi_sync=True)
    try:
        sandbox.up()
        sandbox.make_schema(
            "shop", "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(80))",
            "CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM")
        yield sandbox
    finally:
        sandbox.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(autouse=True)
def all_well(cluster, understudy):
    """Each test begins with all servers up, whoever leads."""
    yield
    for server in cluster.status():
        if server["state"] == "dead":
            cluster.start(server["name"])
    wait_until(lambda: understudy.status()["primary"] and understudy.healthy(*cluster.names),
               timeout=60, what="all servers are up and follow")


def kill_primary(cluster, understudy):
    """Returns when another one leads."""
    old = understudy.status()["primary"]
    cluster.kill(old)
    wait_until(lambda: understudy.status()["primary"] not in (old, None), what="another one leads")
    return old


def rows(understudy, value):
    with understudy.session(database="shop") as client:
        return sql.value(client, "/* understudy: strong */ SELECT COUNT(*) FROM t WHERE v = %s",
                         [value])


def test_a_session_keeps_what_it_has(cluster, understudy):
    with understudy.session(database="shop") as client:
        sql.execute(client, "SET @mine = 'kept', SESSION sql_mode = 'ANSI_QUOTES'")
        sql.execute(client, "INSERT INTO t (v) VALUES ('session')")
        kill_primary(cluster, understudy)
        assert sql.value(client, "SELECT @mine") == "kept"
        assert sql.value(client, "SELECT @@SESSION.sql_mode") == "ANSI_QUOTES"
        assert sql.value(client, "SELECT COUNT(*) FROM t WHERE v = 'session'") == 1
        sql.execute(client, "INSERT INTO t (v) VALUES ('session')")
    assert rows(understudy, "session") == 2


def test_an_open_transaction_goes_on_elsewhere(cluster, understudy):
    with understudy.session(database="shop") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES ('open')")
        number = sql.value(client, "SELECT LAST_INSERT_ID()")
        assert sql.value(client, "SELECT COUNT(*) FROM t WHERE v = 'open'") == 1
        kill_primary(cluster, understudy)
        sql.execute(client, "INSERT INTO t (v) VALUES ('open')")
        assert sql.value(client, "SELECT COUNT(*) FROM t WHERE v = 'open'") == 2
        assert sql.value(client, "SELECT v FROM t WHERE id = %s", [number]) == "open"
        sql.execute(client, "COMMIT")
    assert rows(understudy, "open") == 2
    assert understudy.metric("understudy_replayed_transactions_total") >= 1


def test_a_rollback_after_the_loss_is_done_already(cluster, understudy):
    with understudy.session(database="shop") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES ('rolled back')")
        kill_primary(cluster, understudy)
        sql.execute(client, "ROLLBACK")
        assert client.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS == 0
    assert rows(understudy, "rolled back") == 0


IRREPRODUCIBLE = [("SELECT UUID()", "the result of its statement 3 differs now")]
if flavours.chosen().name == "mariadb":  # MySQL refuses it inside a transaction
    IRREPRODUCIBLE.append(("INSERT INTO old VALUES (1)", "engine without transactions"))


@pytest.mark.parametrize("statement, why", IRREPRODUCIBLE)
def test_what_cannot_be_reproduced_is_a_deadlock_to_the_client(cluster, understudy, statement, why):
    with understudy.session(database="shop") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES ('cut')")
        sql.execute(client, statement)
        kill_primary(cluster, understudy)
        with pytest.raises(pymysql.MySQLError, match=why) as raised:
            sql.execute(client, "COMMIT")
        assert raised.value.args[0] == 1213
        # The session goes on, outside of a transaction.
        sql.execute(client, "INSERT INTO t (v) VALUES ('after')")
    assert rows(understudy, "cut") == 0
    with understudy.session(database="shop") as client:
        sql.execute(client, "DELETE FROM t WHERE v = 'after'")
        sql.execute(client, "DELETE FROM old")


def test_locks_that_are_gone_end_the_session(cluster, understudy):
    with understudy.session(database="shop") as client:
        assert sql.value(client, "SELECT GET_LOCK('mine', 0)") == 1
        kill_primary(cluster, understudy)
        with pytest.raises(pymysql.MySQLError, match="locks"):
            sql.execute(client, "INSERT INTO t (v) VALUES ('locked')")
    assert rows(understudy, "locked") == 0


def test_replay_can_be_switched_off(binary, cluster, understudy):
    with Understudy(binary, cluster, {"failover": {"mode": "manual", "replay": False}}) as proxy:
        with proxy.session(database="shop") as client:
            sql.execute(client, "BEGIN")
            sql.execute(client, "INSERT INTO t (v) VALUES ('off')")
            kill_primary(cluster, understudy)
            with pytest.raises(pymysql.MySQLError, match="failover.replay is off"):
                sql.execute(client, "COMMIT")
    assert rows(understudy, "off") == 0
