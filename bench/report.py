"""Writes the measurements as a table for people and as CSV."""

import csv
import os
import re
from dataclasses import asdict, fields
from pathlib import Path

from measure import ROWS, TABLES, Measurement, WORKLOADS
from paths import version_line

CANNED_HEADING = "## On a canned server"  # the last section of RESULTS.md, canned_report.py's


def canned_section(text):
    at = text.find(CANNED_HEADING)
    return "" if at < 0 else text[at:]


def other_sections(text):
    """What comes after the workloads' sections: nothing that a run of them replaces."""
    for heading in re.finditer(r"^## (.*)$", text, re.M):
        if heading[1] not in WORKLOADS:
            return text[heading.start() :]
    return ""


def write_csv(measurements, file):
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(
            out, [field.name for field in fields(Measurement)], lineterminator="\n"
        )
        writer.writeheader()
        for measurement in measurements:
            row = asdict(measurement)
            writer.writerow(
                {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}
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


def table(measurements):
    lines = [
        "| threads | path | queries/s | of direct | p95 ms | CPU µs/query | of HAProxy | switches/query "
        "| errors |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    direct = {m.threads: m.queries_per_second for m in measurements if m.path == "direct"}
    haproxy = {m.threads: m.cpu_us_per_query for m in measurements if m.path == "haproxy"}
    for m in measurements:
        cpu = m.cpu_us_per_query and haproxy.get(m.threads) and (
            m.cpu_us_per_query / haproxy[m.threads])
        share = m.queries_per_second / direct[m.threads] if m.threads in direct else None
        lines.append(
            f"| {m.threads} | {m.path} | {m.queries_per_second:.0f} | "
            f"{'-' if share is None else f'{share:.0%}'} | {m.p95_ms:.2f} | "
            f"{optional(m.cpu_us_per_query, 1)} | {'-' if cpu is None else f'{cpu:.2f}'} | "
            f"{optional(m.switches_per_query, 2)} | {m.errors} |"
        )
    return "\n".join(lines)


def write_markdown(measurements, file, understudy, command, started, load):
    parts = [
        "# Measurements\n",
        "Three ways to the same data, measured one after the other: straight to the primary, HAProxy in TCP mode (one "
        "thread) in front of the primary, Understudy in front of the primary and two replicas. Client, proxy and all "
        "servers share the machine, so a path through a proxy takes processor time from the servers, and more servers "
        "do not mean more processors. CPU and voluntary context switches are those of the proxy's process, all its "
        "threads, divided by the queries of the run. Queries/s and p95 move with whatever else the machine does at that "
        "moment (the load average tells); compare the CPU figures and their ratios.\n",
        f"- When: {started:%Y-%m-%d %H:%M} UTC, load average before: {load:.2f}",
        f"- Machine: {machine()}",
        f"- Versions: {versions(understudy)}",
        f"- Data: sysbench, {TABLES} tables of {ROWS} rows, uniform",
        f"- Command: `{command}`\n",
    ]
    for workload, options in WORKLOADS.items():
        rows = [m for m in measurements if m.workload == workload]
        if rows:
            parts.append(f"## {workload}\n\n`sysbench {' '.join(options)}`\n\n{table(rows)}\n")
    parts.append(other_sections(file.read_text() if file.exists() else ""))
    file.write_text("\n".join(parts).rstrip() + "\n")
