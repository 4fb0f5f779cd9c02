"""LOAD DATA LOCAL: the client's file streams through, and only when the client wanted that."""

import struct
import subprocess
import threading

import pymysql
import pytest
import raw_commands as raw
import sql
from pymysql.constants import CLIENT
from sanitized import is_sanitized
from waiting import wait_until

LOAD = "LOAD DATA LOCAL INFILE 'anything' INTO TABLE t"


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("files", "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(200))",
                        "CREATE TABLE big (id INT)",
                        "CREATE TRIGGER waits BEFORE INSERT ON big FOR EACH ROW"
                        " SET NEW.id = GET_LOCK('gate', 100) + RELEASE_LOCK('gate')")


@pytest.fixture
def client(understudy):
    with understudy.session(database="files", client_flag=CLIENT.LOCAL_FILES) as connection:
        sql.execute(connection, "DELETE FROM t")
        yield connection


def ask(client, statement=LOAD):
    """Sends it; the server asks for the file."""
    client._sock.sendall(raw.packet(raw.query(statement)))
    return read_packet(client)


def read_packet(client):
    return raw.read_packet(client._sock)


def send_file(client, sequence, *parts):
    """As one write, with the empty packet at the end."""
    out = b""
    for part in (*parts, b""):
        out += struct.pack("<I", len(part))[:3] + bytes([sequence % 256]) + part
        sequence += 1
    client._sock.sendall(out)


def test_a_file_is_loaded(client, tmp_path):
    path = tmp_path / "rows"
    path.write_text("".join(f"{row}\tvalue {row}\n" for row in range(5000)))
    client._local_infile = True
    assert client.query(LOAD.replace("anything", str(path))) == 5000
    assert sql.value(client, "SELECT COUNT(*) FROM t") == 5000


def test_the_command_line_client(understudy, tmp_path):
    path = tmp_path / "rows"
    path.write_text("1\tone\n2\ttwo\n")
    done = subprocess.run(
        ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{understudy.port}", "-uapp", "-papp",
         "--local-infile=1", "-N", "files", "-e",
         f"DELETE FROM t; {LOAD.replace('anything', str(path))}; SELECT COUNT(*) FROM t"],
        capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


def test_an_empty_file_and_commands_behind_it(client):
    sequence, request = ask(client)
    assert (sequence, request) == (1, b"\xfbanything")
    client._sock.sendall(b"\0\0\0\2" + raw.packet(raw.query("SELECT 7")))
    assert read_packet(client)[1][0] == 0
    assert raw.read_rows(client) == ((7,),)


def test_parts_of_any_size(client):
    ask(client)
    send_file(client, 2, b"1\ta", b"bc\n2", b"\t", b"x" * 100 + b"\n")
    sequence, payload = read_packet(client)
    assert (sequence, payload[:2]) == (7, b"\x00\x02")
    assert sql.value(client, "SELECT v FROM t WHERE id = 1") == "abc"


def test_several_files_among_several_statements(understudy):
    with understudy.session(database="files", client_flag=CLIENT.LOCAL_FILES
                            | CLIENT.MULTI_STATEMENTS) as client:
        sql.execute(client, "DELETE FROM t")
        sequence, _ = ask(client, f"{LOAD}; SELECT COUNT(*) FROM t; {LOAD}")
        send_file(client, sequence + 1, b"1\ta\n")
        while True:
            sequence, payload = read_packet(client)
            if payload[0] == 0xFB:
                break
        send_file(client, sequence + 1, b"2\tb\n")
        assert read_packet(client)[1][:2] == b"\x00\x01"
        assert sql.value(client, "SELECT COUNT(*) FROM t") == 2


@pytest.mark.parametrize("statement", [
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE missing",
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE t (nothing)",
])
def test_errors_are_those_of_a_server(cluster, understudy, statement):
    seen = []
    for make in (lambda **options: cluster.connect("db1", **options), understudy.session):
        with make(database="files", client_flag=CLIENT.LOCAL_FILES) as client:
            sequence, payload = ask(client, statement)
            while payload[0] == 0xFB:
                send_file(client, sequence + 1, b"1\ta\n" * 10)
                sequence, payload = read_packet(client)
            seen.append((sequence, payload))
            assert sql.value(client, "SELECT 1") == 1
    assert seen[0] == seen[1]


def test_a_client_without_files_is_refused_as_by_a_server(cluster, understudy):
    seen = []
    for make in (lambda **options: cluster.connect("db1", **options), understudy.session):
        with make(database="files") as client:
            seen.append(raw.answers(client, raw.query(LOAD)))
    assert seen[0] == seen[1] and raw.error_of(seen[0])[0] == 4166


def test_a_wrong_sequence_number_ends_the_connection(client):
    ask(client)
    client._sock.sendall(b"\1\0\0\x09x")
    assert raw.error_of(b"xxxx" + read_packet(client)[1])[0] == 1156
    assert client._sock.recv(10) == b""
    client._force_close()


def test_a_client_that_vanishes_loads_nothing(cluster, understudy):
    client = understudy.connect(database="files", client_flag=CLIENT.LOCAL_FILES)
    sql.execute(client, "DELETE FROM t")
    ask(client)
    client._sock.sendall(raw.packet(b"1\ta\n", sequence=2))
    client._force_close()
    wait_until(lambda: not cluster.execute_rows_as_root(
        "db1", "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'LOAD%'"),
        what="the load has ended")
    with understudy.session(database="files") as other:
        assert sql.value(other, "SELECT COUNT(*) FROM t") == 0


@pytest.mark.parametrize("transaction", [False, True])
def test_a_lost_server_is_told_and_nothing_is_loaded_twice(cluster, understudy, transaction):
    with understudy.session(database="files", client_flag=CLIENT.LOCAL_FILES) as client:
        if transaction:
            sql.execute(client, "BEGIN")
        sequence, _ = ask(client)
        client._sock.sendall(raw.packet(b"77\ta\n", sequence=sequence + 1))
        connection = cluster.execute_rows_as_root(
            "db1", "SELECT id FROM information_schema.processlist WHERE info LIKE 'LOAD%'")[0][0]
        cluster.execute_as_root(f"KILL {connection}", "db1")
        send_file(client, sequence + 2, b"78\tb\n")
        code, message = raw.error_of(b"xxxx" + read_packet(client)[1])
        assert code in (2013, 1927), message
    with understudy.session(database="files") as other:
        assert sql.value(other, "SELECT COUNT(*) FROM t WHERE id IN (77, 78)") == 0


def test_a_large_file_is_never_held(binary, cluster, understudy):
    """A server that takes nothing stops the client; 200 MB later all rows are there."""
    part = (b"1\t" + b"x" * 1021 + b"\n") * 1000
    total = 200
    with understudy.session(database="files", client_flag=CLIENT.LOCAL_FILES) as client, \
            cluster.connect("db1") as gate:
        assert sql.value(gate, "SELECT GET_LOCK('gate', 10)") == 1
        sql.execute(client, "TRUNCATE big")
        understudy.forget_memory_peak()
        before = understudy.memory_kb()
        sequence, _ = ask(client, LOAD.replace("TABLE t", "TABLE big (id)"))
        sent = []

        def send():
            for number in range(total):
                client._sock.sendall(raw.packet(part, sequence=sequence + 1 + number))
                sent.append(number)
            client._sock.sendall(raw.packet(b"", sequence=sequence + 1 + total))

        sender = threading.Thread(target=send)
        sender.start()
        seen = []

        def stopped():
            seen.append(len(sent))
            return len(seen) > 50 and seen[-1] == seen[-50]

        wait_until(stopped, what="the client is held up")
        assert 0 < len(sent) < total
        sql.execute(gate, "DO RELEASE_LOCK('gate')")
        sender.join(120)
        answer = read_packet(client)[1]
        assert answer[0] == 0, answer
        assert sql.value(client, "SELECT COUNT(*) FROM big") == total * 1000
        sql.execute(client, "TRUNCATE big")
    if not is_sanitized(binary):
        assert understudy.memory_kb("VmHWM") - before < 16 * 1024
