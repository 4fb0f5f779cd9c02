"""The primary is killed, frozen, or restarted at once."""

import statistics

import pytest
from fault_load import tell
from faults import primary, wait_for_new_primary, wait_until_all_well, wait_until_same
from history import clock

ROUNDS = 20


def test_killed_twenty_times(cluster, understudy, load):
    pauses = []
    with load:
        for _ in range(ROUNDS):
            old, killed = primary(understudy), clock()
            cluster.kill(old)
            wait_for_new_primary(understudy, old)
            load.wait_for_writes()
            pauses.append(load.longest_pause(killed))
            cluster.start(old, "--replica")
            wait_until_all_well(cluster, understudy)
            load.wait_for_writes()
    tell("kill -9", pauses)
    print(f"{load.again} transactions run again by their clients")
    wait_until_same(cluster, understudy)
    load.check(cluster)
    assert not load.failures(), load.failures()[:5]
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
