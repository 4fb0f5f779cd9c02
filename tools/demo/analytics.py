"""Analytics: thousands of events a second, and live charts of them, while the primary dies."""

import json
import urllib.request

from narration import expect, heading, operation, say
from stage import Setup
from waiting import wait_until

RATE = 2000
# These answer the heavy questions and nothing else; db2 is there for the others, and to lead.
HEAVY = {"tags": ["analytics"], "weight": 0, "priority": 1}
SETUP = Setup(replicas=3, servers={"db3": HEAVY, "db4": HEAVY}, settings={
    "cache": {"enabled": True, "tables": ["analytics.*"]},
    "failover": {"hold": "60s"},
})

QUESTIONS = (
    ("active", "Who was active in the last five minutes?", lambda a: f"{a['users']} users"),
    ("frequent", "What happened most in the last hour?", lambda a: a["types"][0]["type"]),
    ("engagement", "How many events by hour, for a day?",
     lambda a: f"{sum(a['hours']['events']) / 1e6:.0f} million"),
)


def get(stage, path):
    with urllib.request.urlopen(f"{stage.application.address}/api/{path}", timeout=90) as answer:
        return json.load(answer)


def ask(stage):
    """Each question of the page, and who answered it: not the primary."""
    for path, question, tell in QUESTIONS:
        answer = get(stage, path)
        by = answer["answered"]
        operation(f"{question} {tell(answer)}",
                  f"{by['server']}, at most {by['staleness_ms']} ms old, {by['took_ms']:.1f} ms")
        servers = set(by["server"].split(" + "))
        expect(servers <= {"cache", "db3", "db4"}, f"analytics replicas answer {path}: {servers}")


def ask_again(stage):
    """The hours that are over do not change: once they were asked for they are remembered."""
    by = wait_until(lambda: "cache" in (found := get(stage, "engagement")["answered"])["server"]
                    and found, what="the cache answers")
    operation("The same again: what is over is remembered",
              f"{by['server']}, {by['took_ms']:.1f} ms")


def events_up_to(stage):
    """The last second of the chart in which something happened."""
    live = get(stage, "live")
    sums = [sum(second) for second in zip(*live["types"].values())]
    return live["end"] - len(sums) + max((i for i, events in enumerate(sums) if events), default=0)


def goes_on(stage):
    """The chart of events a second moves."""
    begin = events_up_to(stage)
    wait_until(lambda: events_up_to(stage) >= begin + 3, timeout=60, what="the chart goes on")


def show(stage):
    heading("A day is made up, so that the charts have something to show")
    stage.application.run("create")
    stage.application.run("seed", "--rate", RATE)
    stage.serve()
    heading(f"{RATE} events a second are tracked")
    load = stage.application.background("load", "--seconds", 3600, "--rate", RATE)
    goes_on(stage)
    ask(stage)
    ask_again(stage)
    heading("The primary is killed (SIGKILL)")
    old, _ = stage.primary_dies()
    goes_on(stage)
    say("the chart goes on")
    stage.start_again(old)
    ask(stage)
    heading("Is every event there, once?")
    report = load.end()
    say(f"tracked {report['tracked']}, in the table {report['in_table']}, "
        f"counted {report['in_roll_up']}")
    say(f"from track() to commit: half within {report['delay_p50_ms']} ms, the longest "
        f"{report['delay_max_ms']} ms, when there was no primary")
    expect(report["exact"], "no event is lost, and none is there twice")
    # For those who look at the page.
    stage.application.background("load", "--seconds", 86400, "--rate", RATE)
    goes_on(stage)
