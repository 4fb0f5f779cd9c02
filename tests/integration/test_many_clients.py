"""Ten thousand clients at once, of which few do anything."""

import pytest
import raw_client
import sql
from descriptors import raise_descriptor_limit
from sanitized import is_sanitized
from understudy import Understudy
from waiting import wait_until

CLIENTS = 10_000
FIRST = 1_000  # what they need, later ones find
BYTES_MAX = 3 * 1024


@pytest.fixture(scope="module")
def replicas():
    return 0


@pytest.fixture
def proxy(binary, cluster):
    """Started under a low limit, which it raises as far as it may."""
    raise_descriptor_limit(1024)
    with Understudy(binary, cluster, {}) as made:
        raise_descriptor_limit(CLIENTS + 1000)
        yield made


def idle_clients(proxy, count):
    made = []
    for _ in range(count):
        client = raw_client.logged_in(proxy.port)
        assert raw_client.ask(client, b"SELECT 1")[4] == 1
        made.append(client)
    return made


def test_idle_clients_cost_little_and_all_are_served(binary, cluster, proxy):
    clients = idle_clients(proxy, FIRST)
    before = proxy.memory_kb()
    clients += idle_clients(proxy, CLIENTS - FIRST)
    cost = 1024 * (proxy.memory_kb() - before) / (CLIENTS - FIRST)
    assert proxy.status()["clients"] == CLIENTS
    if not is_sanitized(binary):
        assert cost < BYTES_MAX
    with proxy.session() as other:
        for number in range(200):
            assert sql.value(other, f"SELECT {number}") == number
    for client in clients[::100]:  # they still can
        assert raw_client.ask(client, b"SELECT 1")[4] == 1
    # They share a few connections.
    assert cluster.counter("db1", "Threads_connected") < 20
    for client in clients:
        client.close()
    wait_until(lambda: proxy.status()["clients"] == 0, timeout=60, what="no client is left")
