#!/usr/bin/env python3
"""The change feed: how long after COMMIT a subscriber has the event, with 1 and with many others.

Prints a table; `./dev bench changes` calls it. The delay counts from when the writer, on a
connection straight to the primary, has its answer: an event that came before that counts as 0.
"""

import argparse
import base64
import multiprocessing
import re
import resource
import selectors
import socket
import statistics
import tempfile
import time
from pathlib import Path

import pymysql
from measure import DATABASE
from paths import Cluster, Understudy, path_to

HERE = Path(__file__).resolve().parent
TABLE = "bench_changes"
MEASURED = 5  # of many subscribers; the others only read


def subscribe(port, schema):
    connection = socket.create_connection(("127.0.0.1", port), 30)
    login = base64.b64encode(b"app:app").decode()
    connection.sendall(
        f"GET /api/changes?tables={schema}.{TABLE} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Basic {login}\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(4096)
    if b" 200 " not in answer.split(b"\r\n")[0]:
        raise SystemExit(f"bench: {answer.decode()}")
    return connection


def drain(port, schema, count, ready, stop):
    """The others, in a process of their own."""
    waiting = selectors.DefaultSelector()
    for _ in range(count):
        waiting.register(subscribe(port, schema), selectors.EVENT_READ)
    ready.set()
    while not stop.is_set():
        for key, _ in waiting.select(0.2):
            key.fileobj.recv(1 << 16)


def measure_delays(connections, writes, client, pause):
    """Seconds for each write and measured subscriber."""
    waiting = selectors.DefaultSelector()
    for connection in connections:
        waiting.register(connection, selectors.EVENT_READ)
    delays = []
    for number in range(writes):
        with client.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TABLE} (v) VALUES ({number})")
        committed = time.perf_counter()
        wanted = re.compile(rb'"v":%d\b' % number)
        missing = set(connections)
        while missing:
            for key, _ in waiting.select(10):
                data = key.fileobj.recv(1 << 16)
                if wanted.search(data):
                    missing.discard(key.fileobj)
                    delays.append(max(0.0, time.perf_counter() - committed))
        time.sleep(pause)
    return delays


class Others:
    """Subscribers that only read, in a process of their own."""

    def __init__(self, port, count):
        ready, self._stop = multiprocessing.Event(), multiprocessing.Event()
        self._process = multiprocessing.Process(
            target=drain, args=(port, DATABASE, count, ready, self._stop)
        )
        self._process.start()
        if not ready.wait(120):
            raise SystemExit(f"bench: {count} subscribers: not within 120 s")

    def stop(self):
        self._stop.set()
        self._process.join()


def with_subscribers(count, cluster, chosen):
    """The measured ones are in the middle, as events go to one subscriber after the other."""
    with Understudy(cluster) as understudy:
        port = understudy.admin_port
        measured = min(MEASURED, count)
        before = Others(port, (count - measured) // 2)
        connections = [subscribe(port, DATABASE) for _ in range(measured)]
        after = Others(port, (count - measured) // 2)
        client = pymysql.connect(
            host="127.0.0.1", port=cluster.primary_port, user="app", password="app",
            database=DATABASE, autocommit=True,
        )  # fmt: skip
        try:
            return measure_delays(connections, chosen.writes, client, chosen.pause)
        finally:
            before.stop()
            after.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=500)
    parser.add_argument("--pause", type=float, default=0.005, help="seconds between two writes")
    parser.add_argument("--subscribers", default="1,1000")
    parser.add_argument("--understudy", default=HERE.parent / "build/understudy", type=Path)
    chosen = parser.parse_args()
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        with Cluster(path_to(chosen.understudy), Path(folder)) as cluster:
            cluster.sql(
                cluster.primary_port,
                f"CREATE TABLE {TABLE} (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
            )
            print("subscribers   median ms   p95 ms   p99 ms")
            for count in map(int, chosen.subscribers.split(",")):
                delays = sorted(with_subscribers(count, cluster, chosen))
                print(
                    f"{count:11} {statistics.median(delays) * 1000:11.2f}"
                    f" {delays[int(len(delays) * 0.95)] * 1000:8.2f}"
                    f" {delays[int(len(delays) * 0.99)] * 1000:8.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
