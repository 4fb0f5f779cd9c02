"""What PyMySQL and mysqlclient (MySQLdb) do not share, and how tests report."""

import contextlib
import importlib
import json
import os

NAME = os.environ["DB_DRIVER"]  # "pymysql" or "MySQLdb"
module = importlib.import_module(NAME)
cursors = importlib.import_module(f"{NAME}.cursors")
CLIENT = importlib.import_module(f"{NAME}.constants.CLIENT")

IS_PYMYSQL = NAME == "pymysql"
CA = os.environ["DB_CA"]
SOCKET = os.environ["DB_SOCKET"]
SCHEMA = os.environ["DB_NAME"]


def connect(**options):
    """With it: a connection to the server that is tested, in the schema unless told otherwise."""
    options = {"host": os.environ["DB_HOST"], "port": int(os.environ["DB_PORT"]),
               "user": os.environ["DB_USER"], "password": os.environ["DB_PASSWORD"],
               "database": SCHEMA, "charset": "utf8mb4", **options}
    if "unix_socket" in options:
        del options["host"], options["port"]
    if options["database"] is None:
        del options["database"]
    return contextlib.closing(module.connect(**options))


def report(test, result):
    print(json.dumps({"test": test, "result": result}, default=repr), flush=True)


def check(test, right):
    """What must hold whoever answers."""
    print(json.dumps({"test": test, "result": "ok"} if right else
                     {"test": test, "failed": "is not so"}), flush=True)


def error_of(action, *arguments, **options):
    """The class and the arguments of the exception that must come."""
    try:
        result = action(*arguments, **options)
    except module.Error as error:
        return [type(error).__name__, *error.args]
    return f"no error: {result!r}"


def rows(connection, statement, arguments=None, cursor=None):
    with connection.cursor(cursor) if cursor else connection.cursor() as it:
        it.execute(statement, arguments)
        return it.fetchall()


def value(connection, statement, arguments=None):
    return rows(connection, statement, arguments)[0][0]


def execute(connection, *statements):
    for statement in statements:
        rows(connection, statement)
