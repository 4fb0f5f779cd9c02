#!/usr/bin/env python3
"""What a client that does nothing costs: bytes of memory of Understudy, without TLS and with it.

Prints a line for each; `./dev bench idle` calls it. It needs no database: the canned server stands
behind. Each client has run one statement before it is left alone.
"""

import argparse
import resource
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--understudy", default=BUILD / "understudy", type=Path)
    parser.add_argument("--programs", default=BUILD / "bench", type=Path)
    chosen = parser.parse_args()
    wanted = 3 * chosen.clients + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, resource.getrlimit(
        resource.RLIMIT_NOFILE)[1])))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    ways = {"plain": {}, "TLS": {"ssl": context}}
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        certificates = Certificates(Path(folder) / "certificates")
        server = CannedServer(chosen.understudy, chosen.programs / "canned_server", Path(folder))
        for name, options in ways.items():
            with server, TlsUnderstudy(server, certificates) as path:
                cost = measure(path.port, path.process.pid, chosen.clients, options)
            print(f"{name:6} {cost / 1024:6.2f} KiB for an idle client "
                  f"({chosen.clients} of them)", flush=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"bench: {error}") from error
