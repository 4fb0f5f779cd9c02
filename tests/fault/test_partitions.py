"""The network parts: between Understudy and the primary, around the primary, through the middle."""

import json
import pathlib
import shutil
import tempfile

import network
import pytest
from faults import primary, wait_for_new_primary, wait_until_all_well, wait_until_same
from fault_load import SCHEMA
from history import clock
from network import HERE, Network
from networked_sandbox import NetworkedSandbox
from waiting import wait_until

pytestmark = pytest.mark.skipif(not network.available(),
                                reason="network namespaces need root and iproute2")


@pytest.fixture
def settings():
    return {"failover": {"after": "1s"}}


@pytest.fixture
def servers():
    return 3


@pytest.fixture
def net(servers):
    with Network([f"db{i + 1}" for i in range(servers)]) as made:
        yield made


@pytest.fixture
def cluster(binary, net):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-ft-"))
    sandbox = NetworkedSandbox(binary, directory / "sandbox", net)
    try:
        sandbox.up()
        sandbox.make_schema("history", *SCHEMA)
        yield sandbox
    finally:
        sandbox.stop()
        shutil.rmtree(directory, ignore_errors=True)


def told(understudy, event, **fields):
    return [each for each in json.loads(understudy.get("/api/events")[1])
            if each["event"] == event and fields.items() <= each.items()]


def take_back(cluster, understudy, old):
    """A primary of the past has commits that no replica had: it begins again without them."""
    def known():
        return told(understudy, "extra_transactions", server=old) or any(
            server["name"] == old and server["role"] == "replica"
            for server in understudy.status()["servers"])
    wait_until(known, what=f"{old} is compared with the new primary")
    if told(understudy, "extra_transactions", server=old):
        cluster.kill(old)
        cluster.start(old)
    wait_until_all_well(cluster, understudy)


def finish(cluster, understudy, load):
    wait_until_same(cluster, understudy)
    load.check(cluster)
    assert not load.failures(), load.failures()[:5]


def test_understudy_alone_does_not_reach_the_primary(cluster, understudy, load, net):
    """The replicas hear it: it leads on, and clients wait."""
    with load:
        old = primary(understudy)
        net.cut([HERE], [old])
        wait_until(lambda: told(understudy, "diagnosis", **{"is": "primary_unreachable"}),
                   what="the diagnosis")
        assert primary(understudy) == old
        net.join([HERE], [old])
        load.wait_for_writes()
    assert primary(understudy) == old
    assert not told(understudy, "failover_started")
    finish(cluster, understudy, load)


def test_the_primary_is_cut_off_from_everybody(cluster, understudy, load, net):
    with load:
        old, cut = primary(understudy), clock()
        rest = [HERE, *(name for name in cluster.names if name != old)]
        net.cut([old], rest)
        wait_for_new_primary(understudy, old)
        load.wait_for_writes()
        print(f"\ncut off: pause {load.longest_pause(cut):.0f} ms")
        net.join([old], rest)
        take_back(cluster, understudy, old)
        load.wait_for_writes()
    finish(cluster, understudy, load)


def test_understudy_is_with_the_fewer(cluster, understudy, load, net):
    """Primary and a replica may go on together: nobody else may lead."""
    with load:
        old = primary(understudy)
        near, far = [name for name in cluster.names if name != old]
        net.cut([HERE, near], [old, far])
        wait_until(lambda: told(understudy, "diagnosis", **{"is": "too_few_servers"}),
                   what="the diagnosis")
        assert not told(understudy, "failover_started")
        net.join([HERE, near], [old, far])
        load.wait_for_writes()
    assert primary(understudy) == old
    finish(cluster, understudy, load)


class TestFiveServers:
    @pytest.fixture
    def servers(self):
        return 5

    def test_primary_and_a_replica_are_cut_off_from_the_rest(self, cluster, understudy, load, net):
        with load:
            old, cut = primary(understudy), clock()
            gone = [old, next(name for name in cluster.names if name != old)]
            rest = [HERE, *(name for name in cluster.names if name not in gone)]
            net.cut(gone, rest)
            assert wait_for_new_primary(understudy, old) in rest
            load.wait_for_writes()
            print(f"\ncut off: pause {load.longest_pause(cut):.0f} ms")
            net.join(gone, rest)
            for name in gone:
                take_back(cluster, understudy, name)
            load.wait_for_writes()
        finish(cluster, understudy, load)
