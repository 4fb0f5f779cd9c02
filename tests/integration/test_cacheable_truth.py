"""Asks a real server whether results that may be cached depend on nothing but rows, and whether
rows that the pins leave out matter.

Two connections of different users, on different days and with other random seeds and variables,
must get the same answer to whatever is called cacheable: each statement of the corpus, and a call
of each function that the server has. That `explain` says of the corpus what the corpus says is the
business of the unit tests. UNDERSTUDY_PINS_SEED repeats the choices of a run.
"""

import itertools
import json
import os
import pathlib
import random
import re
import subprocess

import flavours
import pymysql
import pytest
from corpus_statements import CORPUS_SERVER, connect, rows, run, unescape
from lone_server import LoneServer

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus" / "sql" / "cacheable.tsv"
FUNCTIONS = pathlib.Path(__file__).resolve().parents[2] / "src" / "sql" / "functions.cpp"
SEED = int(os.environ.get("UNDERSTUDY_PINS_SEED", "0")) or random.randrange(1, 1 << 32)
SCHEMA = "truth"
FLAVOUR = flavours.chosen().name
REPEATS = 5
# What else the answers to these may depend on differs between the two connections.
VARYING = {"depends on the time", "time of day", "who asks", "is random", "user variable"}
ARGUMENTS = ["", "a", "s", "d", "j", "a, b", "s, a", "a, s", "s, s", "j, s", "d, a", "d, d",
             "a, b, c", "s, s, s", "s, a, a", "j, '$[0]'", "j, '$[0]', a", "1, 2, 3, 4",
             "'<a/>', '/a'", "'10:00:00'", "'10:00:00', '1:00:00'", "'10:00', '%H:%i'", "100000",
             "d, INTERVAL 1 DAY", "'10:00:00', INTERVAL 1 HOUR", "HOUR, 1, '10:00:00'",
             "YEAR FROM d", "s IN s", "s USING utf8mb4", "a AS CHAR", "s AS DATETIME",
             "'10:00:00' AS DATETIME", "POINT(1, 1)", "POINT(1, 1), POINT(2, 2)"]
USES = ["{}", "CAST({} AS DATETIME)", "COALESCE({}, d)", "d < {}", "DATE({})"]


def load_corpus():
    modes = ""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line.startswith("@modes"):
            modes = ",".join(line.split()[1:]).upper()
        elif line and not line.startswith("#"):
            expected, _, statement = line.split("\t")
            yield expected, modes, unescape(statement)


def numbers(first, last):
    """As a table of one column, n."""
    return (f"(WITH RECURSIVE s (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s "
            f"WHERE n < {last}) SELECT n FROM s)")


def create_tables(connection):
    for statement in (
            f"CREATE DATABASE {SCHEMA}", "CREATE DATABASE shop", f"USE {SCHEMA}",
            "CREATE USER other@localhost", "GRANT ALL ON *.* TO other@localhost",
            "CREATE TABLE t (a INT, b INT, c INT, v INT, s VARCHAR(20), d DATETIME, j TEXT, "
            "PRIMARY KEY (a, b, c))",
            "CREATE TABLE u (a INT PRIMARY KEY, w INT)",
            "CREATE TABLE worded (user INT, start INT, status INT, value INT, "
            "PRIMARY KEY (user, start))",
            "CREATE TABLE shop.product (id INT PRIMARY KEY, stock INT, name VARCHAR(20))",
            "INSERT INTO shop.product VALUES (7, 1, 'x'), (8, 2, 'y')",
            "INSERT INTO u VALUES (5, 1), (6, 2)",
            "INSERT INTO t SELECT x.n, y.n, z.n, x.n + y.n * z.n, CONCAT('x', z.n), "
            "'2024-02-03 04:05:06' + INTERVAL x.n DAY, '[1, 2]' "
            f"FROM {numbers(4, 6)} x, {numbers(5, 6)} y, {numbers(1, 7)} z",
            "CREATE TABLE p (a INT, b INT, c INT, v INT NOT NULL, PRIMARY KEY (a, b, c))",
            "INSERT INTO p SELECT x.n - 2, y.n - 2, z.n - 2, x.n "
            f"FROM {numbers(0, 6)} x, {numbers(0, 6)} y, {numbers(0, 6)} z"):
        assert run(connection, statement) is None, statement


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cacheable")
    with LoneServer(FLAVOUR, folder, *CORPUS_SERVER[FLAVOUR]) as running:
        with connect(running, None) as connection:
            create_tables(connection)
        yield running


@pytest.fixture(scope="module")
def pair(server):
    """Two connections that share nothing but the schema and the reported variables."""
    settings = (("root", "timestamp = 1000000000, rand_seed1 = 1, rand_seed2 = 2, @x = 5, "
                         "last_insert_id = 5, insert_id = 5"),
                ("other", "timestamp = 1400000000, rand_seed1 = 7, rand_seed2 = 9, @x = 6, "
                          "last_insert_id = 6, insert_id = 6"))
    connections = []
    for user, values in settings:
        connections.append(connect(server, SCHEMA, user))
        assert run(connections[-1], f"SET {values}") is None
    yield connections
    for connection in connections:
        connection.close()


def answer(connection, statement):
    """The rows, or the error's number."""
    try:
        return rows(connection, statement)
    except (pymysql.err.MySQLError, ValueError) as error:
        return error.args[0]


def answers(pair, modes, statement, repeats):
    """What the connections answer in turn, and whether any of it is no error."""
    found = []
    for connection in pair:
        run(connection, f"SET sql_mode = '{modes}'")
    for connection in pair * repeats:
        found.append(answer(connection, statement))
    return found, not isinstance(found[0], int)


def explain(binary, statements, modes=""):
    after = ["--after", f"SET sql_mode = '{modes}'"] if modes else []
    done = subprocess.run([binary, "explain", "--json", *after], input="\n".join(statements),
                          capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_cacheable_results_are_the_same_for_everybody(pair):
    cases = [(modes, statement.replace(b"?", b"1"))
             for expected, modes, statement in load_corpus() if expected == "yes"]
    executed = 0
    wrong = []
    for modes, statement in cases:
        found, ran = answers(pair, modes, statement, REPEATS)
        executed += ran
        wrong += [statement] if any(other != found[0] for other in found) else []
    assert not wrong
    assert executed > 0.95 * len(cases), f"only {executed} of {len(cases)} could be run"


def test_the_connections_tell_what_varies(pair):
    """Else the other tests here would prove nothing."""
    executed = differing = 0
    for expected, modes, statement in load_corpus():
        if expected not in VARYING:
            continue
        found, ran = answers(pair, modes, statement, 2)
        executed += ran
        differing += any(other != found[0] for other in found)
    assert executed > 50 and differing > 0.7 * executed, (executed, differing)


def function_names(connection):
    """Of MySQL, which does not list them: those that the classifier knows."""
    if FLAVOUR == "mariadb":
        return [name for (name,) in rows(connection, "SELECT FUNCTION FROM "
                                                     "information_schema.SQL_FUNCTIONS")]
    return re.findall(r'\{"(\w+)", ', FUNCTIONS.read_text(encoding="utf-8"))


def test_cacheable_functions_give_everybody_the_same(binary, pair):
    statements = [f"SELECT {use.format(f'{name.lower()}({arguments})')} FROM t"
                  for name, arguments, use in itertools.product(function_names(pair[0]), ARGUMENTS,
                                                                USES)]
    cacheable = [statement for statement, found in zip(statements, explain(binary, statements))
                 if found["cacheable"]]
    called = set()
    wrong = []
    for statement in cacheable:
        found, ran = answers(pair, "", statement, 1)
        if ran:
            called.add(re.search(r"(\w+)\([^(]*(\(.*\))?[^(]*\) FROM", statement)[0])
        wrong += [statement] if found[0] != found[1] else []
    assert not wrong, wrong[:20]
    assert len(called) > 500, len(called)


class Conditions:
    """Random conditions over a, b and c, mostly of the kind that nearly pins something."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def column(self):
        return self.random.choice(("a", "b", "c", "p.a", "`b`", f"{SCHEMA}.p.c"))

    def literal(self):
        number = self.random.randrange(-1, 4)
        return self.random.choice((str(number), str(number), f"'{number}'", f"- {abs(number)}"))

    def operand(self, depth):
        choice = self.random.randrange(12)
        if choice < 5 or depth == 0:
            return self.column() if choice < 3 else self.literal()
        if choice < 9:
            return f"{self.column()} = {self.literal()}"
        if choice < 10:
            return f"({self.condition(depth - 1)})"
        return self.random.choice((
            f"{self.column()} IN ({self.literal()})",
            f"{self.column()} IN ({self.literal()}, {self.literal()})",
            f"{self.column()} BETWEEN {self.literal()} AND {self.operand(0)}",
            f"CASE WHEN {self.condition(depth - 1)} THEN {self.literal()} ELSE 1 END",
            f"ABS({self.operand(depth - 1)})", "TRUE", "NULL",
            f"COALESCE({self.operand(depth - 1)}, {self.literal()})"))

    def condition(self, depth=3):
        text = ""
        for _ in range(self.random.choice((1, 1, 2, 3, 4))):
            if text:
                text += " " + self.random.choice((
                    "AND", "AND", "AND", "AND", "AND", "AND", "AND", "&&", "OR", "XOR", "||", "=",
                    "<=>", "<", "!=", "+", "-", "*", "&", "|", "^", "DIV", "MOD", "<<", "LIKE",
                    "IN (1) AND", "IS NULL AND", "IS NOT TRUE AND", "IS FALSE OR", "BETWEEN 0 AND",
                    "NOT BETWEEN 0 AND", "COLLATE utf8mb4_bin AND")) + " "
            text += self.random.choice(("", "", "", "", "", "", "", "", "", "NOT ", "! ", "- ",
                                        "~ ", "BINARY "))
            text += self.operand(depth)
        return text + self.random.choice(("", "", "", "", "", " IS NULL", " IS NOT NULL",
                                          " IS TRUE", " = 1", " + 1", " BETWEEN 0 AND 1"))


def pinned_columns(found):
    match = re.search(r"\(pins: (.*)\)$", found["cache_reason"])
    return match[1].split(", ") if match else []


def pinned_values(condition, column):
    """Every value that `column` may be pinned to by the condition's text."""
    pattern = rf"(?<!\w)`?{column}`?\s*(?:=|IN\s*\()\s*'?(-?)\s*(\d+)"
    return {int(sign + digits) for sign, digits in re.findall(pattern, condition)}


@pytest.mark.parametrize("modes", ["", "HIGH_NOT_PRECEDENCE", "PIPES_AS_CONCAT", "ANSI", "ORACLE"])
def test_no_row_beside_the_pins_meets_the_condition(binary, server, modes):
    conditions = Conditions(f"{SEED} {modes}")
    statements = [f"SELECT a, b, c FROM p WHERE {conditions.condition()}" for _ in range(4000)]
    pinning = executed = 0
    with connect(server, SCHEMA) as connection:
        run(connection, f"SET sql_mode = '{modes}'")
        for statement, found in zip(statements, explain(binary, statements, modes)):
            columns = pinned_columns(found)
            if not columns:
                continue
            pinning += 1
            result = answer(connection, statement)
            if isinstance(result, int):
                continue
            executed += 1
            for column in columns:
                values = {row["abc".index(column)] for row in result}
                assert len(values) <= 1 and values <= pinned_values(statement, column), \
                    f"seed {SEED}: {statement}: {found['cache_reason']}, but {column} is {values}"
    assert pinning > 300 and executed > 0.9 * pinning, (pinning, executed)


def test_rows_beside_the_pins_do_not_matter(binary, server):
    """Whatever is done to all other rows, in all forms of a query."""
    conditions = Conditions(SEED)
    forms = ["SELECT v FROM p WHERE {} ORDER BY a, b, c LIMIT 3",
             "SELECT COUNT(*), SUM(v), MAX(c) FROM p WHERE {}",
             "SELECT DISTINCT a, v FROM p WHERE {} ORDER BY a, v",
             "SELECT b, SUM(v) FROM p WHERE {} GROUP BY b HAVING SUM(v) > 1 ORDER BY b",
             "SELECT c, RANK() OVER (ORDER BY v, a, b, c) r FROM p WHERE {} ORDER BY r",
             "SELECT SUM(v) OVER w s FROM p WHERE {} WINDOW w AS (PARTITION BY b) ORDER BY s"]
    statements = [conditions.random.choice(forms).format(conditions.condition())
                  for _ in range(4000)]
    checked = 0
    with connect(server, SCHEMA) as connection:
        for statement, found in zip(statements, explain(binary, statements)):
            inside = " AND ".join(
                f"{column} = {value}" for column in pinned_columns(found)
                for value in pinned_values(statement, column)
                if len(pinned_values(statement, column)) == 1)
            before = answer(connection, statement)
            if not inside or isinstance(before, int):
                continue
            checked += 1
            run(connection, "BEGIN")
            for change in ("UPDATE p SET v = v + 100", "DELETE FROM p"):
                assert run(connection, f"{change} WHERE NOT ({inside})") is None
                assert answer(connection, statement) == before, \
                    f"seed {SEED}: {statement}: {found['cache_reason']}"
            run(connection, "ROLLBACK")
    assert checked > 200, checked
