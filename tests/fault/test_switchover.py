"""The primary is changed twenty times while clients write and read."""

import http.client
import json
import statistics

from fault_load import tell
from faults import primary, wait_until_all_well, wait_until_same
from history import clock

ROUNDS = 20


def switch_over(understudy):
    connection = http.client.HTTPConnection("127.0.0.1", understudy.admin_port, timeout=60)
    try:
        connection.request("POST", "/api/switchover")
        response = connection.getresponse()
        body = json.loads(response.read())
        assert response.status == 200, body
        return body["primary"]
    finally:
        connection.close()


def test_twenty_switchovers(cluster, understudy, load):
    pauses = []
    with load:
        for _ in range(ROUNDS):
            old, begun = primary(understudy), clock()
            assert switch_over(understudy) != old
            load.wait_for_writes(5)
            pauses.append(load.longest_pause(begun))
            wait_until_all_well(cluster, understudy)
    tell("switchover", pauses)
    wait_until_same(cluster, understudy)
    load.check(cluster)
    assert not load.failures(), load.failures()[:5]
    assert load.again == 0
    assert statistics.median(pauses) < 100
