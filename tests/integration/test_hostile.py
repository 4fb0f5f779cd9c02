"""Clients that break the protocol, or vanish, hurt only themselves."""

import random
import socket
import struct
import time

import flavours
import pymysql
import pymysql.cursors
import pytest
import sql
from waiting import wait_until


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "hostile", "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 0)")


def packet(payload, sequence=0):
    return struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload


def answer(stream):
    """What comes back within ten seconds: nothing (closed), or bytes."""
    stream.settimeout(10)
    try:
        return stream.recv(65536)
    except ConnectionResetError:
        return b""


def read_result(client):
    """The rows of an answer to what was written past PyMySQL."""
    client._next_seq_id = 1
    result = pymysql.connections.MySQLResult(client)
    result.read()
    return result.rows


def is_refused(data):
    return data == b"" or data[4] == 0xFF


@pytest.mark.parametrize("data", [
    packet(b"\x03SELECT 1", sequence=7),
    packet(b"\xee\x01\x02"),
    packet(b""),
    packet(b"\x17\x01"),
    packet(b"\x17" + b"\xff" * 40),
    packet(b"\x1a\x09"),
    packet(b"\x1c\x01\x00"),
    packet(b"\x11" + b"\xff" * 60),
    packet(b"\x04"),
    packet(b"\x1b\x77"),
], ids=lambda data: data[3:12].hex())
def test_malformed_commands_are_refused(understudy, data):
    with understudy.session() as other:
        client = understudy.connect()
        client._sock.sendall(data)
        assert is_refused(answer(client._sock))
        client._force_close()
        assert sql.value(other, "SELECT 1") == 1


@pytest.mark.parametrize("seed", range(10))
def test_garbage_in_place_of_a_login(understudy, seed):
    data = random.Random(seed).randbytes(random.Random(seed).randrange(1, 400))
    with socket.create_connection(("127.0.0.1", understudy.port), timeout=10) as raw:
        assert raw.recv(4096)[4] == 10  # the greeting
        raw.sendall(packet(data, sequence=1))
        assert is_refused(answer(raw))
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1


@pytest.mark.parametrize("seed", range(10))
def test_garbage_after_login(understudy, seed):
    client = understudy.connect(database="hostile")
    client._sock.sendall(random.Random(seed).randbytes(5000))
    client._sock.shutdown(socket.SHUT_WR)
    client._sock.settimeout(10)
    try:
        while client._sock.recv(65536):  # ends when the proxy closes
            pass
    except ConnectionResetError:
        pass
    client._force_close()
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1


def test_a_client_that_vanishes_in_a_transaction_is_rolled_back(understudy):
    client = understudy.connect(database="hostile")
    sql.execute(client, "BEGIN")
    sql.execute(client, "UPDATE t SET v = 99 WHERE id = 1")
    client._force_close()
    with understudy.session(database="hostile") as other:
        started = time.monotonic()
        sql.execute(other, "UPDATE t SET v = v + 1 WHERE id = 1")
        assert time.monotonic() - started < 5
        assert sql.value(other, "SELECT v FROM t WHERE id = 1") == 1
        sql.execute(other, "UPDATE t SET v = 0 WHERE id = 1")


def test_a_client_that_vanishes_in_a_result(understudy):
    for _ in range(5):
        client = understudy.connect(
            database="hostile", cursorclass=pymysql.cursors.SSCursor)
        cursor = client.cursor()
        cursor.execute("SELECT REPEAT('x', 100000) FROM " + flavours.chosen().numbers(200))
        assert len(cursor.fetchone()[0]) == 100000
        client._result.unbuffered_active = False  # or PyMySQL reads on when it forgets the result
        client._force_close()
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1
    wait_until(lambda: understudy.status()["clients"] == 0, what="no client is left")


def test_statements_sent_before_the_answer(understudy):
    """Pipelining: legal on the wire, and answered in order."""
    with understudy.session() as client:
        client._sock.sendall(packet(b"\x03SELECT 11") + packet(b"\x03SELECT 22"))
        for expected in (11, 22):
            assert read_result(client) == ((expected,),)


def test_byte_by_byte(understudy):
    with understudy.session() as client:
        client._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in packet(b"\x03SELECT 5"):
            client._sock.sendall(bytes([byte]))
        assert read_result(client) == ((5,),)
