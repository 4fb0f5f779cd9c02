"""The social network is used while its primary is killed again and again.

The load generator itself looks afterwards whether a post is lost or doubled, a reaction miscounted,
or whether anybody ever missed his own post. UNDERSTUDY_SOCIAL_SECONDS is how long (five minutes).
"""

import json
import os
import pathlib
import subprocess

import pytest
from faults import primary, wait_for_new_primary, wait_until_all_well
from test_switchover import switch_over
from waiting import wait_until

SECONDS = int(os.environ.get("UNDERSTUDY_SOCIAL_SECONDS", "300"))
USERS = int(os.environ.get("UNDERSTUDY_SOCIAL_USERS", "20000"))
PROGRAM = pathlib.Path("examples", "social", "social")


@pytest.fixture
def settings():
    return {"cache": {"enabled": True, "tables": ["social.post", "social.person"]},
            "failover": {"min_interval": "0s"}}


def run(binary, understudy, *arguments, **options):
    build = next(folder for folder in pathlib.Path(binary).parents if (folder / PROGRAM).is_file())
    return subprocess.Popen([str(build / PROGRAM), str(understudy.config), *map(str, arguments)],
                            stdout=subprocess.PIPE, text=True, **options)


def run_to_end(*arguments):
    process = run(*arguments)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output
    return output


def posts(cluster, name):
    return cluster.execute(name, "SELECT COUNT(*) FROM social.post")[0][0]


def wait_for_posts(cluster, understudy, load, count):
    """Until the load has made so many more; or is over."""
    goal = posts(cluster, primary(understudy)) + count
    wait_until(lambda: load.poll() is not None or posts(cluster, primary(understudy)) >= goal,
               timeout=120, what=f"{count} more posts")


def disturb(cluster, understudy, number):
    """A kill, a switchover, a kill …"""
    old = primary(understudy)
    if number % 2:
        switch_over(understudy)
    else:
        cluster.kill(old)
        wait_for_new_primary(understudy, old)
        cluster.start(old, "--replica")
    wait_until_all_well(cluster, understudy)


def test_nobody_misses_a_post(binary, cluster, understudy):
    cluster.make_schema("social")
    run_to_end(binary, understudy, "create")
    run_to_end(binary, understudy, "seed", "--users", USERS, "--posts", USERS)
    wait_until_all_well(cluster, understudy)
    load = run(binary, understudy, "load", "--seconds", SECONDS, "--threads", 16)
    disturbed = 0
    try:
        while load.poll() is None:
            wait_for_posts(cluster, understudy, load, 200)
            if load.poll() is None:
                disturb(cluster, understudy, disturbed)
                disturbed += 1
        output = load.stdout.read()
    finally:
        if load.poll() is None:
            load.kill()
        load.wait()
    print(f"{disturbed} failovers and switchovers\n{output}")
    result = json.loads(output)
    assert set(result["wrong"].values()) == {0}, result["wrong"]
    assert result["errors"] == 0, result["first_errors"]
    assert disturbed >= 2 and result["actions"]["post"]["count"] >= 400
