"""Commands beside queries: they answer as a server does, byte by byte."""

import struct

import pymysql
import pytest
import raw_commands as raw
import sql
from pymysql.constants import CLIENT
from raw_commands import answers

LAST = 0xFFFFFFFF  # the statement prepared last

PROCEDURES = """
CREATE PROCEDURE results() BEGIN SELECT 1 AS a; SELECT 'x' AS b, 2 AS c; END
CREATE PROCEDURE out_parameters(IN a INT, OUT b INT, INOUT c INT)
 BEGIN SET b = a + 1; SET c = c * 2; SELECT a; END
CREATE PROCEDURE fails() BEGIN SELECT 1 AS a; SELECT * FROM missing; END
""".strip()


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.execute_as_root("SET GLOBAL max_allowed_packet = 80 * 1024 * 1024")
    cluster.make_schema(
        "commands", "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20))",
        "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL)",
        *PROCEDURES.replace("\n BEGIN", " BEGIN").split("\n"))


@pytest.fixture(params=[0, raw.DEPRECATE_EOF], ids=["eof", "no_eof"])
def both(request, cluster, understudy):
    """The same client, straight at the primary and through the proxy."""
    options = {"database": "commands",
               "client_flag": CLIENT.MULTI_STATEMENTS | CLIENT.PS_MULTI_RESULTS | request.param}
    with cluster.connect("db1", **options) as direct, understudy.session(**options) as through:
        yield direct, through


def same(both, *payloads):
    direct, through = both
    expected = answers(direct, *payloads)
    assert answers(through, *payloads) == expected
    return expected


@pytest.mark.parametrize("between", [[], [raw.query("DO 1")]], ids=["at once", "kept meanwhile"])
def test_warnings_are_told_to_prepared_statements(both, between):
    told = [raw.packets(answers(client, raw.query("SELECT CAST('12x' AS SIGNED)"), *between,
                                raw.prepare("SHOW WARNINGS"), raw.execute(LAST)))
            for client in both]
    assert b"value: '12x'" in told[0][-2]
    assert told[1][-6:] == told[0][-6:]  # the columns, the row, the end


@pytest.mark.parametrize("payload", [
    b"\x0e",                                    # ping
    b"\x02commands",                            # init db
    b"\x02missing",
    b"\x1b\x00\x00", b"\x1b\x01\x00",           # set option
    b"\x1b\x02\x00",
    b"\xee", b"\x00", b"\x0b", b"\x0f", b"\x10", b"\x1d",  # nothing, or what servers keep
    b"\x0d",                                    # debug
    b"\x0c" + struct.pack("<I", 4_000_000_000),  # process kill
    b"\x1a" + struct.pack("<I", 99),            # statements that are not there
    b"\x17" + struct.pack("<IBI", 99, 0, 1),
    b"\x17" + struct.pack("<IBI", 0xFFFFFFFF, 0, 1),
    b"\x1c" + struct.pack("<II", 99, 1),
    b"\x04t\0",                                 # field list
    b"\x04missing\0",
], ids=lambda payload: payload.hex())
def test_a_command_answers_as_a_server_does(both, payload):
    same(both, payload)


def test_statistics(both):
    for client in both:
        assert answers(client, b"\x09")[4:].startswith(b"Uptime: ")


def test_process_info_lists_connections(both):
    for client in both:
        assert b"Command" in answers(client, b"\x0a")


@pytest.mark.parametrize("statement", [
    "SELECT 1; SELECT 'a' AS b; SELECT id, v FROM t ORDER BY id",
    "SELECT 1; DO 2; INSERT INTO missing VALUES (1); SELECT 3",
    "SELECT 1; SELEC 2; SELECT 3",
    "SELECT * FROM missing; SELECT 1",
    "CALL results()",
    "CALL results(); SELECT 'behind'",
    "CALL fails()",
    "SET @b = 0, @c = 21; CALL out_parameters(1, @b, @c); SELECT @b, @c",
    "SELECT 1;",
    ";",
    "SELECT v FROM t WHERE id = 99; SELECT 1 WHERE FALSE",
])
def test_several_results(both, statement):
    same(both, raw.query(statement))


def test_what_each_of_several_statements_changes_stays(both):
    same(both, raw.query("SET @a = 5; SET SESSION sql_mode = 'ANSI_QUOTES'; USE commands"),
         raw.query("SELECT @a, @@sql_mode, DATABASE()"),
         raw.query('SELECT "v" FROM t WHERE id = 1'))
    same(both, raw.query("SET sql_mode = DEFAULT; SELECT * FROM missing; SET @a = 6"),
         raw.query("SELECT @a, @@sql_mode = @@global.sql_mode"))


def prepared(both, text):
    """The ids under which both know it."""
    return [raw.prepared_id(answers(client, raw.prepare(text))) for client in both]


def same_prepared(both, ids, make):
    results = [answers(client, *make(id)) for client, id in zip(both, ids)]
    assert results[1] == results[0]
    return results[0]


# Two parameters of type LONGLONG: no NULL, types follow.
def integers(*values):
    count = len(values)
    return (bytes((count + 7) // 8) + b"\x01" + b"\x08\x00" * count
            + b"".join(struct.pack("<q", value) for value in values))


def test_out_parameters_of_a_prepared_call(both):
    ids = prepared(both, "CALL out_parameters(?, ?, ?)")
    received = same_prepared(both, ids, lambda id: [raw.execute(id, 0, integers(1, 0, 21))])
    # The last result set is marked (SERVER_PS_OUT_PARAMS) and holds b = 2, c = 42.
    assert struct.pack("<ii", 2, 42) in received


def test_several_results_of_a_prepared_call(both):
    for text in ("CALL results()", "CALL fails()"):
        ids = prepared(both, text)
        same_prepared(both, ids, lambda id: [raw.execute(id), raw.execute(id)])


def test_commands_sent_at_once_are_answered_in_order(both):
    direct, through = both
    commands = []
    for number in range(1, 200):
        commands += [raw.query(f"SELECT {number}"), b"\x0e", raw.query("SELEC")]
    same(both, *commands)
    ids = prepared(both, "SELECT ? + 1")
    same_prepared(both, ids, lambda id: [
        command for number in range(100)
        for command in (raw.execute(id, 0, integers(number)), raw.query(f"DO {number}"),
                        raw.reset(id))])


def test_writes_and_reads_sent_at_once_see_each_other(both):
    for client in both:
        commands = [raw.query("DELETE FROM t WHERE id > 100")]
        for number in range(101, 131):
            commands += [raw.query(f"INSERT INTO t VALUES ({number}, 'x')"),
                         raw.query("SELECT COUNT(*) FROM t WHERE id > 100")]
        counts = [payload[1:] for payload in raw.packets(answers(client, *commands))
                  if len(payload) in (2, 3) and payload[0] == len(payload) - 1]
        assert [int(count) for count in counts] == list(range(1, 31))


def test_multi_statements_are_switched_for_the_session(both):
    for command in (b"\x1b\x01\x00", b"\x1b\x00\x00", b"\x1b\x01\x00"):
        same(both, command, raw.query("SELECT 1; SELECT 2"))
    with_transaction = [raw.query("BEGIN"), b"\x1b\x00\x00", raw.query("SELECT 1; SELECT 2"),
                        b"\x1b\x01\x00", raw.query("SELECT 1; SELECT 2"), raw.query("ROLLBACK")]
    same(both, *with_transaction)


def test_a_switched_session_leaves_nothing_to_others(understudy):
    with understudy.session(client_flag=CLIENT.MULTI_STATEMENTS) as first:
        answers(first, b"\x1b\x01\x00", raw.query("BEGIN"), b"\x1b\x00\x00", b"\x1b\x01\x00",
                raw.query("ROLLBACK"))
        for _ in range(5):
            with understudy.session(client_flag=CLIENT.MULTI_STATEMENTS) as other:
                assert raw.packets(answers(other, raw.query("SELECT 1; SELECT 2")))[0] == b"\x01"
            with understudy.session() as plain:
                received = answers(plain, raw.query("SELECT 1; SELECT 2"))
                assert raw.error_of(received)[0] == 1064


# --- sizes ---

@pytest.mark.parametrize("size", [0xFFFFFE, 0xFFFFFF, 0x1000000, 0x1FFFFFE, 0x1FFFFFF, 64 << 20])
def test_a_payload_of_any_size_arrives_whole(understudy, size):
    begin, end = b"\x03SELECT LENGTH('", b"')"
    inside = size - len(begin) - len(end)
    with understudy.session() as client:
        assert answers(client, begin + b"x" * inside + end, raw.query("SELECT 1")).count(
            str(inside).encode()) >= 1
        assert sql.value(client, "SELECT 1") == 1


def test_a_payload_over_max_allowed_packet_is_refused(cluster, understudy):
    seen = []
    for client in (cluster.connect("db1"), understudy.connect()):
        with pytest.raises(pymysql.MySQLError) as caught:
            client.query(b"SELECT '" + b"x" * (81 << 20) + b"'")
        seen.append(caught.value.args[0])
        client._force_close()
    # A server may close before the client has sent all: then it sees no more than that.
    assert seen[1] in (1153, 2006, 2013)
    assert seen[0] in (1153, 2006, 2013)


def test_a_wrong_sequence_number_ends_the_connection(understudy):
    client = understudy.connect()
    client._sock.sendall(raw.packet(raw.query("SELECT 1"), sequence=7))
    received = b""
    while more := client._sock.recv(4096):
        received += more
    assert raw.error_of(received)[0] == 1156
    client._force_close()
