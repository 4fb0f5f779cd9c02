"""Cursors of prepared statements: as a server has them, and no connection is kept longer."""

import struct

import pytest
import raw_commands as raw
import sql
from raw_commands import answers
from waiting import wait_until

CURSOR = 1
LAST_ROW = 128


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("cursors", "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))",
                        "INSERT INTO t SELECT seq, CONCAT('v', seq) FROM "
                        + cluster.flavour.numbers(10))


@pytest.fixture(params=[0, raw.DEPRECATE_EOF], ids=["eof", "no_eof"])
def both(request, cluster, understudy):
    options = {"database": "cursors", "client_flag": request.param}
    with cluster.connect("db1", **options) as direct, understudy.session(**options) as through:
        yield direct, through


def same(both, text, make):
    """The commands that `make` makes for a statement's id are answered alike."""
    results, seen = [], []
    for client in both:
        statement = raw.prepared_id(answers(client, raw.prepare(text)))
        results.append([answers(client, command) for command in make(statement)])
        seen.append([[part.replace(f"({statement})".encode(), b"(id)")
                      for part in raw.packets(answer)] for answer in results[-1]])
    assert seen[1] == seen[0]
    return results[0]


def status_of(received):
    """Of the packet at its end: an EOF, or an OK in its form."""
    last = raw.packets(received)[-1]
    assert last[0] == 0xFE, last
    return struct.unpack("<H", last[3:5])[0]


def pins(understudy):
    return understudy.status()["pinned"].get("open_cursor", 0)


@pytest.fixture
def no_pins(understudy):
    assert pins(understudy) == 0
    yield
    wait_until(lambda: pins(understudy) == 0, what="no cursor keeps a connection")


def test_rows_come_as_they_are_fetched(both, no_pins):
    results = same(both, "SELECT id, v FROM t ORDER BY id", lambda id: [
        raw.execute(id, CURSOR), raw.fetch(id, 3), raw.fetch(id, 3), raw.fetch(id, 100),
        raw.fetch(id, 1), raw.execute(id, CURSOR), raw.fetch(id, 1), raw.reset(id),
        raw.fetch(id, 1), raw.execute(id, CURSOR), raw.execute(id, CURSOR), raw.fetch(id, 2),
        raw.execute(id), raw.fetch(id, 1), raw.execute(id, CURSOR), raw.fetch(id, 1),
        raw.close(id), raw.fetch(id, 1)])
    assert len(raw.packets(results[1])) == 4


def test_all_at_once(both, no_pins):
    results = same(both, "SELECT id FROM t", lambda id: [raw.execute(id, CURSOR),
                                                         raw.fetch(id, 1000)])
    assert status_of(results[1]) & LAST_ROW


@pytest.mark.parametrize("text", [
    "SELECT id FROM t WHERE FALSE", "DO 1", "INSERT IGNORE INTO t VALUES (1, 'x')", "SHOW TABLES",
    "SELECT 1 UNION SELECT 2", "SET @a = 1", "SELECT id FROM t WHERE id = 1 FOR UPDATE",
    "SELECT (SELECT 1 UNION SELECT 2)"])
def test_of_any_statement(both, no_pins, text):
    same(both, text, lambda id: [raw.execute(id, CURSOR), raw.fetch(id, 5), raw.fetch(id, 5)])


def test_statements_between_fetches(both, no_pins):
    results = same(both, "SELECT id FROM t ORDER BY id", lambda id: [
        raw.execute(id, CURSOR), raw.fetch(id, 2), raw.query("INSERT INTO t VALUES (50, 'x')"),
        raw.query("SELECT COUNT(*) FROM t"), raw.query("DELETE FROM t WHERE id = 50"),
        raw.fetch(id, 2), raw.query("BEGIN"), raw.fetch(id, 2), raw.query("COMMIT"),
        raw.fetch(id, 2), raw.fetch(id, 2), raw.fetch(id, 2)])
    assert status_of(results[-1]) & LAST_ROW


def test_two_cursors_of_one_text(both, no_pins):
    for client in both:
        text = "SELECT id FROM t WHERE id <= 3 ORDER BY id"
        first, second = (raw.prepared_id(answers(client, raw.prepare(text))) for _ in range(2))
        answers(client, raw.execute(first, CURSOR))
        answers(client, raw.fetch(first, 2))
        answers(client, raw.execute(second, CURSOR))
        assert [len(raw.packets(answers(client, raw.fetch(second, 2)))) for _ in range(2)] == [3, 2]
        assert len(raw.packets(answers(client, raw.fetch(first, 2)))) == 2
        answers(client, raw.close(first), raw.close(second))


def test_what_it_keeps_and_until_when(understudy, no_pins):
    with understudy.session(database="cursors") as client:
        for end in (raw.fetch, lambda id, _: raw.reset(id), lambda id, _: raw.close(id),
                    lambda id, _: raw.execute(id), lambda id, _: b"\x1f"):
            id = raw.prepared_id(answers(client, raw.prepare("SELECT id FROM cursors.t")))
            answers(client, raw.execute(id, CURSOR))
            wait_until(lambda: pins(understudy) == 1, what="the cursor is counted")
            answers(client, end(id, 100))
            wait_until(lambda: pins(understudy) == 0, what="it is over")
    with understudy.session(database="cursors") as client:
        id = raw.prepared_id(answers(client, raw.prepare("SELECT id FROM t")))
        answers(client, raw.execute(id, CURSOR))
        wait_until(lambda: pins(understudy) == 1, what="the cursor is counted")
    wait_until(lambda: pins(understudy) == 0, what="the client has gone")


def test_it_leaves_no_statement_behind(cluster, understudy, no_pins):
    before = cluster.counter("db1", "Prepared_stmt_count")
    with understudy.session(database="cursors") as client:
        id = raw.prepared_id(answers(client, raw.prepare("SELECT id + 0 FROM t")))
        for _ in range(30):
            answers(client, raw.execute(id, CURSOR), raw.fetch(id, 100))
        wait_until(lambda: cluster.counter("db1", "Prepared_stmt_count") <= before + 2,
                   what="servers have forgotten the statements of cursors")


def test_a_lost_server_is_told(cluster, understudy, no_pins):
    client = understudy.connect(database="cursors")
    id = raw.prepared_id(answers(client, raw.prepare("SELECT id FROM t")))
    answers(client, raw.execute(id, CURSOR))
    answers(client, raw.fetch(id, 1))
    connections = cluster.execute_rows_as_root(
        "db1", "SELECT id FROM information_schema.processlist "
               "WHERE user = 'app' AND db = 'cursors'")
    for (connection,) in connections:
        cluster.execute_as_root(f"KILL {connection}", "db1")
    client._sock.sendall(raw.packet(raw.fetch(id, 1)))
    code, message = raw.error_of(client._sock.recv(4096))
    assert code == 2013 and "not executed" in message
    assert client._sock.recv(10) == b""
    client._force_close()
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1
