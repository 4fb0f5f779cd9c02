"""What the decoder makes of a server's binary log, against what SELECT gives for the same rows.

A table with a column of every type gets random rows, which are changed and deleted; the log's rows,
put together, must be the table's. A run prints its seed; UNDERSTUDY_BINLOG_SEED repeats it.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import binlog_columns  # noqa: E402
from lone_server import LoneServer  # noqa: E402

SEED = int(os.environ.get("UNDERSTUDY_BINLOG_SEED", random.randrange(2 ** 32)))
WRITTEN, UPDATED, DELETED = range(3)
ABSENT = ["absent"]
KEY = ("part", "id")  # not in the order of the columns

# row image, row metadata, and what else is set
MARIADB = [
    ("FULL", "NO_LOG", {"log_bin_compress": 0}),
    ("MINIMAL", "NO_LOG", {"log_bin_compress": 1, "log_bin_compress_min_len": 10}),
    ("NOBLOB", "MINIMAL", {"log_bin_compress": 0}),
    ("FULL", "MINIMAL", {"log_bin_compress": 1, "log_bin_compress_min_len": 10}),
    ("FULL", "FULL", {"log_bin_compress": 0}),
    ("MINIMAL", "FULL", {"log_bin_compress": 1, "log_bin_compress_min_len": 10}),
    ("NOBLOB", "FULL", {"log_bin_compress": 0}),
]
MYSQL = [
    ("FULL", "MINIMAL", {}),
    ("MINIMAL", "MINIMAL", {"binlog_transaction_compression": 1}),
    ("NOBLOB", "FULL", {"binlog_rows_query_log_events": 1}),
    ("FULL", "FULL", {"binlog_row_value_options": "PARTIAL_JSON"}),
    ("MINIMAL", "FULL", {"binlog_row_value_options": "PARTIAL_JSON",
                         "binlog_transaction_compression": 1}),
    ("FULL", "FULL", {"binlog_row_value_options": "PARTIAL_JSON", "gtid_next": "AUTOMATIC:tag",
                      "binlog_transaction_compression": 1}),
]


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def server(request):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="understudy-binlog-"))
    options = ["--character-set-server=utf8mb4", "--max-binlog-size=1G"]
    if request.param == "mysql":
        options += ["--gtid-mode=ON", "--enforce-gtid-consistency=ON"]
    else:
        options += ["--binlog-format=ROW"]
    try:
        with LoneServer(request.param, folder, *options) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def dump():
    program = os.environ.get("UNDERSTUDY_BIN", ROOT / "build" / "understudy")
    path = pathlib.Path(program).resolve().parent / "tests" / "binlog_dump"
    assert path.is_file(), f"{path} is missing: build first, or set UNDERSTUDY_BIN"
    return str(path)


def columns_of(flavour):
    make = binlog_columns.mariadb_columns if flavour == "mariadb" else binlog_columns.mysql_columns
    return list(make())


def define(cursor, table, columns):
    lines = ["`id` BIGINT UNSIGNED", "`part` SMALLINT", *(c.declaration() for c in columns),
             "PRIMARY KEY (part, id)"]
    cursor.execute(f"CREATE TABLE {table} ({', '.join(lines)}) ENGINE=InnoDB "
                   "ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4")


def insert(cursor, table, columns, first, count, rng):
    given = [c for c in columns if c.given]
    names = ", ".join(f"`{c.name}`" for c in given)
    rows = ", ".join(
        f"({number}, {number % 7 - 3}, {', '.join(c.value(rng) for c in given)})"
        for number in range(first, first + count))
    cursor.execute(f"INSERT INTO {table} (id, part, {names}) VALUES {rows}")


def update(cursor, table, columns, highest, rng):
    chosen = rng.sample([c for c in columns if c.given], rng.randint(1, 6))
    changes = ", ".join(f"`{c.name}` = {c.value(rng)}" for c in chosen)
    first = rng.randrange(highest)
    cursor.execute(f"UPDATE {table} SET {changes} "
                   f"WHERE id BETWEEN {first} AND {first + rng.randrange(4)}")


def update_json(cursor, table, highest, rng):
    """What MySQL logs as changes of a document only."""
    change = rng.choice([
        f"JSON_SET(json_partial, '$.a', {rng.randrange(10 ** 9)})",
        "JSON_SET(json_partial, '$.\"new one\"', JSON_ARRAY(1, 2))",
        "JSON_REMOVE(json_partial, '$.list[1]')",
        "JSON_REPLACE(json_partial, '$.list[0]', 'é \"q\"')",
        "JSON_SET(json_partial, '$.list[9]', CAST(1.5 AS DECIMAL(4,2)))",
        "JSON_REMOVE(json_partial, '$.in.k')",
        "JSON_SET(JSON_REMOVE(json_partial, '$.a'), '$.in.z', NOW(6), '$.in.b', NULL)",
    ])
    low = rng.randrange(highest)
    cursor.execute(f"UPDATE {table} SET json_partial = {change} "
                   f"WHERE id BETWEEN {low} AND {low + 2}")


def work(cursor, table, columns, rng, partial):
    """Inserts, updates and deletes; several hundred rows' worth."""
    highest = 0
    for _ in range(10):
        insert(cursor, table, columns, highest, 10, rng)
        highest += 10
        cursor.execute("BEGIN")
        for _ in range(8):
            update(cursor, table, columns, highest, rng)
            if partial:
                update_json(cursor, table, highest, rng)
        cursor.execute("COMMIT")
        cursor.execute(f"DELETE FROM {table} WHERE id = {rng.randrange(highest)}")
        cursor.execute(f"UPDATE {table} SET part = part + 10 WHERE id = {rng.randrange(highest)}")


def write_definition(cursor, table, path):
    cursor.execute(
        "SELECT c.table_schema, c.table_name, c.column_name, c.column_type, "
        "COALESCE(c.character_set_name, ''), COALESCE(s.seq_in_index, 0) "
        "FROM information_schema.columns c LEFT JOIN information_schema.statistics s "
        "ON s.table_schema = c.table_schema AND s.table_name = c.table_name AND "
        "s.column_name = c.column_name AND s.index_name = 'PRIMARY' "
        f"WHERE CONCAT(c.table_schema, '.', c.table_name) = '{table}' ORDER BY c.ordinal_position")
    with open(path, "w", encoding="utf-8") as out:
        for row in cursor.fetchall():
            print(*(v.decode() if isinstance(v, bytes) else v for v in row), sep="\t", file=out)


class Replay:
    """The table as the log has it. Its rows are lists of values, by key."""

    def __init__(self, names, image):
        self.names = names
        self.image = image
        self.rows = {}
        self.changes_only = 0
        self.seen = 0

    def take(self, event):
        assert event["columns"] == self.names
        assert tuple(self.names[index] for index in event["key"]) == KEY
        self.seen += 1
        if event["change"] != WRITTEN:
            old = self.rows.pop(self.key(event["before"]))
            self.check_before(event["before"], old)
        if event["change"] == DELETED:
            return
        new = event["after"]
        if event["change"] == UPDATED:
            new = [was if now == ABSENT else now for was, now in zip(old, new)]
        self.changes_only += sum(value[0] == "changes" for value in new)
        assert self.key(new) not in self.rows
        self.rows[self.key(new)] = new

    def key(self, row):
        return tuple(row[self.names.index(name)][1] for name in KEY)

    def check_before(self, before, was):
        if self.image == "FULL":
            assert ABSENT not in before
        for name, value, old in zip(self.names, before, was):
            assert value == ABSENT or value == old or old[0] == "changes", name


def of_log(column, value):
    if value == ["null"] or value == ABSENT:
        return None
    if value[0] == "geometry":  # as the server keeps it
        return value[1].to_bytes(4, "little").hex() + value[2]
    return column.of_log(value[1])


def compare(cursor, table, columns, replay):
    shown = ", ".join(c.shown for c in columns)
    cursor.execute(f"SELECT part, id, {shown} FROM {table} ORDER BY part, id")
    rows = cursor.fetchall()
    assert [row[:2] for row in rows] == sorted(replay.rows)
    wrong = []
    for row in rows:
        logged = replay.rows[row[:2]]
        for column, selected in zip(columns, row[2:]):
            value = logged[replay.names.index(column.name)]
            if value[0] == "changes" or (column.name == "made" and value == ABSENT):
                continue
            if isinstance(selected, bytes):
                selected = selected.decode()
            got = of_log(column, value)
            if selected is not None and not isinstance(selected, float):
                selected = str(selected)
                got = got if got is None else str(got)
            if got != selected:
                wrong.append((column.name, row[:2], value, selected))
    assert not wrong, f"{len(wrong)} values, the first: {wrong[:3]}; columns " + \
        ", ".join(sorted({name for name, *_ in wrong}))


def run_dump(dump, log, definition):
    done = subprocess.run([dump, str(log), *definition], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("index", range(max(len(MARIADB), len(MYSQL))))
def test_rows_are_those_that_select_gives(server, dump, index):
    scenarios = MARIADB if server.flavour == "mariadb" else MYSQL
    if index >= len(scenarios):
        return
    image, metadata, options = scenarios[index]
    print(f"UNDERSTUDY_BINLOG_SEED={SEED}", server.flavour, image, metadata, options)
    rng = random.Random(SEED + index)
    columns = columns_of(server.flavour)
    table = f"d{index}.every"
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
        cursor.execute(f"SET GLOBAL binlog_row_metadata = {metadata}, binlog_row_image = {image}")
        cursor.execute(f"SET SESSION binlog_row_image = {image}")
        cursor.execute(f"CREATE DATABASE d{index}")
        define(cursor, table, columns)
        cursor.execute("FLUSH BINARY LOGS")
        for name, value in options.items():
            scope = "GLOBAL" if name.startswith("log_bin") else "SESSION"
            cursor.execute(f"SET {scope} {name} = %s", value)
        log = server.logs()[-1]
        work(cursor, table, columns, rng, server.flavour == "mysql")
        if "gtid_next" in options:
            cursor.execute("SET SESSION gtid_next = 'AUTOMATIC'")
        cursor.execute("FLUSH BINARY LOGS")
        definition = []
        if metadata != "FULL" or server.flavour == "mariadb":  # INET6 and UUID are in no log
            definition = [str(server.folder / f"definition{index}")]
            write_definition(cursor, table, definition[0])
        events = run_dump(dump, log, definition)
        replay = Replay(["id", "part", *(c.name for c in columns)], image)
        for event in events:
            if "table" in event:
                replay.take(event)
        assert replay.seen > 200
        compare(cursor, table, columns, replay)
        check_kinds(events, options, image, replay)


def check_kinds(events, options, image, replay):
    """That what was asked for is in the log at all."""
    partial = options.get("binlog_row_value_options") == "PARTIAL_JSON"
    assert (replay.changes_only > 0) == (partial and image != "FULL")
    if "binlog_transaction_compression" in options:
        assert any("payload" in event for event in events)
    if "binlog_rows_query_log_events" in options:
        assert any(event.get("statement", "").startswith("INSERT INTO") for event in events)
    if "gtid_next" in options:
        assert any(":tag:" in event.get("gtid", "") for event in events)


def test_statements_tell_how_they_are_read(server, dump):
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("FLUSH BINARY LOGS")
        log = server.logs()[-1]
        cursor.execute("CREATE DATABASE plain")
        cursor.execute("SET sql_mode = 'ANSI_QUOTES', character_set_client = gbk")
        cursor.execute("CREATE DATABASE \"quoted\"")
        cursor.execute("FLUSH BINARY LOGS")
    events = {event["query"]: event for event in run_dump(dump, log, []) if "query" in event}
    plain, quoted = events["CREATE DATABASE plain"], events["CREATE DATABASE \"quoted\""]
    assert (plain["ansi_quotes"], plain["multibyte_quotes"]) == (False, False)
    assert (quoted["ansi_quotes"], quoted["multibyte_quotes"]) == (True, True)


def test_times_in_the_form_of_old_servers(server, dump):
    """MySQL has not had them since 8.4."""
    if server.flavour == "mysql":
        return
    columns = [binlog_columns.Column("t", "TIME", None),
               binlog_columns.Column("d", "DATETIME", None),
               binlog_columns.Column("s", "TIMESTAMP NULL", None,
                                     "CAST(UNIX_TIMESTAMP({}) AS CHAR)")]
    columns[0].of_log = lambda micro: binlog_columns.time_text(micro, 0)
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET GLOBAL mysql56_temporal_format = 0")
        cursor.execute("SET GLOBAL binlog_row_metadata = NO_LOG, binlog_row_image = FULL")
        cursor.execute("SET SESSION binlog_row_image = FULL, time_zone = '+00:00'")
        cursor.execute("CREATE DATABASE old")
        define(cursor, "old.times", columns)
        cursor.execute("SET GLOBAL mysql56_temporal_format = 1")
        cursor.execute("FLUSH BINARY LOGS")
        log = server.logs()[-1]
        cursor.execute("INSERT INTO old.times VALUES (1, 1, '-838:59:58', '2026-11-26 23:59:58', "
                       "'2026-11-26 12:13:14'), (2, 1, '00:00:01', '1000-01-01 00:00:00', NULL)")
        cursor.execute("FLUSH BINARY LOGS")
        definition = str(server.folder / "definition")
        write_definition(cursor, "old.times", definition)
        replay = Replay(["id", "part", "t", "d", "s"], "FULL")
        for event in run_dump(dump, log, [definition]):
            if "table" in event:
                replay.take(event)
        assert replay.seen == 2
        compare(cursor, "old.times", columns, replay)
