#!/usr/bin/env python3
"""Measures Understudy beside a direct connection and HAProxy, in one run, on this machine.

Writes RESULTS.md and results.csv; `./dev bench` calls it.
"""

import argparse
import datetime
import os
import shutil
import sys
import tempfile
from pathlib import Path

from measure import WORKLOADS, measure
from paths import Cluster, Direct, HAProxy, Understudy, path_to
from report import write_csv, write_markdown

HERE = Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 s a run, 1 and 16 threads")
    parser.add_argument("--seconds", type=int, default=5, help="length of one run")
    parser.add_argument("--threads", default="1,16,64", help="client threads, with commas")
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    parser.add_argument("--understudy", default=HERE.parent / "build/understudy", type=Path)
    parser.add_argument("--out", default=HERE, type=Path, help="folder of the results")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.seconds = 2
        chosen.threads = "1,16"
    return chosen


def check_tools(understudy):
    missing = [tool for tool in ("sysbench", "haproxy", "mariadb") if not find(tool)]
    if missing:
        raise SystemExit(f"bench: {', '.join(missing)} missing; run ./dev setup")
    if not understudy.exists():
        raise SystemExit(f"bench: {understudy} does not exist; run ./dev build")


def find(tool):
    return shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin")


def compare(cluster, chosen):
    """All paths in turn within each point, so that what else the machine does hits all alike."""
    measurements = []
    with Direct(cluster) as direct, HAProxy(cluster) as haproxy, Understudy(cluster) as understudy:
        for workload in WORKLOADS:
            if chosen.only not in workload:
                continue
            for threads in map(int, chosen.threads.split(",")):
                for path in (direct, haproxy, understudy):
                    result = measure(workload, path, threads, chosen.seconds)
                    measurements.append(result)
                    cpu = result.cpu_us_per_query
                    print(
                        f"{workload:26} {threads:3} threads  {path.name:10} "
                        f"{result.queries_per_second:9.0f} q/s  p95 {result.p95_ms:7.2f} ms"
                        + (f"  {cpu:6.1f} µs CPU/query" if cpu is not None else ""),
                        flush=True,
                    )
                    cluster.wait_for_replicas()
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
    write_csv(measurements, chosen.out / "results.csv")
    command = " ".join(["./dev bench", *sys.argv[1:]])
    write_markdown(measurements, chosen.out / "RESULTS.md", understudy, command, started, load)
    print(f"written: {chosen.out / 'RESULTS.md'}, {chosen.out / 'results.csv'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
