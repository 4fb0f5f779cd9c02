"""Operators change the primary: the commands, the admin pages, and what the servers then are."""

import json
import subprocess
import threading

import pytest
import sql
from waiting import wait_until


@pytest.fixture(scope="module")
def settings():
    return {"failover": {"drain": "300ms"}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("shop", "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v INT)")


def command(binary, understudy, *arguments):
    return subprocess.run(
        [binary, *arguments, "--admin", f"127.0.0.1:{understudy.admin_port}"],
        capture_output=True, text=True, timeout=60)


def events(understudy):
    return json.loads(understudy.get("/api/events")[1])


def test_there_and_back_with_a_session_that_goes_on(binary, cluster, understudy):
    with understudy.session(database="shop") as client:
        sql.execute(client, "INSERT INTO t (v) VALUES (1)")
        done = command(binary, understudy, "switchover", "--to", "db2")
        assert done.returncode == 0, done.stderr
        assert "switchover_done" in done.stdout and "ms" in done.stdout
        assert understudy.status()["primary"] == "db2"
        sql.execute(client, "INSERT INTO t (v) VALUES (2)")
        assert sql.execute(client, "SHOW UNDERSTUDY ROUTE")[0][0] == "db2"
        assert sql.value(client, "SELECT COUNT(*) FROM t") == 2
        # All at once: nothing has to be waited for between two changes.
        assert understudy.switch_over("db1") == "db1"
        sql.execute(client, "INSERT INTO t (v) VALUES (3)")
        assert sql.value(client, "SELECT COUNT(*) FROM t") == 3
    cluster.wait_for_replicas()
    for name in ("db2", "db3"):
        assert cluster.execute(name, "SELECT COUNT(*) FROM shop.t")[0][0] == 3
        assert cluster.execute(name, "SELECT @@read_only")[0][0] == 1


def test_what_makes_no_sense_is_refused_with_a_reason(binary, understudy):
    for arguments, reason in [
        (["switchover", "--to", "db1"], "the primary already"),
        (["switchover", "--to", "db9"], "no server named db9"),
        (["failover"], "the primary is well"),
        (["rejoin", "db1"], "db1 is the primary"),
        (["rejoin", "db9"], "no server named db9"),
    ]:
        done = command(binary, understudy, *arguments)
        assert done.returncode == 1, arguments
        assert reason in done.stderr
    assert understudy.status()["primary"] == "db1"


def test_a_transaction_that_goes_on_too_long_calls_it_off(binary, cluster, understudy):
    with understudy.session(database="shop") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES (4)")
        status, answer = understudy.post("/api/switchover", {"to": "db2"})
        assert status == 409
        assert "transaction" in answer["error"]
        sql.execute(client, "COMMIT")
    with understudy.session(database="shop") as client:
        sql.execute(client, "INSERT INTO t (v) VALUES (5)")
    assert understudy.status()["primary"] == "db1"
    assert understudy.status()["failover"]["last"]["done"] is False


def test_a_transaction_that_ends_in_time_is_waited_for(cluster, understudy):
    with understudy.session(database="shop") as client:
        sql.execute(client, "BEGIN")
        sql.execute(client, "INSERT INTO t (v) VALUES (6)")
        answers = []
        change = threading.Thread(
            target=lambda: answers.append(understudy.post("/api/switchover", {"to": "db2"})))
        change.start()
        wait_until(lambda: understudy.status()["failover"]["state"] == "switchover",
                   what="the switchover waits")
        sql.execute(client, "COMMIT")
        change.join()
    assert answers[0][0] == 200, answers
    assert understudy.status()["primary"] == "db2"
    assert cluster.execute("db2", "SELECT COUNT(*) FROM shop.t WHERE v = 6")[0][0] == 1
    understudy.switch_over("db1")


def test_the_best_replica_leads_and_the_events_tell(binary, understudy):
    before = events(understudy)[-1]["id"]
    done = command(binary, understudy, "switchover")
    assert done.returncode == 0, done.stderr
    after = json.loads(understudy.get(f"/api/events?after={before}")[1])
    names = [event["event"] for event in after]
    assert names[0] == "switchover_started" and "switchover_done" in names
    assert all(event["ms"] >= 0 for event in after if event["event"] == "step")
    last = understudy.status()["failover"]["last"]
    assert last["kind"] == "switchover" and last["done"] and last["ms"] > 0
    shown = command(binary, understudy, "status").stdout
    assert "switchover_done" in shown and f"primary {last['primary']}" in shown
    wait_until(lambda: understudy.healthy("db1", "db2", "db3"), what="all are well")
