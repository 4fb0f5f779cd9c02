"""More than one thing goes wrong, or the best replica is not what it seems."""

import json

import pytest
import sql
from faults import primary, wait_for_new_primary, wait_until_all_well, wait_until_same
from waiting import wait_until


def others(cluster, name):
    return [each for each in cluster.names if each != name]


def events(understudy):
    return json.loads(understudy.get("/api/events")[1])


def finish(cluster, understudy, load):
    wait_until_same(cluster, understudy)
    load.check(cluster)
    assert not load.failures(), load.failures()[:5]


def test_primary_and_a_replica_at_once(cluster, understudy, load):
    with load:
        old = primary(understudy)
        lost = others(cluster, old)[0]
        cluster.kill(lost)
        cluster.kill(old)
        wait_for_new_primary(understudy, old)
        load.wait_for_writes()
        for name in (old, lost):
            cluster.start(name, "--replica")
        wait_until_all_well(cluster, understudy)
    finish(cluster, understudy, load)


def test_restarted_at_once_by_its_supervisor(cluster, understudy, load):
    with load:
        old = primary(understudy)
        cluster.kill(old)
        cluster.start(old, "--replica")
        load.wait_for_writes()
        wait_until_all_well(cluster, understudy)
        load.wait_for_writes()
    finish(cluster, understudy, load)


def test_a_replica_with_a_transaction_of_its_own_does_not_lead(cluster, understudy, load):
    with load:
        old = primary(understudy)
        errant, good = others(cluster, old)
        cluster.execute_as_root(f"{cluster.flavour.let_root_write}; CREATE DATABASE errant; "
                                f"{cluster.flavour.read_only}", errant)
        wait_until(lambda: any(event["event"] == "extra_transactions" and event["server"] == errant
                               for event in events(understudy)), what="it is noticed")
        cluster.kill(old)
        assert wait_for_new_primary(understudy, old) == good
        load.wait_for_writes()


@pytest.mark.parametrize("event", ["primary_suspected", "failover_started", "step server",
                                   "primary_appointed", "actions=follow", "failover_done"])
def test_understudy_is_killed_at_a_step(cluster, understudy, event):
    """Whatever was done by then, the next one finds it and finishes it."""
    write(understudy, "before")
    old = primary(understudy)
    cluster.kill(old)
    while event not in understudy.log():
        pass  # at once: the next step is a millisecond away
    understudy.kill()
    understudy.start(up=others(cluster, old))
    wait_for_new_primary(understudy, old)
    write(understudy, "after")
    cluster.start(old, "--replica")
    wait_until_same(cluster, understudy)
    for name in cluster.names:
        tags = [tag for tag, in cluster.execute(name, "SELECT tag FROM history.journal")]
        assert sorted(tags) == ["after", "before"], name


def write(understudy, tag):
    with understudy.session(database="history") as client:
        sql.execute(client, "INSERT INTO journal (tag) VALUES (%s)", [tag])


def test_ten_failovers_of_servers_that_do_not_come_back_well(cluster, understudy, load):
    """Restarted without --init-rpl-role they may have commits of their own: they are rebuilt."""
    with load:
        for _ in range(10):
            old = primary(understudy)
            cluster.kill(old)
            wait_for_new_primary(understudy, old)
            load.wait_for_writes(5)
            cluster.start(old)
            wait_until_all_well(cluster, understudy)
    finish(cluster, understudy, load)
