#!/usr/bin/env python3
"""Records the binary log that a real MariaDB server writes, for tests/corpus/binlog.

    tools/record_binlog.py FILE STATEMENTS [OPTION_OF_THE_SERVER...]

runs each line of the file STATEMENTS on a server of its own, which it starts and ends, and writes

    # where it was recorded
    event HEX          events before the first statement: the file's format, and so on
    sql TEXT           a statement
    changed N          the rows that the server said it changed
    event HEX          what it logged, if anything
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import pymysql

MAGIC_SIZE = 4
HEADER_SIZE = 19


def start_server(directory, options):
    data = directory / "data"
    subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                    "--auth-root-authentication-method=normal"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return subprocess.Popen(
        ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={directory}/socket",
         "--skip-networking", "--user=root", "--server-id=7", f"--log-bin={directory}/binlog",
         f"--pid-file={directory}/pid", "--character-set-server=utf8mb4", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def connect(directory):
    deadline = time.monotonic() + 60
    while True:
        try:
            return pymysql.connect(unix_socket=f"{directory}/socket", user="root",
                                   autocommit=True, charset="utf8mb4")
        except pymysql.err.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def log_end(cursor):
    cursor.execute("SHOW MASTER STATUS")
    return int(cursor.fetchone()[1])


def run(cursor, statements):
    """Yields each statement, the rows that it changed, and where the log ends after it."""
    for statement in statements:
        changed = cursor.execute(statement)
        yield statement, max(changed, 0), log_end(cursor)


def events_of(log):
    """Yields the events of a log file: where each begins, and its bytes."""
    position = MAGIC_SIZE
    while position + HEADER_SIZE <= len(log):
        size = int.from_bytes(log[position + 9:position + 13], "little")
        yield position, log[position:position + size]
        position += size


def write(out, version, log, first, ran):
    events = list(events_of(log))
    print(f"# Recorded from {version} by tools/record_binlog.py.", file=out)
    begin = 0
    for statement, changed, end in [(None, 0, first), *ran]:
        if statement:
            print(f"sql {statement}\nchanged {changed}", file=out)
        for position, event in events:
            if begin <= position < end:
                print("event", event.hex(), file=out)
        begin = end


def main():
    target, source, *options = sys.argv[1:]
    lines = pathlib.Path(source).read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        server = start_server(directory, options)
        try:
            cursor = connect(directory).cursor()
            cursor.execute("SELECT VERSION()")
            version = cursor.fetchone()[0]
            first = log_end(cursor)
            ran = list(run(cursor, [line for line in lines if line.strip()]))
            log = (directory / "binlog.000001").read_bytes()
        finally:
            server.terminate()
            server.wait()
        with open(target, "w", encoding="utf-8") as out:
            write(out, version, log, first, ran)


if __name__ == "__main__":
    main()
