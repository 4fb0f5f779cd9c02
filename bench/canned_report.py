"""Writes what canned.py measured: a section of RESULTS.md, and every round as CSV."""

import statistics

from report import machine, optional, replace_section, version_line

HEADING = "## On a canned server"

WHAT = """\
A server that answers point selects with one prepared row (`canned_server`) and the load
(`bench_load`: closed loop, one thread) share a core; the proxy has another. HAProxy is in
TCP mode with one thread; Understudy has `workers = 1`, its control thread on the same core, and
otherwise its defaults (so at most 200 connections to the server, whatever the number of clients).
Medians of the rounds; the paths take turns within each round. CPU is that of the proxy's process
while the load measures, divided by the queries of that time.
"""


def medians(rounds):
    """One row for each statement, number of clients and path, in the order of their first round."""
    groups = {}
    for each in rounds:
        groups.setdefault((each.statement, each.clients, each.path), []).append(each)
    rows = []
    for (statement, clients, path), group in groups.items():
        row = {"statement": statement, "clients": clients, "path": path}
        for name in ("qps", "p50_us", "p95_us", "p99_us", "user_us", "system_us", "switches"):
            values = [getattr(each, name) for each in group]
            row[name] = None if None in values else statistics.median(values)
        row["cpu_us"] = None
        if row["user_us"] is not None:
            row["cpu_us"] = statistics.median(each.user_us + each.system_us for each in group)
        row["errors"] = sum(each.errors for each in group)
        rows.append(row)
    return rows


def beside_haproxy(rows, row, name):
    for other in rows:
        same = (other["statement"], other["clients"]) == (row["statement"], row["clients"])
        if same and other["path"] == "haproxy" and row[name] is not None:
            return f"{row[name] / other[name]:.2f}"
    return "-"


def lines(rounds, statement, clients):
    """For the terminal, while it goes on."""
    rows = [
        row
        for row in medians(rounds)
        if (row["statement"], row["clients"]) == (statement, clients)
    ]
    return "\n".join(
        f"{statement:9} {clients:5} clients  {row['path']:22} {row['qps']:9.0f} q/s"
        f"  p50 {row['p50_us']:6.0f} µs  p99 {row['p99_us']:6.0f} µs"
        f"  CPU {optional(row['cpu_us'], 1):>5} µs/query"
        f"  of HAProxy: {beside_haproxy(rows, row, 'qps')} q/s"
        f" {beside_haproxy(rows, row, 'cpu_us')} CPU"
        for row in rows
    )


def table(rows):
    out = [
        "| clients | path | queries/s | of HAProxy | p50 µs | p95 µs | p99 µs | CPU µs/query "
        "(user + system) | of HAProxy | switches/query | errors |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cpu = "-"
        if row["cpu_us"] is not None:
            cpu = f"{row['cpu_us']:.1f} ({row['user_us']:.1f} + {row['system_us']:.1f})"
        out.append(
            f"| {row['clients']} | {row['path']} | {row['qps']:.0f} | "
            f"{beside_haproxy(rows, row, 'qps')} | {row['p50_us']:.0f} | {row['p95_us']:.0f} | "
            f"{row['p99_us']:.0f} | {cpu} | {beside_haproxy(rows, row, 'cpu_us')} | "
            f"{optional(row['switches'], 3)} | {row['errors']} |"
        )
    return "\n".join(out)


def write_section(rounds, file, understudy, command, started, load):
    rows = medians(rounds)
    count = max(each.round for each in rounds)
    versions = f"{version_line([understudy, 'version'])}; {version_line(['haproxy', '-v'])}"
    parts = [
        WHAT,
        f"- When: {started:%Y-%m-%d %H:%M} UTC, load average before: {load:.2f}",
        f"- Machine: {machine()}",
        f"- Versions: {versions}",
        f"- Rounds: {count}",
        f"- Command: `{command}`\n",
    ]
    for statement in dict.fromkeys(row["statement"] for row in rows):
        chosen = [row for row in rows if row["statement"] == statement]
        parts.append(f"### Point select, {statement}\n\n{table(chosen)}\n")
    replace_section(file, HEADING, "\n".join(parts))
