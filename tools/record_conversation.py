#!/usr/bin/env python3
"""Record what a real server answers, for tests/corpus/conversations.

Starts a private MariaDB server in a temporary directory, logs in with every set of capabilities that
changes the form of responses, sends the commands below and writes one file for each set:

    # comment
    capabilities HEX            of the connection that the following lines belong to
    login                       starts the bytes of a login; "password TEXT" is the account's
    command NAME                starts an exchange
    > HEX                       bytes from the client
    < HEX                       bytes from the server
    = KIND ...                  the control packets in the answer, in order

    tools/record_conversation.py [--server PATH] [--out DIRECTORY]
"""

import argparse
import hashlib
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time

PROTOCOL_41, CONNECT_WITH_DB, MULTI = 1 << 9, 1 << 3, 1 << 16 | 1 << 17 | 1 << 18
BASE = 1 | 1 << 2 | PROTOCOL_41 | 1 << 13 | 1 << 15 | MULTI | 1 << 19 | CONNECT_WITH_DB
SESSION_TRACK, DEPRECATE_EOF = 1 << 23, 1 << 24
VARIANTS = {
    "classic": BASE,
    "deprecate_eof": BASE | DEPRECATE_EOF,
    "tracked": BASE | SESSION_TRACK,
    "tracked_deprecate_eof": BASE | SESSION_TRACK | DEPRECATE_EOF,
}
USER, PASSWORD = "recorder", "correct horse"
QUERY, INIT_DB, FIELD_LIST, STATISTICS, PING = 3, 2, 4, 9, 14
PREPARE, EXECUTE, RESET_STMT, SET_OPTION, FETCH, RESET_CONNECTION = 22, 23, 26, 27, 28, 31

TYPES_TABLE = """CREATE TABLE t.types (
  a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d INT UNSIGNED, e BIGINT, f BIGINT UNSIGNED, g FLOAT,
  h DOUBLE, i DECIMAL(20,5), j DATE, k DATETIME(6), l TIMESTAMP NULL, m TIME(3), n YEAR, o BIT(12),
  p CHAR(5), q VARCHAR(20), r TEXT, s BLOB, t VARBINARY(8), u ENUM('x','y'), v SET('x','y'), w JSON)"""
TYPES_ROWS = """INSERT INTO t.types VALUES
  (-128, 65535, -8388608, 4294967295, -9223372036854775808, 18446744073709551615, 1.5, -2.25,
   '-123456789012345.54321', '2024-02-29', '2024-12-31 23:59:59.123456', '2001-02-03 04:05:06',
   '-838:59:59.001', 2024, b'101010101010', 'abc', 'd\\u00e9j\\u00e0 vu', 'text', x'00ff10', x'fe', 'y',
   'x,y', '{"a": 1}'),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (0, 0, 0, 0, 0, 0, 0, 0, 0, '0000-00-00', '0000-00-00', '2001-02-03 04:05:06', '00:00:00', 0, b'0',
   '', '', '', '', '', 'x', '', '[]')"""
SETUP = [
    "CREATE DATABASE t CHARACTER SET utf8mb4",
    "SET NAMES utf8mb4",
    "SET sql_mode=''",
    TYPES_TABLE,
    TYPES_ROWS.encode().decode("unicode_escape"),
    "CREATE TABLE t.numbers (n INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(40))",
    "INSERT INTO t.numbers (text) VALUES ('one'), ('two'), ('three')",
    "CREATE PROCEDURE t.two() BEGIN SELECT n FROM t.numbers; SELECT 'x' WHERE 0; END",
    f"CREATE USER {USER}@localhost IDENTIFIED BY '{PASSWORD}'",
    f"GRANT ALL ON *.* TO {USER}@localhost",
]


def query(text):
    return bytes([QUERY]) + text.encode()


# `statement` counts the successful PREPAREs from 1.
def execute(statement, tail=b"", flags=0):
    return bytes([EXECUTE]) + struct.pack("<IBI", statement, flags, 1) + tail


# (name, command, control packets without DEPRECATE_EOF); ColumnsEnd never comes with it.
ROWS = "ColumnsEnd ResultEnd"
EXCHANGES = [
    ("ping", bytes([PING]), "Ok"),
    ("select one", query("SELECT 1"), ROWS),
    ("no rows", query("SELECT n FROM t.numbers WHERE 0"), ROWS),
    ("all types as text", query("SELECT * FROM t.types"), ROWS),
    ("rows that begin with 0xfb to 0xfe", query(
        "SELECT REPEAT('a', 251) UNION ALL SELECT REPEAT('b', 70000) UNION ALL SELECT NULL"), ROWS),
    ("insert", query("INSERT INTO t.numbers (text) VALUES ('four'), ('five')"), "Ok"),
    ("update with info", query("UPDATE t.numbers SET text='six' WHERE n > 3"), "Ok"),
    ("empty statement", query(""), "Err"),
    ("syntax error", query("SELEC 1"), "Err"),
    ("error in the middle of rows", query(
        "SELECT n, (SELECT m.n FROM t.numbers m WHERE m.n >= q.n) FROM t.numbers q ORDER BY n DESC"),
     "ColumnsEnd Err"),
    ("warnings", query("SELECT 1/0, CAST('x' AS INT)"), ROWS),
    ("two statements", query("SELECT 1; SELECT 2, 3"), f"{ROWS} {ROWS}"),
    ("rows, ok, error", query("SELECT 1; DO 1; SELECT nothing"), f"{ROWS} Ok Err"),
    ("procedure", query("CALL t.two()"), f"{ROWS} {ROWS} Ok"),
    ("track everything", query(
        "SET session_track_system_variables='*', session_track_schema=1, "
        "session_track_state_change=1, session_track_transaction_info='CHARACTERISTICS'"), "Ok"),
    ("set names", query("SET NAMES latin1"), "Ok"),
    ("use", query("USE mysql"), "Ok"),
    ("init db", bytes([INIT_DB]) + b"t", "Ok"),
    ("init db that is missing", bytes([INIT_DB]) + b"missing", "Err"),
    ("begin", query("START TRANSACTION READ WRITE"), "Ok"),
    ("insert in transaction", query("INSERT INTO t.numbers (text) VALUES ('seven')"), "Ok"),
    ("select in transaction", query("SELECT COUNT(*) FROM t.numbers"), ROWS),
    ("commit", query("COMMIT"), "Ok"),
    ("set transaction", query("SET TRANSACTION READ ONLY"), "Ok"),
    ("select after set", query("SELECT n FROM t.numbers"), ROWS),
    ("user variable", query("SET @a = 1, sql_mode='ANSI'"), "Ok"),
    ("reset connection", bytes([RESET_CONNECTION]), "Ok"),
    ("prepare without anything", bytes([PREPARE]) + b"DO 1", "PrepareOk"),
    ("execute it", execute(1), "Ok"),
    ("prepare with columns", bytes([PREPARE]) + b"SELECT * FROM t.types", "PrepareOk ColumnsEnd"),
    ("all types as binary", execute(2), ROWS),
    ("prepare with both", bytes([PREPARE]) + b"SELECT ?, n FROM t.numbers WHERE n < ?",
     "PrepareOk ColumnsEnd ColumnsEnd"),
    ("execute with parameters", execute(
        3, b"\x00\x01\xfd\x00\x08\x00\x03abc" + struct.pack("<q", 3)), ROWS),
    ("execute without rows", execute(3, b"\x02\x01\xfd\x00\x06\x00\x03abc"), ROWS),
    ("execute with cursor", execute(2, flags=1), "ColumnsEnd"),
    ("fetch a row", bytes([FETCH]) + struct.pack("<II", 2, 1), "ResultEnd"),
    ("fetch the rest", bytes([FETCH]) + struct.pack("<II", 2, 10), "ResultEnd"),
    ("reset statement", bytes([RESET_STMT]) + struct.pack("<I", 2), "Ok"),
    ("prepare with parameters", bytes([PREPARE]) + b"INSERT INTO t.numbers (text) VALUES (?)",
     "PrepareOk ColumnsEnd"),
    ("execute the insert", execute(4, b"\x00\x01\xfd\x00\x05eight"), "Ok"),
    ("prepare a procedure", bytes([PREPARE]) + b"CALL t.two()", "PrepareOk"),
    ("execute the procedure", execute(5), f"{ROWS} {ROWS} Ok"),
    ("prepare with an error", bytes([PREPARE]) + b"SELECT nothing", "Err"),
    ("execute what is not prepared", execute(99), "Err"),
    ("field list", bytes([FIELD_LIST]) + b"numbers\0", "ResultEnd"),
    ("field list with an error", bytes([FIELD_LIST]) + b"missing\0", "Err"),
    ("statistics", bytes([STATISTICS]), "Text"),
    ("set option", bytes([SET_OPTION, 0, 0]), "Ok"),
    ("unknown command", bytes([200]), "Err"),
]


class Connection:
    """A raw connection: frames in, frames out."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(str(path))

    def packet(self):
        header = self.exactly(4)
        return header + self.exactly(int.from_bytes(header[:3], "little"))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return data

    def send(self, payload, sequence=0):
        framed = len(payload).to_bytes(3, "little") + bytes([sequence]) + payload
        self.socket.sendall(framed)
        return framed

    def login(self, capabilities):
        greeting = self.packet()
        body = greeting[4:]
        rest = body[body.index(0) + 1:] if body[0] else b""
        scramble = rest[4:12] + rest[31:43]
        stage1 = hashlib.sha1(PASSWORD.encode()).digest()
        mask = hashlib.sha1(scramble + hashlib.sha1(stage1).digest()).digest()
        proof = bytes(a ^ b for a, b in zip(stage1, mask))
        response = self.send(
            struct.pack("<IIB23x", capabilities, 1 << 24, 45) + USER.encode() + b"\0"
            + bytes([len(proof)]) + proof + b"t\0" + b"mysql_native_password\0", 1)
        return greeting, response, self.packet()

    def exchange(self, payload):
        """Everything that the server answers, known to be complete because a PING is answered next."""
        sent = self.send(payload)
        answer = b""
        self.socket.settimeout(0.15)
        try:
            while True:
                part = self.socket.recv(1 << 20)
                if not part:
                    raise ConnectionError("the server closed the connection")
                answer += part
        except TimeoutError:
            pass
        self.socket.settimeout(10)
        self.send(bytes([PING]))
        pong = self.packet()
        if pong[3] != 1 or pong[4] != 0:
            raise RuntimeError("the answer was not complete")
        return sent, answer


def start_server(binary, directory):
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={directory}/data",
               f"--tmpdir={directory}", "--auth-root-authentication-method=normal",
               "--skip-test-db"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    path = directory / "socket"
    process = subprocess.Popen(
        [binary, "--no-defaults", f"--datadir={directory}/data", f"--socket={path}", "--user=root",
         "--skip-networking", "--innodb-buffer-pool-size=16M", f"--pid-file={directory}/pid",
         f"--tmpdir={directory}", "--log-bin=log", f"--log-error={directory}/error.log"])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        probe = ["mariadb-admin", "--no-defaults", f"--socket={path}", "-uroot", "ping"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return process, path
        time.sleep(0.1)
    process.kill()
    raise RuntimeError("the server did not start")


def hex_lines(prefix, data):
    return [f"{prefix} {data[i:i + 2000].hex()}" for i in range(0, len(data), 2000)]


def record(path, capabilities, version):
    connection = Connection(path)
    greeting, response, verdict = connection.login(capabilities)
    lines = [f"# Recorded from {version} by tools/record_conversation.py.",
             f"capabilities {capabilities:08x}", "login", f"password {PASSWORD}",
             *hex_lines("<", greeting), *hex_lines(">", response), *hex_lines("<", verdict)]
    prepared = {}  # the server's ids, by the numbers used in EXCHANGES
    for name, command, kinds in EXCHANGES:
        if command[0] in (EXECUTE, RESET_STMT, FETCH):
            statement = int.from_bytes(command[1:5], "little")
            command = command[:1] + prepared.get(statement, b"\xff" * 4) + command[5:]
        sent, answer = connection.exchange(command)
        if command[0] == PREPARE and answer[4] == 0:
            prepared[len(prepared) + 1] = answer[5:9]
        if capabilities & DEPRECATE_EOF:
            kinds = "ResultEnd" if name == "execute with cursor" else kinds.replace("ColumnsEnd ", "")
            kinds = kinds.removesuffix(" ColumnsEnd")
        lines += [f"command {name}", *hex_lines(">", sent), *hex_lines("<", answer), f"= {kinds}"]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default=shutil.which("mariadbd") or "/usr/sbin/mariadbd")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent
                        / "tests/corpus/conversations")
    options = parser.parse_args()
    version = subprocess.run([options.server, "--version"], check=True, capture_output=True,
                             text=True).stdout.split("Ver ")[1].split()[0]
    with tempfile.TemporaryDirectory() as temporary:
        process, path = start_server(options.server, pathlib.Path(temporary))
        try:
            sql = ";\n".join(text if not text.startswith("CREATE PROC") else
                             f"DELIMITER //\n{text}//\nDELIMITER " for text in SETUP) + ";"
            subprocess.run(["mariadb", "--no-defaults", f"--socket={path}", "-uroot"], check=True,
                           input=sql, text=True)
            options.out.mkdir(parents=True, exist_ok=True)
            for name, capabilities in VARIANTS.items():
                target = options.out / f"{version.split('-')[0]}_{name}.txt"
                target.write_text(record(path, capabilities, version))
                print(target)
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
