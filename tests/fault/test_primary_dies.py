"""The primary is killed, frozen, or restarted at once."""

import json
import statistics

import pytest
from fault_load import tell
from faults import primary, wait_for_new_primary, wait_until_all_well, wait_until_same
from history import clock

ROUNDS = 20


def applying(understudy):
    """The milliseconds in which the last one that came to lead applied what it had received."""
    steps = [each for each in json.loads(understudy.get("/api/events")[1])
             if each["event"] == "step" and "start_applying" in each["actions"]]
    return float(steps[-1]["took_ms"])


def test_killed_twenty_times(cluster, understudy, load):
    pauses, backlogs = [], []
    with load:
        for _ in range(ROUNDS):
            old, killed = primary(understudy), clock()
            cluster.kill(old)
            wait_for_new_primary(understudy, old)
            load.wait_for_writes()
            pauses.append(load.longest_pause(killed))
            backlogs.append(applying(understudy))
            cluster.start(old, "--replica")
            wait_until_all_well(cluster, understudy)
            load.wait_for_writes()
    tell("kill -9", pauses)
    tell("of that, applying", backlogs)
    print(f"{load.again} transactions run again by their clients")
    wait_until_same(cluster, understudy)
    load.check(cluster)
    assert not load.failures(), load.failures()[:5]
    # Nothing is promised where these clients write more than replicas apply (docs/mysql.md).
    if not cluster.flavour.replicas_fall_behind:
        assert statistics.median(pauses) < 100
        assert max(pauses) < 500


class TestFrozen:
    @pytest.fixture
    def settings(self):
        return {"failover": {"after": "1s"}}

    def test_frozen_and_thawed(self, cluster, understudy, load):
        with load:
            old, frozen = primary(understudy), clock()
            cluster.pause(old)
            wait_for_new_primary(understudy, old)
            load.wait_for_writes()
            pause = load.longest_pause(frozen)
            cluster.resume(old)
            wait_until_all_well(cluster, understudy)
            load.wait_for_writes()
        tell("SIGSTOP", [pause])
        wait_until_same(cluster, understudy)
        load.check(cluster)
        assert not load.failures(), load.failures()[:5]
        assert pause < 2000
