#!/usr/bin/env python3
"""Measures Understudy beside a direct connection and HAProxy, in one run, on this machine.

Writes a section of RESULTS.md, results.csv and cost.svg; `./dev bench` calls it.
"""

import argparse
import datetime
import os
import shutil
import sys
import tempfile
from pathlib import Path

import plot
import report
from measure import WORKLOADS, measure, syscalls_per_query
from paths import Cluster, Direct, HAProxy, Understudy, path_to

HERE = Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, 1 and 16 threads")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="length of one run")
    parser.add_argument("--threads", default="1,16,64,256", help="client threads, with commas")
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    parser.add_argument("--workers", type=int, default=1, help="Understudy's; 0: its default")
    parser.add_argument("--understudy", default=HERE.parent / "build/understudy", type=Path)
    parser.add_argument("--out", default=HERE, type=Path, help="folder of the results")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.threads = 1, "1,16"
    return chosen


def check_tools(understudy):
    missing = [tool for tool in ("sysbench", "haproxy", "mariadb") if not find(tool)]
    if missing:
        raise SystemExit(f"bench: {', '.join(missing)} missing; run ./dev setup")
    if not understudy.exists():
        raise SystemExit(f"bench: {understudy} does not exist; run ./dev build")


def find(tool):
    return shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin")


def measure_cell(cluster, paths, workload, threads, chosen):
    """All paths in turn within each round, so that what else the machine does hits all alike."""
    cell = []
    for number in range(1, chosen.rounds + 1):
        for path in paths:
            cell.append(measure(workload, path, threads, chosen.seconds, number))
            if workload == "read_write":
                cluster.wait_for_replicas()
    for path in paths:
        counted = syscalls_per_query(workload, path, threads)
        for each in cell:
            if each.path == path.name:
                each.syscalls = counted
    return cell


def compare(cluster, chosen):
    measurements = []
    settings = f"workers = {chosen.workers}\n" if chosen.workers else ""
    with (
        Direct(cluster) as direct,
        HAProxy(cluster) as haproxy,
        Understudy(cluster, settings) as understudy,
    ):
        for workload in WORKLOADS:
            if chosen.only not in workload:
                continue
            for threads in map(int, chosen.threads.split(",")):
                paths = (direct, haproxy, understudy)
                measurements += measure_cell(cluster, paths, workload, threads, chosen)
                rows = report.medians(measurements)
                for path in paths:
                    print(report.line(rows, (workload, threads, path.name)), flush=True)
    return measurements


def main():
    chosen = arguments()
    understudy = path_to(chosen.understudy)
    check_tools(understudy)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    started = datetime.datetime.now(datetime.timezone.utc)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        with Cluster(understudy, Path(folder)) as cluster:
            measurements = compare(cluster, chosen)
    chosen.out.mkdir(parents=True, exist_ok=True)
    report.write_csv(measurements, chosen.out / "results.csv")
    plot.draw(report.medians(measurements), chosen.out / "cost.svg")
    command = " ".join(["./dev bench", *sys.argv[1:]])
    file = chosen.out / "RESULTS.md"
    report.write_section(
        measurements, file, understudy, command, started, load, chosen.workers
    )
    print(f"written: {file}, {chosen.out / 'results.csv'}, {chosen.out / 'cost.svg'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
