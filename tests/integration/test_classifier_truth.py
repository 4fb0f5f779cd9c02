"""Asks a real server whether the statements of the corpus are what the classifier takes them for.

A statement that is classified as a read runs on a connection like those to replicas
(tx_read_only=1, MySQL: transaction_read_only=1): the server must not refuse it as a write (1792),
the binlog must not move, and nothing of the session may change. A statement that changes rows or
the schema must be refused there, or show in the binlog. That the classifier says what the corpus
says is the business of the unit tests.
"""

import pathlib
import re

import flavours
import pytest
from corpus_statements import CORPUS_SERVER, connect, rows, run, unescape
from lone_server import LoneServer

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus" / "sql" / "statements.tsv"
READ_ONLY_TRANSACTION = 1792  # ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
SCHEMA = "truth"
FLAVOUR = flavours.chosen()
# Every column that the statements of the corpus name most.
COLUMNS = (
    "id a b c d e k q r s v w x y z col doc parent sku total email password username version type "
    "status value next previous begin end share cache count date time user role queue "
    "deleted_at user_id order_id option_name option_value autoload app session_key "
    "update_time delete_flag insert_id procedure_column post_date object_id term_taxonomy_id"
).split()
# What one session sees change without any statement's doing.
MOVING_VARIABLES = {"TIMESTAMP", "RAND_SEED1", "RAND_SEED2", "LAST_GTID", "ERROR_COUNT",
                    "WARNING_COUNT", "PSEUDO_THREAD_ID", "IN_TRANSACTION", "STATEMENT_ID"}
# What a session is asked for its state, and the variable that makes it like one on a replica.
STATE = {
    "mariadb": {
        "variables": "SELECT VARIABLE_NAME, VARIABLE_VALUE "
                     "FROM information_schema.SESSION_VARIABLES",
        "user variables": "SELECT * FROM information_schema.USER_VARIABLES",
        "schema": "SELECT DATABASE(), CURRENT_ROLE(), @@in_transaction",
        "user locks": "SELECT RELEASE_ALL_LOCKS()",
        "temporary tables": "SELECT * FROM information_schema.TABLES "
                            "WHERE TABLE_TYPE = 'TEMPORARY'",
    },
    "mysql": {
        "variables": "SELECT UPPER(VARIABLE_NAME), VARIABLE_VALUE "
                     "FROM performance_schema.session_variables",
        "user variables": "SELECT VARIABLE_NAME, VARIABLE_VALUE "
                          "FROM performance_schema.user_variables_by_thread "
                          "WHERE THREAD_ID = PS_CURRENT_THREAD_ID()",
        "schema": "SELECT DATABASE(), CURRENT_ROLE(), "
                  "(SELECT COUNT(*) FROM information_schema.INNODB_TRX "
                  "WHERE TRX_MYSQL_THREAD_ID = CONNECTION_ID())",
        "user locks": "SELECT RELEASE_ALL_LOCKS()",
        "temporary tables": "SELECT * FROM information_schema.INNODB_TEMP_TABLE_INFO",
    },
}[FLAVOUR.name]
READ_ONLY = "transaction_read_only" if FLAVOUR.name == "mysql" else "tx_read_only"
ALTERING = {"changes rows", "changes the schema", "uses a sequence",
            "maintains tables, and is replicated"}


def load_corpus():
    modes = ""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if line.startswith("@modes"):
            modes = ",".join(line.split()[1:]).upper()
        elif line and not line.startswith("#"):
            kind, writes, tables, statement, why = line.split("\t")
            names = [] if tables == "-" else tables.split(" ")
            yield kind, writes == "yes", names, modes, unescape(statement), why


CASES = list(load_corpus())


def binlog_position(connection):
    return rows(connection, FLAVOUR.logged_position)[0][0]


def session_state(connection):
    state = {part: rows(connection, question) for part, question in STATE.items()}
    state["variables"] = {name: value for name, value in state["variables"]
                          if name not in MOVING_VARIABLES}
    return state


def create_tables(connection):
    """Every table that a read of the corpus names, with many columns and one row."""
    columns = ", ".join(f"`{name}` VARCHAR(100)" for name in COLUMNS if name != "id")
    names = {name.replace("``", "`") for kind, _, tables, *_ in CASES if kind == "read"
             for name in (unescape(table).decode() for table in tables)}
    for name in sorted(names):
        schema, _, table = name.rpartition(".")
        if schema.lower() == "information_schema":
            continue
        schema = schema or SCHEMA
        quoted = table.replace("`", "``")
        run(connection, f"CREATE DATABASE IF NOT EXISTS `{schema}`")
        error = run(connection, f"CREATE TABLE IF NOT EXISTS `{schema}`.`{quoted}` "
                                f"(id INT PRIMARY KEY AUTO_INCREMENT, {columns})")
        assert error is None, f"{name}: {error}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    with LoneServer(FLAVOUR.name, folder, *CORPUS_SERVER[FLAVOUR.name]) as running:
        with connect(running, None) as connection:
            run(connection, f"CREATE DATABASE {SCHEMA}")
        with connect(running, SCHEMA) as connection:
            create_tables(connection)
        yield running


def test_reads_are_reads(server):
    executed = 0
    wrong = []
    reads = [case for case in CASES if case[0] == "read" and "MULTIBYTE" not in case[3]]
    observer = connect(server, SCHEMA)
    for _, _, _, modes, statement, _ in reads:
        with connect(server, SCHEMA) as connection:
            run(connection, f"SET sql_mode = '{modes}', {READ_ONLY} = 1")
            before, position = session_state(connection), binlog_position(observer)
            error = run(connection, statement.replace(b"?", b"1"))
            executed += error is None
            after = session_state(connection)
            if error == READ_ONLY_TRANSACTION:
                wrong.append((statement, "refused as a write"))
            if binlog_position(observer) != position:
                wrong.append((statement, "in the binlog"))
            wrong += [(statement, part, before[part], after[part])
                      for part in before if before[part] != after[part]]
    observer.close()
    assert not wrong
    assert executed > 0.75 * len(reads), f"only {executed} of {len(reads)} could be run"


def test_writes_are_writes(server):
    """None that the server runs on a read-only connection leaves the binlog as it was."""
    refused = moved = 0
    wrong = []
    observer = connect(server, SCHEMA)
    for kind, writes, _, modes, statement, why in CASES:
        if kind != "primary" or not writes or why not in ALTERING:
            continue
        with connect(server, SCHEMA) as connection:
            run(connection, f"SET sql_mode = '{modes}', {READ_ONLY} = 1")
            position = binlog_position(observer)
            error = run(connection, statement.replace(b"?", b"1"))
            refused += error == READ_ONLY_TRANSACTION
            if binlog_position(observer) != position:
                moved += 1
            elif error is None and not allowed_to_stay(statement):
                wrong.append(statement)
    observer.close()
    assert not wrong
    assert refused > 20 and moved > 2, (refused, moved)


def allowed_to_stay(statement):
    """Statements that do no work here but would elsewhere, or are not written to the binlog."""
    return re.search(rb"LOCAL|NO_WRITE_TO_BINLOG|EXPLAIN|/\*M?!|TEMPORARY|IF EXISTS|BINARY LOGS",
                     statement, re.IGNORECASE) is not None
