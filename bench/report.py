"""Writes what run.py measured: a section of RESULTS.md, and every round as CSV."""

import csv
import os
import re
import statistics
from dataclasses import asdict
from pathlib import Path

from measure import ROWS, TABLES, WORKLOADS
from paths import version_line

HEADING = "## On real servers"

WHAT = """\
Three ways to the same data, in rounds in which they take turns: straight to the primary, HAProxy in
TCP mode (one thread) in front of the primary, Understudy ({workers}) in front of the
primary and two replicas. Medians of the rounds. Client, proxy and all servers share the machine, so
a path through a proxy takes processor time from the servers, and queries a second and latencies move
with whatever else the machine does: compare the CPU figures and their ratios. CPU, voluntary context
switches and memory (in the middle of a run) are those of the proxy's process, all its threads;
system calls are counted in a run apart, by perf. Latencies are those of sysbench's events: of a
query, or of a round of 14 to 20 (`read_only`, `read_write`).
"""

FIGURES = ("queries_per_second", "p50_ms", "p95_ms", "p99_ms", "user_us", "system_us", "cpu_us",
           "switches", "syscalls", "memory_mib")  # fmt: skip


def replace_section(file, heading, body):
    """Puts a section in the place of the one with this heading, or at the end."""
    text = file.read_text() if file.exists() else "# Measurements\n"
    found = re.search(rf"^{re.escape(heading)}$.*?(?=^## |\Z)", text, re.M | re.S)
    start, end = found.span() if found else (len(text), len(text))
    parts = (text[:start].rstrip(), f"{heading}\n\n{body.strip()}", text[end:].strip())
    file.write_text("\n\n".join(part for part in parts if part) + "\n")


def write_csv(rows, file):
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(asdict(rows[0])), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {k: round(v, 3) if isinstance(v, float) else v for k, v in asdict(row).items()}
            )


def machine():
    kib = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
    return f"{os.cpu_count()} cores ({os.uname().machine}), {kib / 2**20:.0f} GiB"


def versions(understudy):
    return "; ".join([
        version_line([understudy, "version"]),
        version_line(["haproxy", "-v"]),
        version_line(["mariadbd", "--version"]),
        version_line(["sysbench", "--version"]),
    ])  # fmt: skip


def optional(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def median(group, name):
    values = [value for each in group if (value := getattr(each, name)) is not None]
    return statistics.median(values) if values else None


def medians(measurements):
    """One row for each workload, number of threads and path, in the order of their first round."""
    groups = {}
    for each in measurements:
        groups.setdefault((each.workload, each.threads, each.path), []).append(each)
    rows = {}
    for key, group in groups.items():
        rows[key] = {name: median(group, name) for name in FIGURES}
        rows[key]["errors"] = sum(each.errors for each in group)
    return rows


def beside_haproxy(rows, key, name):
    """The ratio to HAProxy's figure of the same cell, or None."""
    workload, threads, _ = key
    other = rows.get((workload, threads, "haproxy"))
    if other is None or rows[key][name] is None or not other[name]:
        return None
    return rows[key][name] / other[name]


def table(rows, workload):
    lines = [
        "| threads | path | queries/s | p50 ms | p95 ms | p99 ms | CPU µs/query (user + system) "
        "| of HAProxy | switches/query | syscalls/query | MiB | errors |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for key, row in rows.items():
        if key[0] != workload:
            continue
        cpu = "-"
        if row["cpu_us"] is not None:
            cpu = f"{row['cpu_us']:.1f} ({row['user_us']:.1f} + {row['system_us']:.1f})"
        lines.append(
            f"| {key[1]} | {key[2]} | {row['queries_per_second']:.0f} | {row['p50_ms']:.2f} | "
            f"{row['p95_ms']:.2f} | {row['p99_ms']:.2f} | {cpu} | "
            f"{optional(beside_haproxy(rows, key, 'cpu_us'), 2)} | {optional(row['switches'], 2)} | "
            f"{optional(row['syscalls'], 2)} | {optional(row['memory_mib'], 1)} | {row['errors']} |"
        )
    return "\n".join(lines)


def line(rows, key):
    """For the terminal, when a cell is done."""
    row, (workload, threads, path) = rows[key], key
    text = (f"{workload:26} {threads:3} threads  {path:10} {row['queries_per_second']:9.0f} q/s  "
            f"p50 {row['p50_ms']:7.2f}  p99 {row['p99_ms']:7.2f} ms")  # fmt: skip
    if row["cpu_us"] is None:
        return text
    return (f"{text}  CPU {row['cpu_us']:6.1f} µs/query, of HAProxy "
            f"{optional(beside_haproxy(rows, key, 'cpu_us'), 2)}; {optional(row['syscalls'], 2)} "
            "syscalls")  # fmt: skip


def added_latency(rows):
    """What a proxy adds with one client, Understudy's beside HAProxy's."""
    lines = ["| one client | percentile | direct ms | HAProxy adds | Understudy adds | ratio |",
             "|---|---|---:|---:|---:|---:|"]  # fmt: skip
    for workload in WORKLOADS:
        cells = [rows.get((workload, 1, path)) for path in ("direct", "haproxy", "understudy")]
        if None in cells:
            continue
        for name in ("p50_ms", "p99_ms"):
            direct, haproxy, understudy = (cell[name] for cell in cells)
            added = (haproxy - direct, understudy - direct)
            ratio = f"{added[1] / added[0]:.2f}" if added[0] > 0 else "-"
            lines.append(f"| {workload} | {name[:3]} | {direct:.3f} | {added[0]:.3f} | "
                         f"{added[1]:.3f} | {ratio} |")  # fmt: skip
    return "\n".join(lines) if len(lines) > 2 else ""


def write_section(measurements, file, understudy, command, started, load, workers):
    rows = medians(measurements)
    threads = "workers = 1, so one thread for its clients, too" if workers == 1 else (
        f"workers = {workers}" if workers else "its defaults: a worker a core")  # fmt: skip
    parts = [
        WHAT.format(workers=threads),
        f"- When: {started:%Y-%m-%d %H:%M} UTC, load average before: {load:.2f}",
        f"- Machine: {machine()}",
        f"- Versions: {versions(understudy)}",
        f"- Data: sysbench, {TABLES} tables of {ROWS} rows, uniform",
        f"- Rounds: {max(each.round for each in measurements)}",
        f"- Command: `{command}`; every round is in `results.csv`\n",
        "![CPU a query over threads](cost.svg)\n",
    ]
    for workload, options in WORKLOADS.items():
        if any(key[0] == workload for key in rows):
            parts.append(
                f"### {workload}\n\n`sysbench {' '.join(options)}`\n\n{table(rows, workload)}\n"
            )
    if latency := added_latency(rows):
        parts.append(f"### What a proxy adds to the latency\n\n{latency}\n")
    replace_section(file, HEADING, "\n".join(parts))
