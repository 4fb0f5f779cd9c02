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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

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
    build = pathlib.Path(os.environ.get("UNDERSTUDY_BIN", binlog_columns.__file__)).resolve()
    folders = [build.parent, pathlib.Path(__file__).resolve().parents[2] / "build"]
    found = [folder / "tests" / "binlog_dump" for folder in folders
             if (folder / "tests" / "binlog_dump").is_file()]
    assert found, "binlog_dump is missing: build first"
    return str(found[0])


def columns_of(flavour):
    make = binlog_columns.mariadb_columns if flavour == "mariadb" else binlog_columns.mysql_columns
    return list(make())


def define(cursor, table, columns):
    lines = ["`id` BIGINT UNSIGNED", "`part` SMALLINT", *(c.declaration() for c in columns),
             "PRIMARY KEY (part, id)"]
    cursor.execute(f"CREATE TABLE {table} (\n{', '.join(lines)}\n) ENGINE=InnoDB ROW_FORMAT=DYNAMIC "
                   "CHARACTER SET utf8mb4")


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
    cursor.execute(f"UPDATE {table} SET json_partial = {change} WHERE id BETWEEN {low} AND {low + 2}")


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
        cursor.execute("SET sql_mode='NO_BACKSLASH_ESCAPES', time_zone='+00:00'")
        cursor.execute("SET sql_mode=''")
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
