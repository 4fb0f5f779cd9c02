"""The social network is used while its primary is killed again and again.

The load generator itself looks afterwards whether a post is lost or doubled, a reaction miscounted,
or whether anybody ever missed his own post. UNDERSTUDY_SOCIAL_SECONDS is how long (five minutes).
"""

import os
import time

import pytest
from application import Application, program
from faults import primary, wait_for_new_primary, wait_until_all_well
from waiting import wait_until

SECONDS = int(os.environ.get("UNDERSTUDY_SOCIAL_SECONDS", "300"))
USERS = int(os.environ.get("UNDERSTUDY_SOCIAL_USERS", "20000"))


@pytest.fixture
def settings():
    return {"cache": {"enabled": True, "tables": ["social.post", "social.person"]},
            "failover": {"min_interval": "0s"}}


@pytest.fixture
def social(binary, cluster, understudy):
    cluster.make_schema("social")
    application = Application(program(binary, "social"), understudy.config)
    try:
        application.run("create")
        application.run("seed", "--users", USERS, "--posts", USERS)
        wait_until_all_well(cluster, understudy)
        yield application
    finally:
        application.kill()
        print(application.log())


def posts(cluster, name):
    return cluster.execute(name, "SELECT COUNT(*) FROM social.post")[0][0]


def wait_for_posts(cluster, understudy, count):
    """Until the load has made so many more."""
    goal = posts(cluster, primary(understudy)) + count
    wait_until(lambda: posts(cluster, primary(understudy)) >= goal, timeout=120,
               what=f"{count} more posts")


def disturb(cluster, understudy, number):
    """A kill, a switchover, a kill …"""
    old = primary(understudy)
    if number % 2:
        understudy.switch_over()
    else:
        cluster.kill(old)
        wait_for_new_primary(understudy, old)
        cluster.start(old, "--replica")
    wait_until_all_well(cluster, understudy)


def test_nobody_misses_a_post(cluster, understudy, social):
    load = social.background("load", "--seconds", 24 * 3600, "--threads", 16)
    began, disturbed = time.monotonic(), 0
    # However slow the machine is: a kill and a switchover at least, and posts between them.
    while disturbed < 2 or time.monotonic() - began < SECONDS:
        wait_for_posts(cluster, understudy, 200)
        disturb(cluster, understudy, disturbed)
        disturbed += 1
    wait_for_posts(cluster, understudy, 200)
    result = load.end()
    print(f"{disturbed} failovers and switchovers\n{result}")
    assert set(result["wrong"].values()) == {0}
    assert result["errors"] == 0
