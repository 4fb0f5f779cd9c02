"""examples/analytics: its own tests, its HTTP API, and a load through the death of the primary."""

import json
import os
import subprocess
import urllib.error
import urllib.request

import pages
import pytest
from analytics_cluster import replicas, semi_sync, servers, settings  # noqa: F401
from application import program
from faults import primary, wait_for_new_primary, wait_until_all_well
from waiting import wait_until

TABLES = "event|event_count|active_user|activity|batch"


@pytest.fixture(scope="module")
def application(binary, understudy):
    with pages.application(binary, understudy, "analytics") as running:
        running.run("create")
        running.serve()
        yield running


def heavy_statements(cluster, name):
    """What was asked of the tables on a server since its log was switched on."""
    return cluster.execute_rows_as_root(
        name, "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log "
              f"WHERE argument REGEXP '^SELECT .*FROM ({TABLES})\\\\b'")


def get(application, path):
    with urllib.request.urlopen(f"{application.address}{path}", timeout=90) as answer:
        return json.load(answer)


def track(application, body):
    """Status and answer of POST /api/track."""
    request = urllib.request.Request(f"{application.address}/api/track", body.encode(),
                                     {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_program_and_where_its_reads_go(cluster, understudy, binary, application):
    cluster.execute_as_root("SET GLOBAL log_output = 'TABLE', general_log = 1")
    done = subprocess.run(
        [program(binary, "analytics").removesuffix("analytics") + "analytics_test"],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "UNDERSTUDY_TEST_CONFIG": str(understudy.config)})
    for path in ("live", "active", "frequent", "engagement", "latest", "user?id=7"):
        servers = get(application, f"/api/{path}")["answered"]["server"].split(" + ")
        assert set(servers) <= {"cache", "db3", "db4"}, path
    cluster.execute_as_root("SET GLOBAL general_log = 0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SKIPPED" not in done.stdout
    assert primary(understudy) == "db1"
    assert not heavy_statements(cluster, "db1") and not heavy_statements(cluster, "db2")
    assert heavy_statements(cluster, "db3") and heavy_statements(cluster, "db4")


def test_tracks_what_is_posted(application):
    event = {"user": 4711, "type": "search", "metadata": {"words": "O'Brien's \"ü\""}}
    assert track(application, json.dumps(event)) == (200, {"accepted": 1})
    assert track(application, json.dumps([event, event])) == (200, {"accepted": 2})
    report = wait_until(lambda: (found := get(application, "/api/user?id=4711"))["events"] == 3
                        and found, what="the events are reported")
    assert report["types"] == [{"type": "search", "events": 3}]
    wait_until(lambda: any(event["metadata"] == found["metadata"] for found in
                           get(application, "/api/user?id=4711")["latest"]), what="the metadata")


@pytest.mark.parametrize("body, word", [
    ("", "object"), ("7", "object"), ("[[]]", "object"), ("{", "parse"), ("{}", "user"),
    ('{"user": 7}', "type"), ('{"user": "7", "type": "a"}', "user"),
    ('[{"user": 7, "type": "a"}, {"user": 7, "type": "A"}]', "type"),
    ('{"user": 7, "type": "a", "metadata": []}', "metadata"),
    ('{"user": 7, "type": "a", "time": 1}', "time"),
])
def test_says_what_is_wrong_with_an_event(application, body, word):
    status, answer = track(application, body)
    assert status == 400
    assert word in answer["error"]


def test_a_load_loses_and_doubles_nothing_when_the_primary_dies(cluster, understudy, application):
    count = "SELECT COUNT(*) FROM analytics.batch"
    load = application.background("load", "--seconds", 600, "--rate", 3000, "--users", 5000)
    before = cluster.execute("db1", count)[0][0]
    wait_until(lambda: cluster.execute("db1", count)[0][0] > before + 20, what="batches come")
    cluster.kill("db1")
    leader = wait_for_new_primary(understudy, "db1")
    after = cluster.execute(leader, count)[0][0]
    wait_until(lambda: cluster.execute(leader, count)[0][0] > after + 20, timeout=60,
               what="batches come again")
    report = load.end()
    assert report["exact"] and report["tracked"] == report["in_table"] == report["in_roll_up"]
    assert report["tracked"] > 0
    cluster.start("db1")
    wait_until_all_well(cluster, understudy)
