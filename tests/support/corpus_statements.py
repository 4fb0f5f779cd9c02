"""Statements of tests/corpus/sql, and running them."""

import re

import pymysql
from pymysql.constants import CLIENT

# Options of the server that they run on.
CORPUS_SERVER = {
    "mariadb": ("--max-statement-time=5", "--plugin-load-add=user_variables"),
    "mysql": ("--max-execution-time=5000", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"),
}


def connect(server, schema, user="root"):
    """To a LoneServer; several statements in one text are allowed."""
    return server.connect(user=user, database=schema, client_flag=CLIENT.MULTI_STATEMENTS)


def unescape(written):
    """A statement of tests/corpus/sql as bytes: \\n, \\t, \\xHH and \\\\ resolved."""
    named = {"n": b"\n", "t": b"\t"}

    def replace(match):
        code = match.group(1)
        if code.startswith("x"):
            return chr(0xDC00 + int(code[1:], 16))  # a byte, kept through the final encode
        return named.get(code, code.encode()).decode()

    text = re.sub(r"\\(x[0-9A-Fa-f]{2}|.)", replace, written)
    return b"".join(bytes([ord(c) - 0xDC00]) if 0xDC00 <= ord(c) < 0xDD00 else c.encode()
                    for c in text)


def run(connection, statement):
    """Runs one text to the end of its last result; returns the server's error number, or None."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            while cursor.nextset():
                pass
    except pymysql.err.MySQLError as error:
        return error.args[0]
    return None


def rows(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
