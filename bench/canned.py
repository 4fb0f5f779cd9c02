#!/usr/bin/env python3
"""Measures what a proxy can do at most: a server that only pretends, and proxies on a core of
their own.

Writes a section of RESULTS.md and canned.csv; `./dev bench canned` calls it.
"""

import argparse
import contextlib
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import canned_report
from canned_paths import (
    CachedUnderstudy,
    CannedDirect,
    CannedHAProxy,
    CannedServer,
    CannedUnderstudy,
    cores,
)
from measure import usage_of
from paths import path_to
from report import write_csv

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"


@dataclass
class Round:
    """One run of the load over one path. CPU and switches are None where there is no proxy."""

    statement: str
    clients: int
    round: int
    path: str
    qps: float
    p50_us: int
    p95_us: int
    p99_us: int
    user_us: float | None
    system_us: float | None
    switches: float | None
    errors: int


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of 1 s, 16 and 64 clients")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="length of one run")
    parser.add_argument("--clients", default="1,16,64,256,1000", help="with commas")
    parser.add_argument("--statements", default="text", help="text, prepared or text,prepared")
    parser.add_argument("--ids", type=int, default=1000, help="how many rows are asked for")
    parser.add_argument("--understudy", default=BUILD / "understudy", type=Path)
    parser.add_argument("--programs", default=BUILD / "bench", type=Path,
                        help="folder of canned_server and bench_load")  # fmt: skip
    parser.add_argument("--out", default=HERE, type=Path, help="folder of the results")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.clients = 1, 1, "16,64"
    return chosen


def load_command(program, path, statement, clients, chosen):
    command = [
        "taskset", "-c", str(cores()[0]), program, "--port", str(path.port),
        "--clients", str(clients), "--seconds", str(chosen.seconds), "--ids", str(chosen.ids),
        "--schema", "sbtest",
    ]  # fmt: skip
    if path.comment:
        command += ["--comment", path.comment]
    return command + (["--prepared"] if statement == "prepared" else [])


def run_load(command, pid):
    """What the load printed, and what process `pid` used while it measured."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
        begun = load.stdout.readline()
        before = usage_of(pid)
        line = load.stdout.readline()
        used = usage_of(pid).since(before)
    if begun.strip() != "begin" or not line:
        raise SystemExit(f"bench: {' '.join(map(str, command))} failed")
    return json.loads(line), used


def measure(program, path, statement, clients, number, chosen):
    told, used = run_load(load_command(program, path, statement, clients, chosen), path.pid)
    if told["queries"] == 0:
        raise SystemExit(f"bench: no query was run over {path.name}")

    def each(total):
        return total / told["queries"] if path.pid else None

    return Round(
        statement, clients, number, path.name,
        told["qps"], told["p50_us"], told["p95_us"], told["p99_us"],
        each(used.user_seconds * 1e6), each(used.system_seconds * 1e6),
        each(used.voluntary_switches), told["errors"],
    )  # fmt: skip


def compare(paths, program, chosen):
    """All paths in turn within each round, so that what else the machine does hits all alike."""
    rounds = []
    for statement in chosen.statements.split(","):
        for clients in map(int, chosen.clients.split(",")):
            for number in range(1, chosen.rounds + 1):
                for path in paths:
                    rounds.append(measure(program, path, statement, clients, number, chosen))
            print(canned_report.lines(rounds, statement, clients), flush=True)
    return rounds


def main():
    chosen = arguments()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    understudy = path_to(chosen.understudy)
    server, program = (path_to(chosen.programs / name) for name in ("canned_server", "bench_load"))
    for needed in (understudy, server, program):
        if not needed.exists():
            raise SystemExit(f"bench: {needed} does not exist; run ./dev bench canned")
    if not shutil.which("haproxy"):
        raise SystemExit("bench: haproxy missing; run ./dev setup")
    kinds = [CannedDirect, CannedHAProxy, CannedUnderstudy, CachedUnderstudy]
    started = datetime.datetime.now(datetime.timezone.utc)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        with contextlib.ExitStack() as stack:
            canned = stack.enter_context(CannedServer(understudy, server, Path(folder)))
            paths = [stack.enter_context(kind(canned)) for kind in kinds]
            rounds = compare(paths, program, chosen)
    chosen.out.mkdir(parents=True, exist_ok=True)
    write_csv(rounds, chosen.out / "canned.csv")
    command = " ".join(["./dev bench canned", *sys.argv[1:]])
    canned_report.write_section(
        rounds, chosen.out / "RESULTS.md", understudy, command, started, load
    )
    print(f"written: {chosen.out / 'RESULTS.md'}, {chosen.out / 'canned.csv'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
