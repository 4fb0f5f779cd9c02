"""One real server for questions about SQL, and what such tests share."""

import os
import re
import shutil
import subprocess
import time

import pymysql
from pymysql.constants import CLIENT


def unescape(written):
    """A statement of tests/corpus/sql as bytes: \\n, \\t, \\xHH and \\\\ resolved."""
    named = {"n": b"\n", "t": b"\t"}

    def replace(match):
        code = match.group(1)
        if code.startswith("x"):
            return chr(0xDC00 + int(code[1:], 16))  # a byte, kept through the final encode
        return named.get(code, code.encode()).decode()

    text = re.sub(r"\\(x[0-9A-Fa-f]{2}|.)", replace, written)
    return b"".join(bytes([ord(c) - 0xDC00]) if 0xDC00 <= ord(c) < 0xDD00 else c.encode()
                    for c in text)


class LoneServer:
    """A server of its own in a folder of its own, on a socket only."""

    def __init__(self, folder):
        self.socket = str(folder / "socket")
        data = folder / "data"
        user = ["--user=root"] if os.geteuid() == 0 else []
        # A server that starts deletes all temporary tables in its tmpdir, also those of others.
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}",
                        f"--tmpdir={folder}",
                        "--auth-root-authentication-method=normal", "--skip-test-db", *user],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        program = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(
            [program, "--no-defaults", f"--datadir={data}", f"--socket={self.socket}",
             f"--tmpdir={folder}",
             f"--pid-file={folder / 'pid'}", "--skip-networking", "--log-bin=binlog",
             "--server-id=1", "--innodb-buffer-pool-size=16M", "--max-statement-time=5",
             "--plugin-load-add=user_variables", *user],
            stdout=self.log, stderr=self.log)
        self.wait_until_ready()

    def wait_until_ready(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.connect(None).close()
            except pymysql.err.OperationalError:
                assert self.process.poll() is None, "the server ended while it started"
                assert time.monotonic() < deadline, "the server did not start in time"
                time.sleep(0.05)

    def connect(self, schema, user="root"):
        return pymysql.connect(unix_socket=self.socket, user=user, database=schema,
                               autocommit=True, charset="utf8mb4",
                               client_flag=CLIENT.MULTI_STATEMENTS)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def run(connection, statement):
    """Runs one text to the end of its last result; returns the server's error number, or None."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            while cursor.nextset():
                pass
    except pymysql.err.MySQLError as error:
        return error.args[0]
    return None


def rows(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
