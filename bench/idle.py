#!/usr/bin/env python3
"""What clients that do nothing cost, and how fast new ones come; `./dev bench idle` calls it.

Memory of Understudy for an idle client, without TLS and with it; whether 100 active ones are slower
beside 10,000 idle ones (they take turns, in rounds); logins a second. It needs no database: the
canned server stands behind. Each idle client has run one statement before it is left alone.
"""

import argparse
import json
import resource
import statistics
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

import pymysql
from canned_paths import CannedServer, CannedUnderstudy

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
sys.path.insert(0, str(HERE.parent / "tests" / "support"))

from certificates import Certificates  # noqa: E402


class TlsUnderstudy(CannedUnderstudy):
    """Offers TLS; without `ssl` in their options clients do not ask for it."""

    def __init__(self, cluster, certificates):
        super().__init__(cluster)
        certificate, key = certificates.issue("server")
        self.settings += f'[listen.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n'


def memory_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return 1024 * int(next(line for line in file if line.startswith("VmRSS:")).split()[1])


def connect(port, options):
    client = pymysql.connect(host="127.0.0.1", port=port, user="app", password="app", **options)
    with client.cursor() as cursor:
        cursor.execute("SELECT c FROM sbtest1 WHERE id = 1")
        cursor.fetchall()
    return client


def measure(port, pid, count, options):
    """Bytes for each of `count` clients, beyond what the first hundred had needed."""
    clients = [connect(port, options) for _ in range(100)]
    before = memory_bytes(pid)
    clients += [connect(port, options) for _ in range(count)]
    cost = (memory_bytes(pid) - before) / count
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


def beside_idle_ones(chosen, port):
    """Queries a second of the active clients, without idle ones and with: each round's ratio."""
    ratios, rates = [], []
    for _ in range(chosen.rounds):
        alone = queries_per_second(chosen, port)
        idle = [connect(port, {}) for _ in range(chosen.clients)]
        beside = queries_per_second(chosen, port)
        for client in idle:
            client.close()
        ratios.append(beside / alone)
        rates.append((alone, beside))
    return ratios, rates


def logins(chosen, port):
    return run(chosen.programs / "bench_connect", port, "--clients", "32", "--seconds",
               str(chosen.seconds))


def report(chosen, server, certificates):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, options in {"plain": {}, "TLS": {"ssl": context}}.items():
        with server, TlsUnderstudy(server, certificates) as path:
            cost = measure(path.port, path.process.pid, chosen.clients, options)
        print(f"{name:6} {cost / 1024:6.2f} KiB for an idle client ({chosen.clients} of them)",
              flush=True)
    with server, CannedUnderstudy(server) as path:
        ratios, rates = beside_idle_ones(chosen, path.port)
    alone, beside = (statistics.median(column) for column in zip(*rates))
    print(f"active {statistics.median(ratios):6.3f} of the queries a second beside "
          f"{chosen.clients} idle clients: {beside:.0f} in place of {alone:.0f}, {chosen.active} "
          f"active ones, {chosen.rounds} rounds", flush=True)
    with server, CannedUnderstudy(server) as path:
        found = logins(chosen, path.port)
    print(f"logins {found['per_second']:6.0f} a second, half within {found['p50_us'] / 1000:.1f} "
          f"ms, {found['errors']} failed", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--active", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--understudy", default=BUILD / "understudy", type=Path)
    parser.add_argument("--programs", default=BUILD / "bench", type=Path)
    chosen = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < chosen.clients + 1000:
        raise SystemExit(f"bench: ulimit -Hn is {most}; {chosen.clients} clients take more")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        certificates = Certificates(Path(folder) / "certificates")
        server = CannedServer(chosen.understudy, chosen.programs / "canned_server", Path(folder))
        report(chosen, server, certificates)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"bench: {error}") from error
