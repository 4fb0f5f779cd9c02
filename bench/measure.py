"""Runs sysbench and reads what a process has used."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

TABLES = 4
ROWS = 10_000
DATABASE = "sbtest"

# name -> sysbench script and its options
WORKLOADS = {
    "point_select text": ["oltp_point_select", "--db-ps-mode=disable"],
    "point_select prepared": ["oltp_point_select", "--db-ps-mode=auto"],
    "read_only, no transaction": ["oltp_read_only", "--skip-trx=on", "--db-ps-mode=disable"],
    "read_write": ["oltp_read_write", "--db-ps-mode=disable"],
}


@dataclass
class Usage:
    """What a process has used since it started."""

    user_seconds: float = 0.0
    system_seconds: float = 0.0
    voluntary_switches: int = 0

    @property
    def cpu_seconds(self):
        return self.user_seconds + self.system_seconds

    def since(self, earlier):
        return Usage(
            self.user_seconds - earlier.user_seconds,
            self.system_seconds - earlier.system_seconds,
            self.voluntary_switches - earlier.voluntary_switches,
        )


def usage_of(pid):
    """Usage of all threads of a process, from /proc; nothing for pid None."""
    if pid is None:
        return Usage()
    # The fields after the command name, which may contain spaces: utime and stime are 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    user, system = (int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:13])
    switches = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M)
        switches += int(found.group(1))
    return Usage(user, system, switches)


@dataclass
class Measurement:
    """One sysbench run over one path. CPU and switches are None where there is no proxy."""

    workload: str
    threads: int
    path: str
    queries: int
    queries_per_second: float
    p95_ms: float
    errors: int
    cpu_us_per_query: float | None
    switches_per_query: float | None


def sysbench_command(workload, port, threads, seconds, action="run"):
    script, *options = WORKLOADS[workload]
    return [
        "sysbench", script, *options,
        "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={port}",
        "--mysql-user=app", "--mysql-password=app", f"--mysql-db={DATABASE}",
        f"--tables={TABLES}", f"--table-size={ROWS}", f"--threads={threads}",
        f"--time={seconds}", "--percentile=95", "--rand-type=uniform", action,
    ]  # fmt: skip


def run_sysbench(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(
            f"bench: {' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"bench: sysbench printed no {pattern!r}:\n{text}")
    return float(found.group(1))


def measure(workload, path, threads, seconds):
    """One run over a path (see paths.py)."""
    before = usage_of(path.pid)
    text = run_sysbench(sysbench_command(workload, path.port, threads, seconds))
    used = usage_of(path.pid).since(before)
    queries = int(number(r"\n\s+queries:\s+(\d+)", text))
    if queries == 0:
        raise SystemExit(f"bench: no query was run over {path.name}:\n{text}")
    return Measurement(
        workload=workload,
        threads=threads,
        path=path.name,
        queries=queries,
        queries_per_second=number(r"\n\s+queries:\s+\d+\s+\(([\d.]+) per sec", text),
        p95_ms=number(r"95th percentile:\s+([\d.]+)", text),
        errors=int(number(r"ignored errors:\s+(\d+)", text))
        + int(number(r"reconnects:\s+(\d+)", text)),
        cpu_us_per_query=used.cpu_seconds * 1e6 / queries if path.pid else None,
        switches_per_query=used.voluntary_switches / queries if path.pid else None,
    )
