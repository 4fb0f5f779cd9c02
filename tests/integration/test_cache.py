"""The result cache: what is answered from it, and everything that must keep it from answering."""

import contextlib
import threading
import time

import pymysql
import pytest
import sql
from waiting import wait_until

TABLES = (
    "CREATE TABLE product (id INT UNSIGNED PRIMARY KEY, name VARCHAR(40), stock INT NOT NULL)",
    "INSERT INTO product VALUES (1, 'lamp', 10), (2, 'desk', 5), (3000000000, 'chair', 7)",
    "CREATE TABLE category (id INT PRIMARY KEY, name VARCHAR(40))",
    "INSERT INTO category VALUES (1, 'light'), (2, 'wood')",
    "CREATE TABLE entry (id INT PRIMARY KEY, category INT, FOREIGN KEY (category) "
    "REFERENCES category (id) ON DELETE CASCADE ON UPDATE CASCADE)",
    "INSERT INTO entry VALUES (1, 1), (2, 2)",
    "CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(40))",
    "CREATE TRIGGER noted AFTER UPDATE ON product FOR EACH ROW "
    "INSERT INTO audit (what) VALUES (NEW.name)",
    "CREATE VIEW lamps AS SELECT id, stock FROM product WHERE name = 'lamp'",
    "CREATE TABLE pair (a BIGINT, b SMALLINT, v INT, PRIMARY KEY (b, a))",
    "INSERT INTO pair VALUES (-5, 7, 1), (9, -3, 1)",
    "CREATE TABLE many (id INT PRIMARY KEY, v INT NOT NULL)",
    "INSERT INTO many WITH RECURSIVE s (n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300) SELECT n, 0 FROM s",
)
ROW = "SELECT id, name, stock FROM shop.product WHERE id = 1"


@pytest.fixture(scope="module")
def settings():
    return {"cache": {"enabled": True, "size": "2MiB", "max_result": "64KiB", "tables": ["shop.*"]},
            "failover": {"mode": "manual"}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster, understudy):
    cluster.make_schema("shop", *TABLES)


@pytest.fixture
def direct(cluster):
    """The primary itself, past Understudy."""
    with contextlib.closing(cluster.connect("db1")) as connection:
        yield connection


def route(client):
    return sql.execute(client, "SHOW UNDERSTUDY ROUTE")[0][0]


def from_cache(client, statement):
    """The answer, once it came from the cache."""
    def answered():
        rows = sql.execute(client, statement)
        return (rows,) if route(client) == "cache" else None
    return wait_until(answered, what=f"{statement} is answered from the cache")[0]


def never_from_cache(client, statement, times=20):
    for _ in range(times):
        sql.execute(client, statement)
        assert route(client) != "cache", statement


def sees(client, statement, expected):
    """A session that has read something older sees the change at once or soon."""
    wait_until(lambda: sql.execute(client, statement) == expected, what=f"{statement}: {expected}")


def test_a_repeated_read_is_answered_from_the_cache(client, cluster):
    assert from_cache(client, ROW) == ((1, "lamp", 10),)
    before = cluster.counters("Com_select")
    for _ in range(50):
        assert sql.execute(client, ROW) == ((1, "lamp", 10),)
    after = cluster.counters("Com_select")
    # The monitor and the cache itself ask the servers all the time, but not 50 times in a moment.
    assert sum(after.values()) - sum(before.values()) < 50


def test_sessions_share_answers(understudy):
    with understudy.session() as one, understudy.session() as two:
        from_cache(one, ROW)
        sql.execute(two, ROW)
        assert route(two) == "cache"


def test_ones_own_write_is_seen_at_once(client):
    statement = "SELECT stock FROM shop.product WHERE id = 2"
    for stock in range(20, 40):
        from_cache(client, statement)
        sql.execute(client, f"UPDATE shop.product SET stock = {stock} WHERE id = 2")
        assert sql.value(client, statement) == stock


def test_a_write_past_understudy_is_seen(client, direct):
    for stock in range(50, 60):
        from_cache(client, ROW)
        sql.execute(direct, f"UPDATE shop.product SET stock = {stock} WHERE id = 1")
        sees(client, ROW, ((1, "lamp", stock),))
    sql.execute(direct, "UPDATE shop.product SET stock = 10 WHERE id = 1")


def test_keys_beyond_what_is_signed_are_invalidated(client, direct):
    statement = "SELECT stock FROM shop.product WHERE id = 3000000000"
    for stock in (1, 2, 3):
        from_cache(client, statement)
        sql.execute(direct, f"UPDATE shop.product SET stock = {stock} WHERE id = 3000000000")
        sees(client, statement, ((stock,),))


def test_keys_of_several_columns_are_invalidated(client, direct):
    statement = "SELECT v FROM shop.pair WHERE a = -5 AND b = 7"
    for value in (2, 3, 4):
        from_cache(client, statement)
        sql.execute(direct, f"UPDATE shop.pair SET v = {value} WHERE a = -5")
        sees(client, statement, ((value,),))


def test_a_hot_row_leaves_the_others_in_place(understudy, cluster):
    stop = threading.Event()

    def write():
        with contextlib.closing(cluster.connect("db1")) as connection:
            while not stop.wait(0.01):
                sql.execute(connection, "UPDATE shop.many SET v = v + 1 WHERE id = 1")

    def written():
        return sql.value(watcher, "SELECT v FROM shop.many WHERE id = 1")

    with understudy.session() as client, cluster.connect("db1") as watcher:
        statements = [f"SELECT v FROM shop.many WHERE id = {key}" for key in range(2, 52)]
        for statement in statements:
            from_cache(client, statement)
        writer = threading.Thread(target=write)
        writer.start()
        try:
            goal, reads = written() + 100, 0
            hits = understudy.metric("understudy_cache_hits_total")
            # As long as it takes for a hundred writes.
            while written() < goal:
                for statement in statements:
                    sql.execute(client, statement)
                reads += len(statements)
            hits = understudy.metric("understudy_cache_hits_total") - hits
        finally:
            stop.set()
            writer.join()
    print(f"{hits:.0f} hits of {reads} reads")
    assert hits > 0.99 * reads


@pytest.mark.parametrize("change, statement", [
    ("DELETE FROM shop.category WHERE id = 1", "SELECT COUNT(*) FROM shop.entry"),
    ("UPDATE shop.category SET id = 20 WHERE id = 2",
     "SELECT category FROM shop.entry WHERE id = 2"),
    ("UPDATE shop.product SET stock = 3 WHERE id = 2", "SELECT COUNT(*) FROM shop.audit"),
    ("ALTER TABLE shop.product ADD COLUMN colour INT DEFAULT 7",
     "SELECT * FROM shop.product WHERE id = 1"),
    ("ALTER TABLE shop.product DROP COLUMN colour", "SELECT * FROM shop.product WHERE id = 1"),
    ("TRUNCATE TABLE shop.audit", "SELECT COUNT(*) FROM shop.audit"),
    ("RENAME TABLE shop.many TO shop.other, shop.pair TO shop.many, shop.other TO shop.pair",
     "SELECT COUNT(*) FROM shop.many"),
    ("RENAME TABLE shop.many TO shop.other, shop.pair TO shop.many, shop.other TO shop.pair",
     "SELECT COUNT(*) FROM shop.many"),
])
def test_what_changes_a_table_without_naming_it_is_seen(client, direct, change, statement):
    before = from_cache(client, statement)
    sql.execute(direct, change)
    wait_until(lambda: sql.execute(client, statement) != before, what=f"{change} is seen")
    assert sql.execute(client, statement) == sql.execute(direct, statement)
    assert from_cache(client, statement) == sql.execute(direct, statement)


def test_a_statement_in_the_log_is_seen(client, cluster):
    before = from_cache(client, ROW)[0][2]
    cluster.execute_as_root("SET SESSION binlog_format = STATEMENT; "
                            "UPDATE shop.product SET stock = stock + 1 WHERE id = 1", "db1")
    sees(client, ROW, ((1, "lamp", before + 1),))


def test_a_prepared_transaction_is_seen_when_it_is_committed(client, direct):
    before = from_cache(client, ROW)[0][2]
    for statement in ("XA START 'x'", "UPDATE shop.product SET stock = stock + 1 WHERE id = 1",
                      "XA END 'x'", "XA PREPARE 'x'"):
        sql.execute(direct, statement)
    assert from_cache(client, ROW)[0][2] == before
    sql.execute(direct, "XA COMMIT 'x'")
    sees(client, ROW, ((1, "lamp", before + 1),))
    assert from_cache(client, ROW)[0][2] == before + 1


def test_what_may_no_longer_be_read_is_not_answered(cluster, understudy, client, direct):
    for statement in ("CREATE USER guest IDENTIFIED BY 'guest'",
                      "GRANT SELECT ON shop.product TO guest"):
        sql.execute(direct, statement)
    from_cache(client, ROW)

    def connected():
        with contextlib.suppress(pymysql.err.OperationalError):
            return understudy.connect(user="guest", password="guest")

    with contextlib.closing(wait_until(connected, what="the account is known")) as guest:
        from_cache(guest, ROW)
        sql.execute(direct, "REVOKE SELECT ON shop.product FROM guest")

        def refused():
            try:
                sql.execute(guest, ROW)
            except pymysql.err.OperationalError as error:
                return error.args[0] == 1142
        wait_until(refused, what="what was revoked is refused")
        assert from_cache(client, ROW)
        with pytest.raises(pymysql.err.OperationalError):
            sql.execute(guest, ROW)
    sql.execute(direct, "DROP USER guest")


@pytest.mark.parametrize("statement", [
    "SELECT id, NOW(6) FROM shop.product WHERE id = 1",
    "SELECT id, @x FROM shop.product WHERE id = 1",
    "SELECT id FROM shop.product WHERE id = 1 FOR UPDATE",
    "SELECT * FROM shop.lamps",
    "SELECT COUNT(*) FROM information_schema.tables",
    "/* understudy: strong */ SELECT id FROM shop.product WHERE id = 1",
    "/* understudy: nocache */ SELECT id FROM shop.product WHERE id = 1",
    "SELECT 1 / 0, id FROM shop.product WHERE id = 1",
    "SELECT REPEAT('x', 70000) FROM shop.product WHERE id = 1",
])
def test_what_depends_on_more_than_rows_is_never_cached(client, statement):
    never_from_cache(client, statement)


def test_nothing_is_cached_inside_a_transaction_or_with_a_temporary_table(client):
    from_cache(client, ROW)
    sql.execute(client, "BEGIN")
    never_from_cache(client, ROW, 3)
    sql.execute(client, "COMMIT")
    from_cache(client, ROW)
    sql.execute(client, "CREATE TEMPORARY TABLE shop.product (id INT, name INT, stock INT)")
    assert sql.execute(client, ROW) == ()
    never_from_cache(client, ROW, 3)


def test_session_state_is_a_part_of_the_question(understudy):
    statement = "SELECT CAST('2026-01-01 00:00:00' AS DATETIME), id FROM product WHERE id = 1"
    with understudy.session(database="shop") as plain, understudy.session() as other:
        from_cache(plain, statement)
        with pytest.raises(pymysql.err.OperationalError):
            sql.execute(other, statement)  # it has no schema
        sql.execute(plain, "SET SESSION group_concat_max_len = 4")
        sql.execute(plain, statement)
        assert route(plain) != "cache"


def test_a_collation_is_a_part_of_the_question(understudy):
    statement = "SELECT id FROM shop.product WHERE name = 'LAMP' AND 'a' = 'A'"
    with understudy.session() as plain, understudy.session() as exact:
        assert from_cache(plain, statement) == ((1,),)
        sql.execute(exact, "SET NAMES utf8mb4 COLLATE utf8mb4_bin")
        for _ in range(5):
            assert sql.execute(exact, statement) == ()
        assert from_cache(exact, statement) == ()
        assert from_cache(plain, statement) == ((1,),)


def test_what_a_statement_leaves_behind_is_that_of_the_cached_answer(client):
    rows = from_cache(client, "SELECT id FROM shop.many WHERE id <= 7")
    assert sql.value(client, "SELECT FOUND_ROWS()") == len(rows) == 7
    sql.execute(client, "SELECT 1 / 0")
    from_cache(client, ROW)
    assert sql.execute(client, "SHOW WARNINGS") == ()


def executed(understudy):
    """How many reads of clients were sent to a server."""
    return sum(server["queries"]["read"] for server in understudy.status()["servers"])


def cache_metrics(understudy):
    metrics = understudy.get("/metrics")[1].decode().splitlines()
    return [line for line in metrics if line.startswith("understudy_cache_")]


def reads_for_many_that_miss(understudy, number):
    """How many reads are sent when thirty clients ask for the same at once."""
    count = 30
    statement = ("SELECT COUNT(*) FROM shop.many a JOIN shop.many b JOIN shop.many c "
                 f"WHERE a.id + b.id + c.id > {number} AND c.id <= 20")
    clients = [understudy.connect() for _ in range(count)]
    from_cache(clients[0], "SELECT v FROM shop.many WHERE id = 1")  # the table is known
    before = executed(understudy)
    barrier = threading.Barrier(count)
    answers = []

    def ask(client):
        barrier.wait()
        answers.append(sql.value(client, statement))

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    assert len(answers) == count and len(set(answers)) == 1
    return executed(understudy) - before


def test_many_that_miss_at_once_ask_once(understudy):
    # Twice if an answer ends and another read begins before it can be looked up; each by itself if
    # the answer may not be kept, as when the binary log comes late on a busy machine.
    asked = []
    while len(asked) < 5 and not (asked and asked[-1] <= 4):
        asked.append(reads_for_many_that_miss(understudy, len(asked)))
    assert 1 <= asked[-1] <= 4, (asked, cache_metrics(understudy))
    assert understudy.metric("understudy_cache_flights_joined_total") >= 15


def test_memory_stays_within_its_bound(understudy, client):
    for key in range(3000):
        sql.execute(client, f"SELECT id, REPEAT('x', 2000) FROM shop.many WHERE id = {key % 300} "
                            f"AND id < {key + 1000}")
    assert understudy.metric("understudy_cache_bytes") <= 2 * 1024 * 1024
    assert understudy.metric("understudy_cache_evictions_total") > 0


def test_a_follower_that_lost_the_primary_gives_nothing(cluster, understudy, client):
    from_cache(client, ROW)
    cluster.pause("db1")
    try:
        wait_until(lambda: understudy.metric("understudy_cache_open") == 0,
                   what="the cache is closed")
        sql.execute(client, "/* understudy: eventual */ " + ROW)
        assert route(client) != "cache"
    finally:
        cluster.resume("db1")
    wait_until(lambda: understudy.healthy(*cluster.names), what="all servers are up")
    from_cache(client, ROW)


def test_bounded_reads_are_as_fresh_as_they_ask(understudy, client, direct):
    from_cache(client, "/* understudy: bounded(2s) */ " + ROW)
    with understudy.session() as other:
        sql.execute(other, "SET @understudy_consistency = 'bounded'")
        sql.execute(other, "SET @understudy_max_lag = '1ms'")
        for stock in range(70, 90):
            sql.execute(direct, f"UPDATE shop.product SET stock = {stock} WHERE id = 1")
            written = time.monotonic()
            wait_until(lambda: time.monotonic() > written + 0.001, what="a millisecond is over")
            assert sql.execute(other, ROW)[0][2] == stock
