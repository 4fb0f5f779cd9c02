"""A server that asks for a file of the client's unasked gets none, and is listened to no more."""

import time

import pymysql
import pytest
import raw_commands as raw
import sql
from meddler import Meddler
from pymysql.constants import CLIENT
from understudy import Understudy

REQUEST = raw.packet(b"\xfb/etc/passwd", sequence=1)


@pytest.fixture(scope="module")
def replicas():
    return 0


@pytest.fixture(scope="module")
def meddler(cluster):
    with Meddler(cluster.port("db1")) as made:
        yield made


@pytest.fixture(scope="module")
def understudy(binary, cluster, meddler):
    cluster.make_schema("unasked", "CREATE TABLE t (id INT PRIMARY KEY)")
    with Understudy(binary, cluster, {"servers": [f"127.0.0.1:{meddler.port}"]}) as proxy:
        yield proxy


@pytest.fixture
def asks(meddler):
    """It asks whoever sends a text with TRIGGER in it."""
    meddler.trigger, meddler.answer, meddler.triggered = b"TRIGGER", REQUEST, 0
    meddler.closed.clear()
    yield meddler
    meddler.trigger = None


@pytest.mark.parametrize("flags", [0, CLIENT.LOCAL_FILES], ids=["without", "with"])
@pytest.mark.parametrize("statement", [
    "SELECT 'TRIGGER'", "INSERT INTO t VALUES ('TRIGGER')", "DO 'TRIGGER'",
    "SET @a = 'TRIGGER'", "LOAD DATA INFILE 'TRIGGER' INTO TABLE t"])
def test_the_client_never_hears_of_it(understudy, asks, flags, statement):
    with understudy.session(database="unasked", client_flag=flags) as client:
        started = time.monotonic()
        received = raw.answers(client, raw.query(statement))
        assert time.monotonic() - started < 5
        code, message = raw.error_of(received)
        assert code == 1105 and "asked for a file" in message
        assert b"\xfb/etc" not in received
        assert asks.triggered == 1, "it is not asked again"
        assert asks.closed.wait(10), "its connection is closed"
        assert sql.value(client, "SELECT 1") == 1, "another one serves the client"


def test_nor_one_that_loads_a_file_but_offered_none_at_login(understudy, asks):
    with understudy.session(database="unasked") as client:
        received = raw.answers(
            client, raw.query("LOAD DATA LOCAL INFILE 'TRIGGER' INTO TABLE t"))
        assert raw.error_of(received)[0] == 1105


def test_a_prepared_statement(understudy, asks):
    with understudy.session(database="unasked", client_flag=CLIENT.LOCAL_FILES) as client:
        statement = raw.prepared_id(raw.answers(client, raw.prepare("SELECT ?")))
        parameters = b"\0\x01\xfd\x00\x07TRIGGER"
        received = raw.answers(client, raw.execute(statement, 0, parameters))
        assert raw.error_of(received)[0] == 1105


def test_in_a_transaction_the_session_is_over(understudy, asks):
    client = understudy.connect(database="unasked", client_flag=CLIENT.LOCAL_FILES)
    sql.execute(client, "BEGIN")
    sql.execute(client, "INSERT INTO t VALUES (5)")
    with pytest.raises(pymysql.MySQLError) as caught:
        sql.execute(client, "SELECT 'TRIGGER'")
    assert caught.value.args[0] == 1105
    with pytest.raises(pymysql.MySQLError):
        sql.execute(client, "SELECT 1")
    with understudy.session(database="unasked") as other:
        assert sql.value(other, "SELECT COUNT(*) FROM t") == 0


def test_two_requests_at_once(understudy, asks):
    asks.answer = REQUEST + raw.packet(b"\xfb/etc/shadow", sequence=2)
    client = understudy.connect(database="unasked", client_flag=CLIENT.LOCAL_FILES)
    received = raw.answer_until_closed(
        client, raw.query("LOAD DATA LOCAL INFILE 'TRIGGER' INTO TABLE t"))
    assert b"shadow" not in received[len(REQUEST):] or received.count(b"\xfb") <= 2
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1
