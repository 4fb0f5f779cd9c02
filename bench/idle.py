#!/usr/bin/env python3
"""What clients that do nothing cost, and how fast new ones come; `./dev bench idle` calls it.

Memory for an idle client of HAProxy and Understudy, with TLS of Understudy; whether 100 active ones
are slower beside idle ones (they take turns, in rounds); logins a second. It needs no database: the
canned server stands behind. Each idle client has run one statement before it is left alone.
"""

import argparse
import contextlib
import datetime
import json
import os
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pymysql
from canned_paths import CannedDirect, CannedHAProxy, CannedServer, CannedUnderstudy
from measure import memory_bytes
from report import machine, optional, replace_section

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
sys.path.insert(0, str(HERE.parent / "tests" / "support"))

from certificates import Certificates  # noqa: E402

HEADING = "## Connections and idle clients"
FIRST = 100  # what they need, later ones find
PROCESS_MAX = 15_000  # clients of one process, from one address: ports are few
SPARE = 300  # descriptors for everything else

WHAT = """\
On the canned server; clients and server share a core, the proxy has another. An idle client has
logged in and run one statement. Memory is what the process grew by, from the first hundred clients
on, divided by their number. HAProxy keeps a connection to the server for each client, Understudy
the few that are in use.
"""


class TlsUnderstudy(CannedUnderstudy):
    """Offers TLS; without `ssl` in their options clients do not ask for it."""

    def __init__(self, cluster, certificates):
        super().__init__(cluster)
        certificate, key = certificates.issue("server")
        self.settings += f'[listen.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n'


class Idle:
    """So many clients of `path` that rest."""

    def __init__(self, chosen, path, count):
        self.commands = [
            [chosen.programs / "bench_load", "--port", str(path.port), "--rest", "--ids", "1",
             "--from", f"127.0.0.{2 + i}", "--clients", str(min(PROCESS_MAX, count - begin))]
            for i, begin in enumerate(range(0, count, PROCESS_MAX))
        ]  # fmt: skip

    def __enter__(self):
        self.running = []
        for command in self.commands:
            running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.running.append(running)
            if running.stdout.readline() != b"begin\n":
                raise SystemExit(f"bench: {' '.join(map(str, command))} failed")
        return self

    def __exit__(self, *_):
        for running in self.running:
            running.communicate()


def bytes_per_client(chosen, path, count):
    with Idle(chosen, path, FIRST):
        before = memory_bytes(path.pid)
        with Idle(chosen, path, count):
            return (memory_bytes(path.pid) - before) / count


def bytes_per_tls_client(path, count):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    def connect():
        client = pymysql.connect(
            host="127.0.0.1", port=path.port, user="app", password="app", ssl=context
        )
        with client.cursor() as cursor:
            cursor.execute("SELECT c FROM sbtest1 WHERE id = 1")
            cursor.fetchall()
        return client

    clients = [connect() for _ in range(FIRST)]
    before = memory_bytes(path.pid)
    clients += [connect() for _ in range(count)]
    cost = (memory_bytes(path.pid) - before) / count
    for client in clients:
        client.close()
    return cost


def run(program, port, *options):
    """What a load generator prints last."""
    done = subprocess.run([program, "--port", str(port), *options], check=True,
                          capture_output=True, text=True, timeout=300)
    return json.loads(done.stdout.splitlines()[-1])


def queries_per_second(chosen, port):
    return run(chosen.programs / "bench_load", port, "--clients", str(chosen.active), "--ids",
               "1", "--seconds", str(chosen.seconds))["qps"]


def beside_idle_ones(chosen, path, count):
    """What is left of the queries a second of the active clients: the median of the rounds."""
    ratios = []
    for _ in range(chosen.rounds):
        alone = queries_per_second(chosen, path.port)
        with Idle(chosen, path, count):
            ratios.append(queries_per_second(chosen, path.port) / alone)
    return statistics.median(ratios)


def logins(chosen, path):
    return run(chosen.programs / "bench_connect", path.port, "--clients", "32", "--seconds",
               str(chosen.seconds))


def measure_idle(chosen, server, count):
    """A line of the table; None: more descriptors than a process may have."""
    haproxy = understudy = active = None
    if 2 * (FIRST + count) + SPARE <= chosen.descriptors:
        with server, CannedHAProxy(server) as path:
            haproxy = bytes_per_client(chosen, path, count) / 1024
    if FIRST + count + SPARE <= chosen.descriptors:
        with server, CannedUnderstudy(server) as path:
            understudy = bytes_per_client(chosen, path, count) / 1024
        with server, CannedUnderstudy(server) as path:
            active = beside_idle_ones(chosen, path, count)
    print(f"{count:6} idle clients: HAProxy {optional(haproxy, 2)} KiB each, Understudy "
          f"{optional(understudy, 2)}; {chosen.active} active ones beside them: "
          f"{optional(active, 3)} of their queries a second", flush=True)
    return (f"| {count} | {optional(haproxy, 2)} | {optional(understudy, 2)} | "
            f"{optional(active, 3)} |")


def measure_logins(chosen, server):
    lines = []
    for kind in (CannedDirect, CannedHAProxy, CannedUnderstudy):
        with server, kind(server) as path:
            found = logins(chosen, path)
        print(f"{path.name:10} {found['per_second']:6.0f} logins a second, half within "
              f"{found['p50_us'] / 1000:.1f} ms, {found['errors']} failed", flush=True)
        lines.append(f"| {path.name} | {found['per_second']:.0f} | {found['p50_us'] / 1000:.1f} | "
                     f"{found['p99_us'] / 1000:.1f} | {found['errors']} |")
    return lines


def measure(chosen, server, certificates):
    idle = [measure_idle(chosen, server, count) for count in map(int, chosen.clients.split(","))]
    with server, TlsUnderstudy(server, certificates) as path:
        tls = bytes_per_tls_client(path, chosen.tls) / 1024
    print(f"TLS    {tls:.2f} KiB for an idle client ({chosen.tls} of them)", flush=True)
    return "\n".join([
        "| idle clients | HAProxy, KiB each | Understudy, KiB each | queries/s of "
        f"{chosen.active} active ones beside them, of those without |",
        "|---:|---:|---:|---:|",
        *idle,
        f"\nA dash: a process may have {chosen.descriptors} descriptors here. With TLS: {tls:.2f} "
        f"KiB ({chosen.tls} clients).\n",
        "| path | logins/s | p50 ms | p99 ms | errors |",
        "|---|---:|---:|---:|---:|",
        *measure_logins(chosen, server),
    ])  # fmt: skip


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round, 1,000 idle clients")
    parser.add_argument("--clients", default="1000,10000,50000", help="idle ones, with commas")
    parser.add_argument("--tls", type=int, default=2000, help="idle ones with TLS")
    parser.add_argument("--active", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--understudy", default=BUILD / "understudy", type=Path)
    parser.add_argument("--programs", default=BUILD / "bench", type=Path)
    parser.add_argument("--out", default=HERE, type=Path, help="folder of the results")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.clients = 1, "1000"
    return chosen


def main():
    chosen = arguments()
    _, chosen.descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (chosen.descriptors, chosen.descriptors))
    CannedHAProxy.clients = chosen.descriptors // 2 - SPARE // 4
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    started = datetime.datetime.now(datetime.timezone.utc)
    load = os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-bench-")))
        server = CannedServer(chosen.understudy, chosen.programs / "canned_server", folder)
        table = measure(chosen, server, Certificates(folder / "certificates"))
    command = " ".join(["./dev bench idle", *sys.argv[1:]])
    replace_section(chosen.out / "RESULTS.md", HEADING, "\n".join([
        WHAT,
        f"- When: {started:%Y-%m-%d %H:%M} UTC, load average before: {load:.2f}",
        f"- Machine: {machine()}",
        f"- Command: `{command}`\n",
        table,
    ]))  # fmt: skip
    print(f"written: {chosen.out / 'RESULTS.md'}")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"bench: {error}") from error
