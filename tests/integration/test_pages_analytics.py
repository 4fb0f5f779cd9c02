"""The analytics page in a browser, through the death of the primary."""

import pages
import pytest
from analytics_cluster import replicas, semi_sync, servers, settings  # noqa: F401
from faults import primary, wait_for_new_primary, wait_until_all_well

RATE = 2000


@pytest.fixture(scope="module")
def application(binary, understudy):
    with pages.application(binary, understudy, "analytics") as running:
        running.run("create")
        running.run("seed", "--rate", RATE)
        running.serve()
        yield running


def test_the_charts_go_on_when_the_primary_dies(cluster, understudy, application):
    load = application.background("load", "--seconds", 600, "--rate", RATE)
    dead = []

    def kill_primary():
        dead.append(primary(understudy))
        cluster.kill(dead[0])
        return wait_for_new_primary(understudy, dead[0])

    def start_again():
        cluster.start(dead[0])
        wait_until_all_well(cluster, understudy)

    pages.run("analytics.mjs", application,
              {"kill_primary": kill_primary, "start_again": start_again})
    assert load.end()["exact"]
