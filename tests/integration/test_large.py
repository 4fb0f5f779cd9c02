"""Big answers are streamed, big packets pass."""

import hashlib
import socket

import flavours
import pymysql.cursors
import pytest
import sql
from sanitized import is_sanitized
from waiting import wait_until

ROWS = 64
QUERY = ("SELECT seq, REPEAT(CHAR(97 + seq % 26), 1048576) FROM "
         + flavours.chosen().numbers(ROWS))
LIMIT_KB = 16 * 1024


def expected():
    digest = hashlib.sha256()
    for row in range(1, ROWS + 1):
        digest.update(chr(97 + row % 26).encode() * 1048576)
    return digest.hexdigest()


@pytest.fixture(scope="module", autouse=True)
def large_packets(cluster):
    cluster.execute_as_root("SET GLOBAL max_allowed_packet = 128 * 1024 * 1024")
    cluster.make_schema("large", "CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)")


def text(value):
    return value if isinstance(value, bytes) else value.encode()


def test_a_large_result_arrives_whole_and_is_never_held(binary, understudy):
    client = understudy.connect(database="large", cursorclass=pymysql.cursors.SSCursor)
    client._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    assert sql.value(client, "SELECT 1") == 1
    understudy.forget_memory_peak()
    before = understudy.memory_kb()
    with client.cursor() as cursor:
        cursor.execute(QUERY)
        digest = hashlib.sha256(text(cursor.fetchone()[1]))
        wait_until_steady(understudy)  # a reader that has stopped
        for row in cursor:
            digest.update(text(row[1]))
    peak = understudy.memory_kb("VmHWM")
    client.close()
    assert digest.hexdigest() == expected()
    if not is_sanitized(binary):
        assert peak - before < LIMIT_KB


def wait_until_steady(understudy):
    """Until the process uses no more processor time: nothing flows."""
    seen = []

    def steady():
        with open(f"/proc/{understudy.pid}/io") as file:
            seen.append(next(line for line in file if line.startswith("rchar")))
        return len(seen) > 10 and abs(int(seen[-1][7:]) - int(seen[-10][7:])) < 262144

    wait_until(steady, what="nothing flows")


@pytest.mark.parametrize("size", [
    (1 << 24) - 30, (1 << 24) - 12, (1 << 24) - 11, (1 << 24) - 10, (1 << 24) + 1, 40_000_000])
def test_packets_around_and_above_16_mib(understudy, size):
    data = b"0123456789abcdef" * (size // 16 + 1)
    data = data[:size]
    with understudy.session(database="large") as client:
        # The statement's length is what decides about frames.
        got = sql.value(client, b"SELECT '" + data + b"'")
        assert len(got) == size
        assert got.encode() == data
        assert sql.value(client, "SELECT 1") == 1


def test_a_large_value_is_written_and_read_back(understudy):
    data = b"xyz" * 7_000_000
    with understudy.session(database="large") as client:
        sql.execute(client, b"REPLACE INTO t VALUES (1, '" + data + b"')")
        assert sql.value(client, "SELECT b FROM t WHERE id = 1") == data


def test_many_rows(understudy):
    with understudy.session(database="large", cursorclass=pymysql.cursors.SSCursor) as client, \
            client.cursor() as cursor:
        cursor.execute("SELECT seq FROM " + flavours.chosen().numbers(300000))
        assert sum(row[0] for row in cursor) == 300000 * 300001 // 2
