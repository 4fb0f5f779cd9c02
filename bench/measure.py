"""Runs sysbench and reads what a process has used."""

import os
import re
import shutil
import subprocess
import time
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


def memory_bytes(pid):
    """What a process has in memory now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(r"^VmRSS:\s+(\d+)", status, re.M).group(1))


@dataclass
class Measurement:
    """One sysbench run over one path. What is of the proxy is None where there is none."""

    workload: str
    threads: int
    round: int
    path: str
    queries: int
    queries_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: int
    user_us: float | None
    system_us: float | None
    switches: float | None
    memory_mib: float | None
    syscalls: float | None = None  # counted in a run apart

    @property
    def cpu_us(self):
        return None if self.user_us is None else self.user_us + self.system_us


def sysbench_command(workload, port, threads, seconds, action="run"):
    script, *options = WORKLOADS[workload]
    return [
        "sysbench", script, *options,
        "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={port}",
        "--mysql-user=app", "--mysql-password=app", f"--mysql-db={DATABASE}",
        f"--tables={TABLES}", f"--table-size={ROWS}", f"--threads={threads}",
        f"--time={seconds:.0f}", "--histogram=on", "--rand-type=uniform", action,
    ]  # fmt: skip


def failed(command, done):
    return SystemExit(
        f"bench: {' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    )


def run_sysbench(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise failed(command, done)
    return done.stdout


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"bench: sysbench printed no {pattern!r}:\n{text}")
    return float(found.group(1))


def query_count(text):
    count = int(number(r"\n\s+queries:\s+(\d+)", text))
    if count == 0:
        raise SystemExit(f"bench: no query was run:\n{text}")
    return count


def percentiles(text, shares):
    """Of the histogram that sysbench printed: the values below which these shares are."""
    bars = re.findall(r"^\s*([\d.]+) \|\**\s+(\d+)$", text, re.M)
    total = sum(int(count) for _, count in bars)
    if total == 0:
        raise SystemExit(f"bench: sysbench printed no histogram:\n{text}")
    found, below = [], 0
    for value, count in bars:
        below += int(count)
        while len(found) < len(shares) and below >= shares[len(found)] * total:
            found.append(float(value))
    return found


def run_and_look(command, pid, seconds):
    """What sysbench printed; what process `pid` has used since all clients were logged in; what it
    had in memory in the middle of the run."""
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )
    with running:
        lines = []
        for line in running.stdout:
            lines.append(line)
            if line.startswith("Threads started"):
                break
        before = usage_of(pid)
        time.sleep(seconds / 2)
        memory = memory_bytes(pid) if pid else None
        lines += running.stdout
        used = usage_of(pid).since(before)
    done = subprocess.CompletedProcess(command, running.wait(), "".join(lines), "")
    if done.returncode != 0:
        raise failed(command, done)
    return done.stdout, used, memory


def measure(workload, path, threads, seconds, number_of_round):
    """One run over a path (see paths.py)."""
    command = sysbench_command(workload, path.port, threads, seconds)
    text, used, memory = run_and_look(command, path.pid, seconds)
    queries = query_count(text)

    def each(total):
        return total / queries if path.pid else None

    return Measurement(
        workload, threads, number_of_round, path.name, queries,
        number(r"\n\s+queries:\s+\d+\s+\(([\d.]+) per sec", text),
        *percentiles(text, (0.5, 0.95, 0.99)),
        int(number(r"ignored errors:\s+(\d+)", text) + number(r"reconnects:\s+(\d+)", text)),
        each(used.user_seconds * 1e6), each(used.system_seconds * 1e6),
        each(used.voluntary_switches), memory and memory / 2**20,
    )  # fmt: skip


def syscalls_per_query(workload, path, threads):
    """In a run of its own, since counting takes time; None without perf(1)."""
    perf = shutil.which("perf")
    if perf is None or path.pid is None:
        return None
    command = sysbench_command(workload, path.port, threads, 1)
    done = subprocess.run(
        [perf, "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p", str(path.pid), *command],
        capture_output=True, text=True,
    )  # fmt: skip
    counted = re.search(r"^(\d+),.*raw_syscalls:sys_enter", done.stderr, re.M)
    if done.returncode != 0 or counted is None:  # it may not be allowed
        return None
    return int(counted[1]) / query_count(done.stdout)
