"""MariaDB's COM_STMT_BULK_EXECUTE, and the statement prepared last (id -1)."""

import struct

import pytest
import raw_commands as raw
import sql
from pymysql.constants import CLIENT
from raw_commands import answers
from raw_login import BULK, LONG_PASSWORD, UNIT_RESULTS, RawLogin

LAST = 0xFFFFFFFF
TYPES = 128  # flag: they are in the packet
LONG, STRING = b"\x03\x00", b"\xfd\x00"
NONE, NULL, DEFAULT, IGNORE = 0, 1, 2, 3


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "bulk", "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20) DEFAULT 'given')")


@pytest.fixture
def both(cluster, understudy):
    with understudy.session(database="bulk") as client:
        sql.execute(client, "TRUNCATE t")
    cluster.wait_for_replicas()
    with RawLogin(cluster.port("db1"), "bulk", BULK) as direct, \
            RawLogin(understudy.port, "bulk", BULK) as through:
        yield direct, through


def bulk(statement, rows, types=LONG + STRING, flags=TYPES):
    """`rows`: tuples of values, or of indicators for None, ... as (indicator,)."""
    payload = b"\xfa" + struct.pack("<IH", statement, flags) + (types if flags & TYPES else b"")
    for row in rows:
        for value in row:
            if isinstance(value, tuple):
                payload += bytes(value)
            elif isinstance(value, int):
                payload += bytes([NONE]) + struct.pack("<i", value)
            else:
                payload += bytes([NONE, len(value)]) + value.encode()
    return payload


def same_after(both, make, look="SELECT id, v FROM t ORDER BY id"):
    """Both on an empty table, one after the other."""
    results = []
    for client in both:
        answers(client, raw.query("TRUNCATE t"))
        answer = [answers(client, command) for command in make(client)]
        results.append((answer, answers(client, raw.query("DO 1"), raw.query(look))))
    assert results[1] == results[0]
    return results[0]


def prepared(client, text):
    return raw.prepared_id(answers(client, raw.prepare(text)))


def test_the_greeting_offers_it_as_a_server_does(both):
    direct, through = both
    assert through.server_capabilities & LONG_PASSWORD == 0
    assert through.server_extended & BULK and direct.server_extended & BULK
    assert through.server_extended & ~direct.server_extended == 0, "nothing that servers lack"


def test_rows_of_all_kinds(both):
    insert = "INSERT INTO t VALUES (?, ?)"
    answered, _ = same_after(both, lambda client: [bulk(prepared(client, insert), [
        (1, "a"), (2, (NULL,)), (3, (DEFAULT,)), (4, "d")])])
    assert answered[0][4:7] == b"\x00\x04\x04" or answered[0][5] == 4, "four rows"


def test_types_are_remembered(both):
    def commands(client):
        id = prepared(client, "INSERT INTO t VALUES (?, ?)")
        return [bulk(id, [(1, "a")]), bulk(id, [(2, "b"), (3, (NULL,))], flags=0),
                raw.execute(id, 0, b"\0\0" + struct.pack("<i", 4) + b"\x01d"),
                bulk(id, [(5, "e")], flags=0)]
    same_after(both, commands)


def test_values_that_stay(both):
    def commands(client):
        yield raw.query("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        id = prepared(client, "UPDATE t SET v = ? WHERE id = ?")
        yield bulk(id, [("x", 1), ((IGNORE,), 2)], types=STRING + LONG)
        yield bulk(prepared(client, "DELETE FROM t WHERE id = ?"), [(1,), (7,)], types=LONG)
    same_after(both, commands)


def test_the_last_insert_id_follows_the_session(both):
    same_after(both, lambda client: [
        bulk(prepared(client, "INSERT INTO t (v) VALUES (?)"), [("a",), ("b",)], STRING),
        raw.query("SELECT LAST_INSERT_ID()")])


def test_results_for_each_row_are_not_offered(both):
    assert both[1].server_extended & UNIT_RESULTS == 0


def test_errors_in_the_middle(both):
    def commands(client):
        id = prepared(client, "INSERT INTO t VALUES (?, ?)")
        yield bulk(id, [(1, "a"), (1, "b"), (2, "c")])
        yield bulk(id, [(5, "x" * 21)])
        yield raw.query("SELECT COUNT(*) FROM t")
    same_after(both, commands)


@pytest.mark.parametrize("text", ["SELECT ?", "DO ?", "SET @a = ?"])
def test_statements_that_are_no_change(both, text):
    same_after(both, lambda client: [bulk(prepared(client, text), [(1,), (2,)], types=LONG)])


def test_broken_ones_are_refused(both):
    _, through = both
    id = prepared(through, "INSERT INTO t VALUES (?, ?)")
    for payload in (b"\xfa", b"\xfa\x01\x02", bulk(id, [], types=b"\x03"), bulk(id, [], flags=0)):
        assert raw.error_of(answers(through, payload))[0] in (1243, 1835)
    assert raw.error_of(answers(through, bulk(99, [(1, "a")])))[0] == 1243
    assert answers(through, raw.query("DO 1"))[4] == 0


def test_returning(both):
    same_after(both, lambda client: [
        bulk(prepared(client, "INSERT INTO t (v) VALUES (?) RETURNING id, v"),
             [("a",), ("b",)], types=STRING)])


def test_the_statement_prepared_last(both):
    """PREPARE and EXECUTE in one write: the client does not know the id yet."""
    direct, through = both
    text = "SELECT ? + 1"
    parameters = b"\0\x01" + LONG + struct.pack("<i", 41)
    results = []
    for client in both:
        answer = answers(client, raw.prepare(text), raw.execute(LAST, 0, parameters),
                         raw.reset(LAST),
                         raw.prepare("INSERT INTO missing VALUES (?)"),
                         raw.execute(LAST, 0, parameters), raw.reset(LAST), raw.close(LAST),
                         raw.query("SELECT 1"), raw.prepare("SELECT 2"), raw.close(LAST),
                         raw.execute(LAST))
        # The ids are the client's own.
        results.append([payload for payload in raw.packets(answer)
                        if not (len(payload) == 12 and payload[0] == 0)])
    assert results[1] == results[0]


def test_bulk_in_one_write_with_its_prepare(both):
    _, through = both
    received = answers(through, raw.prepare("INSERT INTO t VALUES (?, ?)"),
                       bulk(LAST, [(10, "a"), (11, "b")]), raw.close(LAST))
    assert raw.packets(received)[-1][:2] == b"\x00\x02"


def test_in_a_transaction(cluster, understudy, both):
    _, through = both
    answers(through, raw.query("TRUNCATE t"), raw.query("BEGIN"))
    id = prepared(through, "INSERT INTO t VALUES (?, ?)")
    answers(through, bulk(id, [(n, "x") for n in range(1, 1001)]))
    with understudy.session(database="bulk") as other:
        assert sql.value(other, "SELECT COUNT(*) FROM t") == 0
        answers(through, raw.query("COMMIT"))
    cluster.wait_for_replicas()
    with understudy.session(database="bulk") as other:
        assert sql.value(other, "SELECT COUNT(*) FROM t") == 1000


def test_clients_that_know_none_of_this(understudy):
    """The greeting lacks the bit by which MySQL says that it is none of MariaDB's."""
    with understudy.session(client_flag=CLIENT.MULTI_STATEMENTS) as client:
        assert sql.value(client, "SELECT 5") == 5
