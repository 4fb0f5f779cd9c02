"""Small helpers over PyMySQL."""

import contextlib

import pymysql


def connect(port, **options):
    """A connection as the application account, in autocommit unless told otherwise."""
    options = {
        "host": "127.0.0.1",
        "user": "app",
        "password": "app",
        "autocommit": True,
        "connect_timeout": 10,
        "read_timeout": 60,
        "write_timeout": 60,
        **options,
    }
    return pymysql.connect(port=port, **options)


@contextlib.contextmanager
def session(port, **options):
    connection = connect(port, **options)
    try:
        yield connection
    finally:
        if connection.open:
            connection.close()


def execute(connection, statement, arguments=None):
    """Runs one statement and returns its rows, a tuple of tuples."""
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall()


def value(connection, statement, arguments=None):
    """The first column of the first row."""
    return execute(connection, statement, arguments)[0][0]
