#!/usr/bin/env python3
"""What the applications do and what it costs, on real servers: APPLICATIONS.md.

`./dev bench applications` calls it. CPU is that of all processes of a kind (the application, the
primary, all replicas) while a load runs, divided by what it has done; the servers' background work
is in it. The load's own work, which a browser would do, is in the application's.
"""

import argparse
import datetime
import os
import resource
import sys
from pathlib import Path

from measure import usage_of
from paths import path_to
from report import machine, version_line

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tools" / "demo")]

import sql  # noqa: E402
from faults import primary, wait_until_all_well  # noqa: E402
from stage import Setup, Stage  # noqa: E402
from waiting import wait_until  # noqa: E402

ACTIONS = ["feed", "older", "profile", "comments", "trending", "react", "comment", "post"]
ZONES = {"db1": {"zone": "eu"}, "db2": {"zone": "eu"}, "db3": {"zone": "us"}, "db4": {"zone": "ap"}}
TAGGED = {"tags": ["analytics"], "weight": 0, "priority": 1}

class Costs:
    """CPU seconds used since it was made, by the application, the primary and the replicas."""

    def __init__(self, stage):
        self._primary = primary(stage.proxy)
        self._pids = {each["name"]: each["pid"] for each in stage.sandbox.status()}
        self._before = self._servers()
        self._application = self._children()

    def so_far(self):
        used = {name: now - self._before[name] for name, now in self._servers().items()}
        first = used.pop(self._primary)
        return self._children() - self._application, first, sum(used.values())

    def _servers(self):
        return {name: usage_of(pid).cpu_seconds for name, pid in self._pids.items()}

    @staticmethod
    def _children():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


class Social:
    """The social network: each action alone, all together, and all while primaries die."""

    SETUP = Setup(
        3, ZONES, {"cache": {"enabled": True, "tables": ["social.post", "social.person"]}}
    )

    def __init__(self, stage, chosen):
        self._stage = stage
        self._chosen = chosen
        self._seed = 0  # another for each load: the same would make the same posts

    def lines(self):
        self._fill()
        return [*self._costs(), *self._failovers()]

    def _fill(self):
        users = self._chosen.users
        self._stage.application.run("create")
        self._stage.application.run("seed", "--users", users, "--posts", users, timeout=3600)
        wait_until_all_well(self._stage.sandbox, self._stage.proxy)

    def _ask(self, question):
        with self._stage.proxy.session(database="social") as client:
            return sql.execute(client, question)

    def _load(self, seconds, *more):
        self._seed += 1
        return self._stage.application.background(
            "load", "--threads", 16, "--seed", self._seed, "--seconds", seconds, *more
        )

    def _costs(self):
        follows = self._ask("SELECT COUNT(*) FROM follow")[0][0]
        famous = self._ask("SELECT COUNT(*) FROM follow GROUP BY author ORDER BY 1 DESC LIMIT 3")
        yield (
            f"{self._chosen.users:,} people, as many posts, {follows:,} follow rows; the most "
            f"popular have {', '.join(f'{row[0]:,}' for row in famous)} followers. Three replicas "
            "in three zones, semi-sync, posts and people in the result cache. 16 visitors at once, "
            "without a pause; all: each action as often as people do it.\n"
        )
        yield ("| action | a second | p50 ms | p95 ms | p99 ms | CPU µs: application | primary "
               "| replicas |")  # fmt: skip
        yield "|---|---:|---:|---:|---:|---:|---:|---:|"
        for name in [*ACTIONS, "all"]:
            yield self._cost(name)

    def _cost(self, name):
        costs = Costs(self._stage)
        result = self._load(self._chosen.seconds, *(["--only", name] if name != "all" else []))
        result = result.result()
        used = costs.so_far()
        count = sum(action["count"] for action in result["actions"].values())
        quantiles = result["actions"].get(name, {})
        cells = [
            name,
            f"{result['actions_a_second']:.0f}",
            *(str(quantiles.get(key, "-")) for key in ("p50_ms", "p95_ms", "p99_ms")),
            *(f"{seconds / count * 1e6:.0f}" for seconds in used),
        ]
        return f"| {' | '.join(cells)} |"

    def _failovers(self):
        load = self._load(self._chosen.failover_seconds)
        killed = 0
        while load.running():
            goal = self._ask("SELECT COUNT(*) FROM post")[0][0] + 500
            wait_until(
                lambda goal=goal: not load.running()
                or self._ask("SELECT COUNT(*) FROM post")[0][0] >= goal,
                timeout=300,
                what="500 more posts",
            )
            if load.running():
                old, _ = self._stage.primary_dies()
                self._stage.start_again(old)
                killed += 1
        result = load.result()
        wrong = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in result["wrong"].items())
        yield (f"\n### {self._chosen.failover_seconds} seconds, in which the primary was killed "
               f"{killed} times\n")  # fmt: skip
        yield (f"{result['actions_a_second']:.0f} actions a second. Errors {result['errors']}, "
               f"{wrong}.\n")  # fmt: skip
        yield "| action | count | p50 ms | p95 ms | p99 ms | longest ms |"
        yield "|---|---:|---:|---:|---:|---:|"
        for name, each in result["actions"].items():
            cells = (each[key] for key in ("count", "p50_ms", "p95_ms", "p99_ms", "max_ms"))
            yield f"| {name} | {' | '.join(map(str, cells))} |"


class Analytics:
    """Events tracked as fast as they are taken, with and without a primary that dies."""

    SETUP = Setup(3, {"db3": TAGGED, "db4": TAGGED}, {"cache": {"enabled": True}})

    def __init__(self, stage, chosen):
        self._stage = stage
        self._chosen = chosen

    def lines(self):
        self._stage.application.run("create")
        yield (
            "Three replicas, two of them for heavy reads only, semi-sync. One process tracks; the "
            "delay is from track() to the commit.\n"
        )
        yield (
            "| asked events/s | primary killed | tracked | events/s | delay p50 ms | p99 ms "
            "| longest ms | CPU µs an event: application | primary | replicas | exact |"
        )
        yield "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---|"
        for rate in self._chosen.rates:
            yield self._row(rate, False)
        yield self._row(self._chosen.rates[0], True)

    def _row(self, rate, kill):
        costs = Costs(self._stage)
        load = self._stage.application.background(
            "load", "--seconds", self._chosen.seconds, "--rate", rate
        )
        if kill:
            old, _ = self._stage.primary_dies()
            self._stage.start_again(old)
        result = load.result()
        # What the killed server had used is not known any more.
        used = ["-"] * 3
        if not kill:
            used = [f"{seconds / result['tracked'] * 1e6:.1f}" for seconds in costs.so_far()]
        cells = [
            rate,
            "once" if kill else "no",
            *(result[key] for key in ("tracked", "events_a_second", "delay_p50_ms",
                                      "delay_p99_ms", "delay_max_ms")),
            *used,
            "yes" if result["exact"] else "NO",
        ]  # fmt: skip
        return f"| {' | '.join(map(str, cells))} |"


BENCHES = {"social": Social, "analytics": Analytics}


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench applications", description=__doc__)
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--seconds", type=int, default=15, help="of each row")
    parser.add_argument("--failover-seconds", type=int, default=300)
    parser.add_argument("--users", type=int, default=100_000, help="of the social network")
    parser.add_argument("--rates", type=lambda text: [int(rate) for rate in text.split(",")],
                        default=[10_000, 20_000, 40_000], help="events a second")  # fmt: skip
    parser.add_argument("--understudy", type=Path, default=ROOT / "build" / "understudy")
    parser.add_argument("--out", type=Path, default=HERE / "APPLICATIONS.md")
    return parser.parse_args()


def main():
    chosen = arguments()
    binary = path_to(chosen.understudy)
    started = datetime.datetime.now(datetime.timezone.utc)
    lines = [
        "# The applications, measured\n",
        __doc__.split("\n\n", 1)[1].strip() + "\n",
        f"- When: {started:%Y-%m-%d %H:%M} UTC, load average before: {os.getloadavg()[0]:.2f}",
        f"- Machine: {machine()}; clients, applications and all servers share it",
        f"- Versions: {version_line([binary, 'version'])}; "
        f"{version_line(['mariadbd', '--version'])}",
        f"- Command: `{' '.join(['./dev bench applications', *sys.argv[1:]])}`",
    ]
    for name, bench in BENCHES.items():
        if chosen.only in (None, name):
            lines.append(f"\n## {name.capitalize()}\n")
            with Stage(binary, name, bench.SETUP) as stage:
                for line in bench(stage, chosen).lines():
                    print(line, flush=True)
                    lines.append(line)
    chosen.out.write_text("\n".join(lines) + "\n")
    print(f"written: {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
