"""The primary is changed twenty times while clients write and read."""

import statistics

from fault_load import tell
from faults import primary, wait_until_all_well, wait_until_same
from history import clock

ROUNDS = 20


def test_twenty_switchovers(cluster, understudy, load):
    pauses = []
    with load:
        for _ in range(ROUNDS):
            old, begun = primary(understudy), clock()
            assert understudy.switch_over() != old
            load.wait_for_writes(5)
            pauses.append(load.longest_pause(begun))
            wait_until_all_well(cluster, understudy)
    tell("switchover", pauses)
    wait_until_same(cluster, understudy)
    load.check(cluster)
    assert not load.failures(), load.failures()[:5]
    assert load.again == 0
    assert statistics.median(pauses) < 100
