"""Random statements that change a session, and what a client can see of its session.

The same seed makes the same statements, whatever they are sent to: run on two connections, each
step has to have the same outcome on both.
"""

import random
import struct

import pymysql
import raw_commands as raw
from pymysql._auth import scramble_native_password

# Session variables and values for them.
VARIABLES = {
    "sql_mode": ["''", "'ANSI_QUOTES'", "'STRICT_TRANS_TABLES'", "'NO_BACKSLASH_ESCAPES'",
                 "'ERROR_FOR_DIVISION_BY_ZERO,PIPES_AS_CONCAT'", "DEFAULT"],
    "time_zone": ["'+03:00'", "'-11:30'", "'SYSTEM'", "DEFAULT"],
    "group_concat_max_len": ["4242", "1024 * 3", "DEFAULT"],
    "sql_select_limit": ["2", "7", "DEFAULT"],
    "foreign_key_checks": ["0", "1", "OFF"],
    "unique_checks": ["0", "ON"],
    "sql_safe_updates": ["1", "0"],
    "sql_auto_is_null": ["1", "0"],
    "sql_warnings": ["1", "0"],
    "div_precision_increment": ["7", "@@GLOBAL.div_precision_increment"],
    "default_week_format": ["3", "@@default_week_format + 1"],
    "lc_time_names": ["'de_DE'", "DEFAULT"],
    "lock_wait_timeout": ["77", "DEFAULT"],
    "max_sort_length": ["99", "DEFAULT"],
    "character_set_results": ["latin1", "utf8mb4", "NULL"],
    "character_set_client": ["latin1", "utf8mb4"],
    "collation_connection": ["latin1_german1_ci", "utf8mb4_bin"],
    "autocommit": ["0", "1", "ON", "DEFAULT"],
    "timestamp": ["1234567", "DEFAULT"],
    "insert_id": ["4711"],
    "last_insert_id": ["815"],
    "nonsense": ["1"],
    "tmp_table_size": ["'many'"],
}
SHOWN = [name for name in VARIABLES if name not in ("nonsense", "insert_id", "timestamp")]
SCHEMAS = ("walk", "{own}_a", "{own}_b")
# Of all clients alike: nobody may see another's.
TEMPORARY = ("walk.tmp", "tmp", "walk.other", "log")


def schema_of(client, letter):
    return f"walk_{client}_{letter}"


def tables_of(client):
    """Statements that make what a walk needs."""
    made = ["CREATE TABLE IF NOT EXISTS walk.me (name VARCHAR(20)) SELECT 'walk' AS name"]
    for letter in "ab":
        schema = schema_of(client, letter)
        made += [
            f"CREATE DATABASE {schema}",
            f"CREATE TABLE {schema}.log (id INT AUTO_INCREMENT PRIMARY KEY, v INT, s VARCHAR(20), "
            "UNIQUE (v))",
            f"INSERT INTO {schema}.log (v, s) VALUES (1, 'a'), (2, 'b'), (3, 'c')",
            f"CREATE TABLE {schema}.me (name VARCHAR(20)) SELECT '{schema}' AS name",
            f"CREATE PROCEDURE {schema}.p(OUT o INT, IN i INT) "
            "BEGIN SET @w = i; SELECT i + 1 AS next; SELECT name FROM me; SET o = i * 2; END",
            f"CREATE FUNCTION {schema}.f(i INT) RETURNS INT NO SQL "
            "BEGIN SET @x = i; RETURN i + 1; END",
        ]
    return made


class Walk:
    """The steps of one client. A step is a text, or a command of the protocol."""

    def __init__(self, seed, client):
        self.random = random.Random(seed)
        self.own = f"walk_{client}"
        self.client = client
        self.actions = [
            (4, self.user_variable), (8, self.variable), (2, self.names), (3, self.use),
            (4, self.temporary_table), (3, self.transaction), (8, self.change), (6, self.read),
            (3, self.lock), (1, self.handler), (3, self.sql_prepare), (1, self.call),
            (3, self.binary), (1, self.begin_again),
        ]

    def step(self):
        weights, actions = zip(*self.actions)
        return self.random.choices(actions, weights)[0]()

    def number(self, limit=10**6):
        return self.random.randrange(limit)

    def pick(self, *of):
        return self.random.choice(of).format(own=self.own, n=self.number(), id=self.number(9),
                                             lock=f"lock_{self.client}_{self.number(2)}")

    def user_variable(self):
        return self.pick(
            "SET @v = {n}", "SET @w := 'it''s {n}', @v = -{n}.5", "SET @v = @v + 1",
            "SELECT {n} INTO @w", "SET @x = NULL", "SELECT @v := {n}", "SET @w = _latin1 0xE4",
            "SELECT v, s INTO @v, @w FROM {own}_a.log ORDER BY id LIMIT 1", "SELECT {own}_a.f({n})",
            "SET @v = (SELECT COUNT(*) FROM {own}_b.log)", "SET @v = {n}, sql_select_limit = 9")

    def variable(self):
        name = self.random.choice(list(VARIABLES))
        assignment = f"{name} = {self.random.choice(VARIABLES[name])}"
        return self.pick(
            "SET ", "SET SESSION ", "SET @@", "SET @@session.", "SET LOCAL ", "SET @v = 5, ",
            "SET sql_select_limit = 5, SESSION ") + assignment

    def names(self):
        return self.pick("SET NAMES latin1", "SET NAMES utf8mb4", "SET CHARACTER SET latin1",
                         "SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET NAMES DEFAULT")

    def use(self):
        schema = self.pick(*SCHEMAS, "nowhere")
        return self.random.choice([f"USE {schema}", Command(b"\x02" + schema.encode())])

    def temporary_table(self):
        table = self.pick(*TEMPORARY)
        return self.pick(
            f"CREATE TEMPORARY TABLE {table} (id INT AUTO_INCREMENT PRIMARY KEY, v INT UNIQUE)",
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} SELECT {{n}} AS v",
            f"CREATE TEMPORARY TABLE {table} LIKE {{own}}_a.log",
            f"DROP TEMPORARY TABLE IF EXISTS {table}", f"DROP TEMPORARY TABLE {table}",
            f"INSERT INTO {table} (v) VALUES ({{n}})", f"SELECT COUNT(*), SUM(v) FROM {table}",
            f"ALTER TABLE {table} ADD COLUMN c{{id}} INT", "TRUNCATE walk.tmp")

    def transaction(self):
        return self.pick(
            "BEGIN", "START TRANSACTION READ ONLY", "COMMIT", "ROLLBACK", "COMMIT AND CHAIN",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT", "SAVEPOINT a", "ROLLBACK TO a",
            "RELEASE SAVEPOINT a", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET TRANSACTION READ ONLY",
            "SET SESSION TRANSACTION READ WRITE", "COMMIT RELEASE")

    def change(self):
        return self.pick(
            "INSERT INTO {own}_a.log (v) VALUES ({n})", "INSERT INTO log (v, s) VALUES ({n}, 's')",
            "INSERT INTO {own}_b.log (v) VALUES ({n}), ({n} + 1)",
            "INSERT INTO {own}_a.log (v) VALUES (1)",
            "INSERT IGNORE INTO log (v) VALUES (2), (NULL)",
            "INSERT INTO log (v) VALUES (3) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)",
            "INSERT INTO log (v, s) VALUES ({n}, 'longer than what is in there is')",
            "UPDATE {own}_a.log SET s = 'x{n}' WHERE id < {id}", "UPDATE log SET s = 'same'",
            "UPDATE log SET v = LAST_INSERT_ID(v + 1) WHERE id = {id} AND v > 9",
            "REPLACE INTO log (v) VALUES (2)",
            "DELETE FROM {own}_b.log WHERE id = {id}", "DELETE FROM log WHERE id > 20",
            "INSERT INTO nowhere.log VALUES (1)", "DO LAST_INSERT_ID({n})")

    def read(self):
        return self.pick(
            "SELECT name FROM me", "SELECT v, s FROM {own}_a.log ORDER BY id LIMIT {id}",
            "SELECT SQL_CALC_FOUND_ROWS id FROM {own}_b.log ORDER BY id LIMIT 2",
            "SELECT CAST('abc{n}' AS SIGNED)", "SELECT CAST(s AS SIGNED) FROM log ORDER BY id",
            "SELECT 1 / 0", "SELECT nothing FROM log", "SELECT syntax error here",
            "SELECT LAST_INSERT_ID({n})",
            "SELECT 'a' = 'A', 'a\\'', \"log\"", "SELECT id FROM log ORDER BY id FOR UPDATE",
            "SELECT s || 'x', 5 / 3, WEEK('2026-01-01'), NOW() > 0 FROM log ORDER BY id",
            "SHOW TABLES LIKE 'l%'", "SELECT GROUP_CONCAT(v ORDER BY v) FROM {own}_a.log",
            "SHOW WARNINGS LIMIT 1", "SELECT 1; SELECT name FROM me; SELECT 2 / 0")

    def lock(self):
        return self.pick(
            "SELECT GET_LOCK('{lock}', 0)", "SELECT RELEASE_LOCK('{lock}')",
            "DO RELEASE_ALL_LOCKS()",
            "DO GET_LOCK('{lock}', 0)", "SELECT IS_FREE_LOCK('{lock}')", "UNLOCK TABLES",
            "LOCK TABLES {own}_a.log WRITE, walk.me READ", "LOCK TABLES log READ")

    def handler(self):
        return self.pick("HANDLER {own}_a.log OPEN AS h", "HANDLER h READ FIRST",
                         "HANDLER h READ NEXT", "HANDLER h CLOSE")

    def sql_prepare(self):
        return self.pick(
            "PREPARE s FROM 'SELECT {n} + ? FROM walk.me'", "PREPARE s FROM 'SELECT name FROM me'",
            "EXECUTE s USING @v", "EXECUTE s", "DEALLOCATE PREPARE s",
            "PREPARE s FROM 'INSERT INTO {own}_a.log (v) VALUES (?)'",
            "EXECUTE IMMEDIATE 'SELECT {n}, v FROM log'")

    def call(self):
        return self.pick("CALL {own}_a.p(@v, {n})", "CALL p(@x, 5)", "CALL {own}_b.nothing()")

    def binary(self):
        text = self.pick(
            "SELECT id, v FROM {own}_a.log WHERE id < {id} ORDER BY id",
            "SELECT LENGTH(@v), LENGTH(DATABASE())", "SELECT LENGTH(name), 1 / 0 FROM me",
            "INSERT INTO log (v) VALUES ({n})", "SET @v = {n}",
            "SELECT FOUND_ROWS(), LAST_INSERT_ID()", "UPDATE log SET s = 'p{n}' WHERE id = {id}")
        return Prepared(text, cursor="WHERE id <" in text and self.random.random() < 0.5)

    def begin_again(self):
        return self.random.choice([Command(b"\x1f"), ChangeUser(self.pick(*SCHEMAS))])

    def probes(self):
        """Questions about the session, in an order that does not hide much for long."""
        last = list(LAST_STATEMENT)
        self.random.shuffle(last)
        names = self.random.sample(SHOWN, 5)
        state = [
            "SELECT DATABASE(), USER(), CURRENT_USER()", "SELECT @v, @w, @x",
            "SELECT " + ", ".join(f"@@{name}" for name in names),
            "SELECT @@SESSION.{}, @@GLOBAL.{}".format(*names),
            "SHOW VARIABLES WHERE Variable_name IN ('{}', '{}')".format(
                *(name for name in names if name != "last_insert_id")),
            "SELECT @@character_set_client, @@character_set_connection, @@collation_connection",
            "SELECT @@in_transaction, @@tx_isolation, @@tx_read_only, @@autocommit",
            *(f"SELECT COUNT(*), SUM(v) FROM {table}" for table in TEMPORARY),
            self.pick("SELECT IS_FREE_LOCK('{lock}'), IS_USED_LOCK('{lock}') = CONNECTION_ID()"),
            "EXECUTE s", "HANDLER h READ FIRST", "SELECT name FROM me",
        ]
        return last[:2] + self.random.sample(state, 4) + last[2:3]


# What a session that shares connections may have lost, see docs/sessions.md.
LAST_STATEMENT = ("SHOW WARNINGS", "SELECT @@warning_count, @@error_count", "SELECT FOUND_ROWS()",
                  "SELECT ROW_COUNT()", "SELECT LAST_INSERT_ID()", "SELECT @@last_insert_id")


def asks_about_results(step):
    return step in LAST_STATEMENT or step == "SHOW WARNINGS LIMIT 1"


class Command:
    """A command whose answer is compared byte by byte."""

    def __init__(self, payload):
        self.payload = payload

    def __repr__(self):
        return f"command {self.payload!r}"

    def run(self, client):
        return raw.ask(client, self.payload)


class Prepared:
    """A statement that is prepared, executed twice, and closed."""

    def __init__(self, text, cursor):
        self.text = text
        self.cursor = cursor

    def __repr__(self):
        return f"prepared {self.text!r}{' with a cursor' if self.cursor else ''}"

    def run(self, client):
        first, *rest = raw.ask_to_prepare(client, self.text)
        if first[0] == 0xFF:
            return first
        statement = struct.unpack("<I", first[1:5])[0]
        found = [first[5:], *rest]
        for _ in range(2):
            found += raw.ask(client, raw.execute(statement, int(self.cursor)))
            if self.cursor and found[-1][0] == 0xFE:
                client._sock.sendall(raw.packet(raw.fetch(statement, 2)))
                found += raw.read_until_end(client)
        client._sock.sendall(raw.packet(raw.close(statement)))
        return found


class ChangeUser:
    def __init__(self, schema):
        self.schema = schema

    def __repr__(self):
        return f"change_user with {self.schema}"

    def run(self, client):
        proof = scramble_native_password(b"app", client.salt[:20])
        client._sock.sendall(raw.packet(
            b"\x11app\0" + raw.lenenc(proof) + self.schema.encode() + b"\0"
            + struct.pack("<H", 45) + b"mysql_native_password\0\0"))
        sequence, answer = raw.read_packet(client._sock)
        if answer[0] == 0xFE:  # by another scramble
            scramble = answer.split(b"\0", 1)[1][:20]
            proof = scramble_native_password(b"app", scramble)
            client._sock.sendall(raw.packet(proof, sequence + 1))
            _, answer = raw.read_packet(client._sock)
        return answer


CLOSED = "the connection is closed"


def outcome(client, step):
    """All that a client is told about a step."""
    try:
        if not isinstance(step, str):
            return step.run(client)
        client.query(step)
        results = [result_of(client._result)]
        while client._result.has_next:
            client.next_result()
            results.append(result_of(client._result))
        return results
    except pymysql.MySQLError as error:
        return CLOSED if error.args[0] in (0, 2006, 2013) else error.args


def result_of(result):
    # PyMySQL keeps that of an OK packet: in a transaction, autocommit, backslashes are no escapes.
    status = result.server_status is not None and result.server_status & 0x0203
    names = [column[:2] for column in result.description or ()]
    return (names, result.rows, result.affected_rows, result.insert_id, result.warning_count,
            status)
