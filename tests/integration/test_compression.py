"""Compressed connections: from clients of several kinds, and to the servers."""

import hashlib
import json
import pathlib
import shutil
import ssl
import struct
import subprocess
import tempfile

import compressed
import flavours
import pymysql
import pymysql.cursors
import pytest
import sql
from certificates import Certificates
from conftest import NODE
from lone_server import LoneServer
from sanitized import is_sanitized
from understudy import Understudy
from waiting import free_ports, wait_until

METHODS = ["zlib", "zstd"]
TEXT = "SELECT '" + "all work and no play " * 500 + "'"


@pytest.fixture(scope="module")
def certificates():
    with tempfile.TemporaryDirectory(prefix="understudy-compression-") as folder:
        made = Certificates(folder)
        made.issue("server")
        yield made


@pytest.fixture(scope="module")
def settings(certificates):
    return {"listen": {"tls": {"certificate": certificates.certificate("server"),
                               "key": certificates.key("server")}}}


@pytest.fixture(scope="module", autouse=True)
def large_packets(cluster):
    cluster.execute_as_root("SET GLOBAL max_allowed_packet = 128 * 1024 * 1024")
    cluster.make_schema("packed", "CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)")


@pytest.fixture(params=METHODS)
def client(understudy, request):
    with compressed.connect(understudy.port, request.param, database="packed") as connection:
        yield connection


def test_statements_and_answers(client):
    assert sql.value(client, TEXT) == "all work and no play " * 500
    assert client.frames["packed"] == 1
    assert sql.value(client, "SELECT 42") == 42
    sql.execute(client, "DO 0")
    assert client.frames["plain"] >= 1  # too small to be worth it
    with pytest.raises(pymysql.ProgrammingError):
        sql.execute(client, "SELECT nonsense FROM nowhere")
    assert sql.value(client, "SELECT 43") == 43


def test_rows_and_statements_of_more_than_16_mib(client):
    sent = b"0123456789abcdef" * (1 << 20) + b"and more"
    sql.execute(client, "REPLACE INTO t VALUES (1, %s)", (sent,))
    assert sql.value(client, "SELECT b FROM t WHERE id = 1") == sent
    rows = sql.execute(client, "SELECT seq, REPEAT('y', 1000) FROM "
                               + flavours.chosen().numbers(20000))
    assert len(rows) == 20000 and rows[-1] == (20000, "y" * 1000)


def test_commands_sent_ahead_are_answered_in_frames_of_their_own(client):
    for number in (11, 22):
        client._sock.sendall(struct.pack("<I", 10) + b"\x03SELECT " + str(number).encode())
    for number in (11, 22):
        client.compressed.number = 1
        client._next_seq_id = 1
        result = pymysql.connections.MySQLResult(client)
        result.read()
        assert result.rows == ((number,),)


def test_a_change_of_user_goes_on_compressed(understudy, cluster, client):
    cluster.execute("db1", "CREATE OR REPLACE USER packed@'%' IDENTIFIED BY ''")
    cluster.wait_for_replicas()
    wait_until(lambda: can_log_in(understudy, "packed"), what="the account is known")
    client._next_seq_id = 0
    client._next_seq_id = 0
    client.write_packet(b"\x11packed\0\0\0\x2d\0mysql_native_password\0")
    answer = client._read_packet()
    if answer.is_auth_switch_request():
        client.write_packet(b"")
        answer = client._read_packet()
    assert answer.is_ok_packet()
    assert sql.value(client, "SELECT CURRENT_USER()") == "packed@%"


def can_log_in(understudy, user):
    try:
        understudy.connect(user=user, password="").close()
    except pymysql.MySQLError:
        return False
    return True


@pytest.mark.parametrize("method", METHODS)
def test_above_tls(understudy, certificates, method):
    context = ssl.create_default_context(cafile=certificates.ca)
    with compressed.connect(understudy.port, method, ssl=context) as client:
        assert sql.value(client, TEXT) == "all work and no play " * 500
        assert client.frames["packed"] == 1


def test_the_mariadb_client(understudy):
    done = subprocess.run(
        ["mariadb", "--no-defaults", "--protocol=TCP", "-h", "127.0.0.1", "-P",
         str(understudy.port), "-u", "app", "-papp", "--compress", "--max-allowed-packet=64M",
         "-N", "packed", "-e",
         "SELECT REPEAT('x', 20000000); SELECT 40 + 2"],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "x" * 20_000_000 + "\n42\n"


def test_mysql2(node, understudy):
    done = subprocess.run([node, "compression.mjs", str(understudy.port)], cwd=NODE,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"size": 300_000, "sum": 42, "pipelined": [1, 2, 3, 4, 5]}


def test_a_large_result_is_never_held(binary, understudy):
    client = compressed.connect(understudy.port, "zlib", database="packed",
                                cursorclass=pymysql.cursors.SSCursor)
    assert sql.value(client, "SELECT 1") == 1
    understudy.forget_memory_peak()
    before = understudy.memory_kb()
    with client.cursor() as cursor:
        cursor.execute("SELECT SHA2(seq, 512), RANDOM_BYTES(1000) FROM "
                       + flavours.chosen().numbers(100000))
        digest = hashlib.sha256(cursor.fetchone()[0].encode())
        for row in cursor:
            digest.update(row[0].encode())
    client.close()
    expected = hashlib.sha256()
    for number in range(1, 100001):
        expected.update(hashlib.sha512(str(number).encode()).hexdigest().encode())
    assert digest.hexdigest() == expected.hexdigest()
    if not is_sanitized(binary):
        assert understudy.memory_kb("VmHWM") - before < 16 * 1024


def packet(payload):
    return struct.pack("<I", len(payload)) + payload


@pytest.mark.parametrize("data, code", [
    (compressed.frame(b"x" * 60, 0, 200), 1157),
    (compressed.frame(b"", 0, 200), 1157),
    (compressed.frame(b"\x05\0\0\0\x03DO 1", 7), 1156),
    ("says less", 1157),
    ("says more", 1157),
    ("bomb", 1835),
], ids=["noise", "empty", "out of order", "says less", "says more", "bomb"])
@pytest.mark.parametrize("method", METHODS)
def test_frames_that_lie(binary, understudy, method, data, code):
    client = compressed.connect(understudy.port, method)
    codec = client.compressed.codec
    statement = packet(b"\x03" + TEXT.encode())
    statement = packet(b"\x03" + TEXT.encode())
    if data == "says less":
        data = compressed.frame(codec.pack(statement), 0, 50)
    if data == "says more":
        data = compressed.frame(codec.pack(statement + packet(b"\x03")[:3]), 0, len(statement) + 4)
    if data == "bomb":  # nothing but empty packets
        data = compressed.frame(codec.pack(b"\0" * 0xFFFFFF), 0, 0xFFFFFF)
    with understudy.session() as other:
        understudy.forget_memory_peak()
        before = understudy.memory_kb()
        client.compressed._socket.sendall(data)
        assert read_error(client) == code
        assert sql.value(other, "SELECT 1") == 1
        if not is_sanitized(binary):
            assert understudy.memory_kb("VmHWM") - before < 8 * 1024
    client._force_close()


def read_error(client):
    """The code of the ERR packet that comes in a frame of whatever number."""
    header = client.compressed._file.read(7)
    body = client.compressed._file.read(int.from_bytes(header[:3], "little"))
    if header[4:] != b"\0\0\0":
        body = client.compressed.codec.unpack(body, int.from_bytes(header[4:], "little"))
    assert body[4] == 0xFF, body
    return int.from_bytes(body[5:7], "little")


@pytest.mark.parametrize("offered", [[], ["zlib"], ["zstd"]], ids=["none", "zlib", "zstd"])
def test_only_what_is_offered(binary, cluster, offered):
    with Understudy(binary, cluster, {"listen": {"compression": offered}}) as proxy:
        with proxy.session() as client:
            bits = client.server_capabilities
            assert bool(bits & compressed.CLIENT_COMPRESS) == ("zlib" in offered)
            assert bool(bits & compressed.CLIENT_ZSTD) == ("zstd" in offered)


def test_to_the_servers(binary, cluster):
    """The server counts its compressed connections."""
    with Understudy(binary, cluster, {"backend": {"compression": "zlib"}}) as proxy:
        with proxy.session(database="packed") as client:
            sql.execute(client, "BEGIN")
            assert sql.execute(client, "SHOW STATUS LIKE 'Compression'")[0][1] == "ON"
            sql.execute(client, "COMMIT")
            sent = b"0123456789abcdef" * (1 << 20) + b"and more"
            sql.execute(client, "REPLACE INTO t VALUES (2, %s)", (sent,))
            assert sql.value(client, "SELECT b FROM t WHERE id = 2") == sent
            for number in range(50):
                assert sql.value(client, f"SELECT {number}") == number
        with compressed.connect(proxy.port, "zstd", database="packed") as client:
            sql.execute(client, "SET @a = 5")
            assert sql.value(client, "SELECT @a + 1") == 6
            query = "/* understudy: strong */ SELECT b FROM t WHERE id = 2"  # another's write
            assert sql.value(client, query) == sent


@pytest.mark.parametrize("method", METHODS)
def test_to_mysql(binary, method):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="understudy-mysql-"))
    probe = pathlib.Path(binary).parent / "tests" / "login_probe"
    port = free_ports(1)
    try:
        with LoneServer("mysql", folder, "--skip-networking=0", f"--port={port}",
                        "--bind-address=127.0.0.1") as server:
            with server.connect() as root:
                sql.execute(root, "CREATE USER packed@'%' IDENTIFIED BY 'secret'")
            done = subprocess.run(
                [probe, f"127.0.0.1:{port}", "packed", "secret",
                 "SELECT CONCAT(REPEAT('x', 10000000), VARIABLE_VALUE) FROM "
                 "performance_schema.session_status WHERE VARIABLE_NAME = "
                 "'Compression_algorithm'", "--compression", method],
                capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stdout[-1000:] + done.stderr
            assert done.stdout == "x" * 10_000_000 + method + "\n"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
