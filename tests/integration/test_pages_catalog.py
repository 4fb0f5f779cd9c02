"""The catalogue's page in a browser, through the death of the primary."""

import pages
import pytest
from faults import primary, wait_for_new_primary, wait_until_all_well


@pytest.fixture(scope="module")
def semi_sync():
    return True


@pytest.fixture(scope="module")
def settings():
    return {
        "cache": {"enabled": True, "tables": ["catalog.product", "catalog.stock"]},
        # Time enough on a busy machine.
        "failover": {"hold": "60s"},
        "reads": {"wait": "20s"},
    }


@pytest.fixture(scope="module")
def shop(binary, understudy):
    with pages.application(binary, understudy, "catalog") as application:
        application.run("create")
        application.run("seed")
        application.serve()
        yield application


def test_the_page_goes_on_when_the_primary_dies(cluster, understudy, shop):
    loads, dead, bought = [], [], []

    def start_load():
        loads.append(shop.background("load", "--seconds", 600, "--threads", 4, "--rate", 60))

    def kill_primary():
        dead.append(primary(understudy))
        cluster.kill(dead[0])
        return wait_for_new_primary(understudy, dead[0])

    def start_again():
        cluster.start(dead[0])
        wait_until_all_well(cluster, understudy)

    pages.run("catalog.mjs", shop, {
        "start_load": start_load, "kill_primary": kill_primary, "start_again": start_again,
        "bought": lambda pieces: bought.append(pieces),
    })
    report = loads[0].end()
    assert report["operations"] > 0 and report["errors"] == 0 and report["stale"] == 0
    # Each sale that was shown as done is there, once.
    assert report["sales"] == report["sold"] + bought[0]
    assert report["delivered"] == report["sales"] + report["left"]
