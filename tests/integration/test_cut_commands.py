"""A transaction that is cut is run again only if all that was in it can be."""

import struct

import pytest
import raw_commands as raw
import sql
from pymysql.constants import CLIENT
from raw_commands import answers
from raw_login import BULK, RawLogin


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("cut", "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))",
                        "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')")


def cut(cluster):
    """Ends the connection that has the transaction, and whatever idles beside it."""
    for connection, in cluster.execute_rows_as_root(
            "db1", "SELECT id FROM information_schema.processlist WHERE user = 'app'"):
        cluster.execute_as_root(f"KILL {connection}", "db1", check=False)


def begin(client):
    answers(client, raw.query("BEGIN"), raw.query("UPDATE t SET v = 'changed' WHERE id = 1"))


def load_a_file(client):
    client._sock.sendall(raw.packet(raw.query("LOAD DATA LOCAL INFILE 'x' INTO TABLE t")))
    assert client._sock.recv(100)[4] == 0xFB
    client._sock.sendall(raw.packet(b"50\tloaded\n", sequence=2) + raw.packet(b"", sequence=3))
    assert client._sock.recv(100)[4] == 0


def use_a_cursor(client):
    id = raw.prepared_id(answers(client, raw.prepare("SELECT id FROM t")))
    answers(client, raw.execute(id, 1), raw.fetch(id, 100), raw.close(id))


def execute_in_bulk(client):
    id = raw.prepared_id(answers(client, raw.prepare("INSERT INTO t (id) VALUES (?)")))
    row = b"\0" + struct.pack("<i", 60)
    answers(client, b"\xfa" + struct.pack("<IH", id, 128) + b"\x03\x00" + row)


@pytest.mark.parametrize("step, why", [
    (load_a_file, "a file of the client's"), (use_a_cursor, "opened a cursor"),
    (execute_in_bulk, "several rows of parameters")], ids=["file", "cursor", "bulk"])
def test_what_cannot_be_run_again_is_told(cluster, understudy, step, why):
    with understudy.session(database="cut", client_flag=CLIENT.LOCAL_FILES) as client:
        begin(client)
        step(client)
        cut(cluster)
        code, message = raw.error_of(answers(client, raw.query("SELECT v FROM t WHERE id = 1")))
        assert code == 1213 and why in message
        assert sql.value(client, "SELECT v FROM t WHERE id = 1") == "one", "it was rolled back"
        assert sql.value(client, "SELECT COUNT(*) FROM t") == 3


def test_all_else_is_run_again(cluster, understudy):
    """The same without: the commands beside it are no obstacle."""
    with RawLogin(understudy.port, "cut", BULK) as client:
        begin(client)
        answers(client, b"\x0e", b"\x1b\x00\x00", raw.query("SELECT CONNECTION_ID()"),
                raw.query("SHOW PROCESSLIST"))
        id = raw.prepared_id(answers(client, raw.prepare("SELECT v FROM t WHERE id = 1")))
        answers(client, raw.execute(id), raw.reset(id))
        cut(cluster)
        received = answers(client, raw.query("SELECT v FROM t WHERE id = 1"),
                           raw.query("ROLLBACK"))
        assert b"changed" in received
