"""The change feed: what subscribers of GET /api/changes get, and what they do not miss."""

import http.client
import re
import threading

import pytest
import sql
from changes import Refused, resubscribe, rows, subscribe
from understudy import Understudy
from waiting import wait_until


@pytest.fixture(scope="module")
def semi_sync():
    return True


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "shop", "CREATE TABLE p (id INT PRIMARY KEY, name VARCHAR(40), price DECIMAL(8,2))",
        "CREATE TABLE q (id INT PRIMARY KEY)", "CREATE TABLE r (id INT PRIMARY KEY)",
        "CREATE TABLE big (id INT AUTO_INCREMENT PRIMARY KEY, t MEDIUMTEXT)")
    cluster.execute_as_root(
        "CREATE USER clerk@'%' IDENTIFIED BY 'clerk'; GRANT SELECT (id, name) ON shop.p "
        "TO clerk@'%'; GRANT SELECT ON shop.q TO clerk@'%'", "db1")


@pytest.fixture
def primary(understudy):
    """Straight to whoever leads now."""
    def connect(**options):
        return sql.connect(leader_port(understudy), database="shop", **options)
    return connect


def leader_port(understudy):
    status = wait_until(lambda: (s := understudy.status())["primary"] and s, what="a primary")
    leader = next(s for s in status["servers"] if s["name"] == status["primary"])
    return int(leader["address"].rsplit(":", 1)[1])


@pytest.fixture
def binlog_position(cluster):
    """What a connection's server has logged."""
    def position(connection):
        return sql.value(connection, cluster.flavour.logged_position).replace("\n", "")
    return position


def test_a_transaction_is_an_event(understudy, primary, binlog_position):
    feed = subscribe(understudy, "shop.p,shop.q")
    with primary(autocommit=False) as client:
        sql.execute(client, "INSERT INTO p VALUES (1, 'lämp \"x\"', 12.50), (2, NULL, 1)")
        sql.execute(client, "UPDATE p SET price = 13 WHERE id = 1")
        sql.execute(client, "DELETE FROM p WHERE id = 2")
        sql.execute(client, "INSERT INTO q VALUES (1)")
        client.commit()
        position = binlog_position(client)
    event = feed.event()
    assert event.id == event.data["id"] == position
    assert re.search(r"\d+$", event.data["gtid"])[0] == re.search(r"\d+$", position)[0]
    assert rows(event) == [
        ("insert", {"id": 1, "name": 'lämp "x"', "price": "12.50"}),
        ("insert", {"id": 2, "name": None, "price": "1.00"}),
        ("update", {"id": 1, "name": 'lämp "x"', "price": "13.00"}),
        ("delete", {"id": 2, "name": None, "price": "1.00"}),
        ("insert", {"id": 1})]
    assert event.data["changes"][2]["before"]["price"] == "12.50"
    assert [c["table"] for c in event.data["changes"]] == ["p"] * 4 + ["q"]


def test_columns_and_a_filter(understudy, primary):
    feed = subscribe(understudy, "shop.p", columns="name", where="price >= 10 AND name <> 'no'")
    with primary() as client:
        sql.execute(client, "INSERT INTO p VALUES (10, 'cheap', 9.99), (11, 'dear', 10), "
                            "(12, 'no', 99)")
        sql.execute(client, "UPDATE p SET price = 5 WHERE id = 11")
        sql.execute(client, "UPDATE p SET price = 4 WHERE id = 11")
        sql.execute(client, "INSERT INTO p VALUES (13, 'end', 100)")
    assert [rows(event) for event in feed.events(3)] == [
        [("insert", {"name": "dear"})], [("update", {"name": "dear"})],
        [("insert", {"name": "end"})]]


def test_who_may_subscribe(understudy):
    def refusal(tables, **options):
        with pytest.raises(Refused) as refused:
            subscribe(understudy, tables, **options)
        return refused.value.status, refused.value.error

    assert refusal("shop.p", password="wrong")[0] == 401
    status, error = refusal("shop.p", user="clerk", password="clerk")
    assert status == 403 and "denied" in error
    assert refusal("shop.p", user="clerk", password="clerk", columns="id",
                   where="price > 1")[0] == 403
    assert refusal("shop.nothing")[0] == 404
    assert refusal("shop.p", columns="colour")[0] == 400
    assert refusal("shop.p", where="price LIKE 'x'")[0] == 400
    assert refusal("p")[0] == 400
    connection = http.client.HTTPConnection("127.0.0.1", understudy.admin_port, timeout=10)
    connection.request("GET", "/api/changes?tables=shop.p")
    answer = connection.getresponse()
    assert answer.status == 401 and answer.getheader("WWW-Authenticate").startswith("Basic")
    connection.close()


def test_columns_that_an_account_may_read(understudy, primary, cluster):
    feed = subscribe(understudy, "shop.q,shop.p", user="clerk", password="clerk",
                     columns="p.id,p.name,q.id")
    cluster.execute_as_root("SET GLOBAL binlog_row_metadata = 'FULL'")
    with primary() as client:
        sql.execute(client, "INSERT INTO p VALUES (20, 'seen', 1)")
    assert rows(feed.event()) == [("insert", {"id": 20, "name": "seen"})]
    cluster.execute_as_root("SET GLOBAL binlog_row_metadata = DEFAULT")


def test_a_revoked_right_ends_it(understudy, cluster, primary):
    cluster.execute_as_root("GRANT SELECT ON shop.p TO clerk@'%'", "db1")
    feed = subscribe(understudy, "shop.p", user="clerk", password="clerk")
    other = subscribe(understudy, "shop.p")
    cluster.execute_as_root("REVOKE SELECT ON shop.p FROM clerk@'%'", "db1")
    event = feed.event()
    assert event.name == "error" and "denied" in event.data["error"]
    assert feed.event() is None
    with primary() as client:
        sql.execute(client, "INSERT INTO p VALUES (30, 'after', 1)")
    assert rows(other.event())[0][1]["id"] == 30


def test_a_definition_is_an_event_and_later_rows_have_it(understudy, primary):
    feed = subscribe(understudy, "shop.p")
    with primary() as client:
        sql.execute(client, "ALTER TABLE p ADD COLUMN colour ENUM('red', 'blue')")
        sql.execute(client, "INSERT INTO p VALUES (40, 'c', 1, 'blue')")
        sql.execute(client, "ALTER TABLE shop.p DROP COLUMN colour")
    event = feed.event()
    assert event.name == "definition"
    assert event.data["tables"] == ["shop.p"] and "ADD COLUMN colour" in event.data["statement"]
    error_or_row = feed.event()
    # The definition was asked for when it had changed again: said, not guessed.
    if error_or_row.name == "error":
        assert "binlog_row_metadata=FULL" in error_or_row.data["error"]
    else:
        assert rows(error_or_row) == [
            ("insert", {"id": 40, "name": "c", "price": "1.00", "colour": "blue"})]
        assert feed.event().name == "definition"


def test_statement_format_is_an_error(cluster, understudy):
    feed = subscribe(understudy, "shop.q")
    with cluster.connect_as_root(understudy.status()["primary"], database="shop") as client:
        sql.execute(client, "SET SESSION binlog_format = 'STATEMENT'")
        sql.execute(client, "INSERT INTO q VALUES (2)")
    event = feed.event()
    assert event.name == "error" and "binlog_format=ROW" in event.data["error"]
    assert feed.event() is None


def test_resumed_from_an_id_nothing_is_missing_or_twice(understudy, primary, binlog_position):
    with primary() as client:
        start = binlog_position(client)
        for number in range(100, 130):
            sql.execute(client, f"INSERT INTO p VALUES ({number}, 'x', 1)")
    seen = []
    last = start
    while len(seen) < 30:
        feed = subscribe(understudy, "shop.p", last_event_id=last)
        for event in feed.events(7 if len(seen) < 28 else 2):
            seen.append(rows(event)[0][1]["id"])
        last = feed.last_id
        feed.close()
    assert seen == list(range(100, 130))


def test_rows_resumed_inside_a_transaction(understudy, primary, binlog_position):
    with primary(autocommit=False) as client:
        start = binlog_position(client)
        sql.execute(client, "INSERT INTO q VALUES " + ",".join(f"({n})" for n in range(100, 1100)))
        sql.execute(client, "INSERT INTO p VALUES (140, 'end', 1)")
        client.commit()
    seen = []
    last = start
    while len(seen) < 1001:
        feed = subscribe(understudy, "shop.q,shop.p", by="row", last_event_id=last)
        for event in feed.events(min(333, 1001 - len(seen))):
            seen.append(event.data["after"]["id"])
        last = feed.last_id
        feed.close()
    assert seen == [*range(100, 1100), 140]
    with primary() as client:
        assert last == binlog_position(client)


def test_a_large_transaction_comes_in_parts(understudy, primary):
    feed = subscribe(understudy, "shop.big", timeout=60)
    with primary(autocommit=False) as client:
        for _ in range(40):
            sql.execute(client, "INSERT INTO big (t) VALUES (REPEAT('x', 500000))")
        client.commit()
        sql.execute(client, "INSERT INTO big (t) VALUES ('small')")
        client.commit()
    got = []
    parts = 0
    while True:
        event = feed.event()
        assert event.name == "message", event.data
        got += [row["id"] for _, row in rows(event)]
        if "last" in event.data:
            parts += 1
        if rows(event)[-1:] and rows(event)[-1][1]["t"] == "small":
            break
    assert got == list(range(got[0], got[0] + 41))
    assert parts > 2


def test_rows_of_a_large_transaction_while_the_reader_pauses(understudy, primary, binlog_position):
    with primary(autocommit=False) as client:
        start = binlog_position(client)
        for _ in range(60):
            sql.execute(client, "INSERT INTO big (t) VALUES (REPEAT('z', 400000))")
        client.commit()
        first = sql.value(client, "SELECT MAX(id) FROM big") - 59
    feed = subscribe(understudy, "shop.big", by="row", last_event_id=start, receive_buffer=4096,
                     timeout=60)
    seen = [event.data["after"]["id"] for event in feed.events(20)]
    last = feed.last_id
    assert "~" in last
    feed.close()
    feed = subscribe(understudy, "shop.big", by="row", last_event_id=last, timeout=60)
    seen += [event.data["after"]["id"] for event in feed.events(40)]
    assert seen == list(range(first, first + 60))


def test_earliest_gives_all_that_there_is(understudy, primary):
    with primary() as client:
        sql.execute(client, "INSERT INTO r VALUES (5)")
    feed = subscribe(understudy, "shop.r", **{"from": "earliest"})
    statements = ""
    while (event := feed.event()).name == "definition":
        statements += event.data["statement"]
    assert "CREATE TABLE r" in statements
    assert rows(event) == [("insert", {"id": 5})]


def test_a_slow_subscriber_is_let_go_and_others_go_on(understudy, primary):
    dropped = understudy.metric("understudy_change_dropped_total")
    slow = subscribe(understudy, "shop.big", receive_buffer=4096)
    fast = subscribe(understudy, "shop.big", timeout=60)
    count = 60

    def write():
        with primary() as client:
            for _ in range(count):
                sql.execute(client, "INSERT INTO big (t) VALUES (REPEAT('y', 300000))")
    writer = threading.Thread(target=write)
    writer.start()
    for event in fast.events(count):
        assert event.name == "message"
    writer.join()
    wait_until(lambda: understudy.metric("understudy_change_dropped_total") == dropped + 1,
               what="the slow one is dropped")
    last = None
    while (event := slow.event()) is not None:
        last = event
    assert last.name == "error" and "too slow" in last.data["error"]


def test_a_switchover_and_a_dead_primary_in_the_middle(binary, cluster, understudy, primary):
    feed = subscribe(understudy, "shop.q", timeout=60)
    stop = threading.Event()
    done = []

    def write():
        number = 10000
        while not stop.is_set():
            with understudy.session(database="shop") as client:
                try:
                    while not stop.is_set():
                        sql.execute(client, f"INSERT IGNORE INTO q VALUES ({number})")
                        done.append(number)
                        number += 1
                except Exception:
                    pass
    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: len(done) > 100, what="writes")
        understudy.switch_over("db2")
        count = len(done)
        wait_until(lambda: len(done) > count + 100, what="writes after the switchover")
        cluster.kill("db2")
        count = len(done)
        wait_until(lambda: len(done) > count + 100, timeout=40, what="writes after the failover")
    finally:
        stop.set()
        writer.join()
    seen = []
    while not seen or seen[-1] < done[-1]:
        event = feed.event()
        if event is None or event.name == "error":
            feed = resubscribe(understudy, "shop.q", feed.last_id, timeout=60)
            continue
        seen += [row["id"] for _, row in rows(event)]
    assert seen == list(range(10000, done[-1] + 1))
    cluster.start("db2", "--replica")
    wait_until(lambda: understudy.healthy(*cluster.names), timeout=60, what="all are well")


def test_a_restart_of_understudy(binary, cluster, understudy, settings, primary):
    with Understudy(binary, cluster, settings) as second:
        feed = subscribe(second, "shop.p")
        with primary() as client:
            sql.execute(client, "INSERT INTO p VALUES (200, 'x', 1)")
            assert rows(feed.event())[0][1]["id"] == 200
            second.kill()
            sql.execute(client, "INSERT INTO p VALUES (201, 'x', 1)")
            second.start()
            feed = resubscribe(second, "shop.p", feed.last_id)
            assert rows(feed.event())[0][1]["id"] == 201
        feed.close()


def test_a_thousand_subscribers_get_all(understudy, primary):
    feeds = [subscribe(understudy, "shop.p", timeout=60) for _ in range(1000)]
    wait_until(lambda: understudy.metric("understudy_change_subscribers") >= 1000)
    with primary() as client:
        for number in range(300, 320):
            sql.execute(client, f"INSERT INTO p VALUES ({number}, 'x', 1)")
    for feed in feeds:
        assert [rows(e)[0][1]["id"] for e in feed.events(20)] == list(range(300, 320))
    assert understudy.get("/healthz")[0] == 200
    for feed in feeds:
        feed.close()
    wait_until(lambda: understudy.metric("understudy_change_subscribers") < 50,
               what="they are gone")


def test_what_the_servers_have_no_more_is_gone(cluster, understudy, primary, binlog_position):
    with primary() as client:
        start = binlog_position(client)
        sql.execute(client, "INSERT INTO p VALUES (400, 'x', 1)")
    name = understudy.status()["primary"]
    cluster.execute_as_root("FLUSH BINARY LOGS", name)
    with primary() as client:
        sql.execute(client, "INSERT INTO p VALUES (401, 'x', 1)")
        last = binlog_position(client)
    def purge():
        file = cluster.execute(name, cluster.flavour.log_status)[0][0]
        cluster.execute_as_root(f"PURGE BINARY LOGS TO '{file}'", name)
        return len(cluster.execute(name, "SHOW BINARY LOGS")) == 1
    wait_until(purge, what="the logs are purged")
    with pytest.raises(Refused) as refused:
        subscribe(understudy, "shop.p", last_event_id=start)
    assert refused.value.status == 410
    with pytest.raises(Refused) as refused:
        subscribe(understudy, "shop.p", last_event_id="0-77-999999999")
    assert refused.value.status == 410
    subscribe(understudy, "shop.p", last_event_id=last).close()
