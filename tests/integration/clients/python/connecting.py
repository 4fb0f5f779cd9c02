"""Connecting, sessions, and connections that are used again."""

import driver
from driver import check, error_of, execute, report, rows, value

WHERE = ("SELECT DATABASE(), SUBSTRING_INDEX(USER(), '@', 1), @@character_set_client,"
         " @@collation_connection")


def connect():
    with driver.connect(database=None) as connection:
        report("without a schema", rows(connection, WHERE))
    with driver.connect() as connection:
        report("with a schema", rows(connection, WHERE))
        report("server version", connection.get_server_info())
        connection.select_db("mysql")
        report("another schema", value(connection, "SELECT DATABASE()"))
        report("an unknown schema later", error_of(connection.select_db, "nowhere"))
        connection.ping()
    with driver.connect(charset="latin1") as connection:
        report("latin1", rows(connection, WHERE))
        report("text in latin1", value(connection, "SELECT HEX(%s)", ("Grüße",)))
        report("text from utf8mb4", value(
            connection, "SELECT c_latin1 FROM every_type WHERE id = 1"))
    with driver.connect(init_command="SET @first = 7, time_zone = '+05:00'") as connection:
        report("init_command", rows(connection, "SELECT @first, @@time_zone"))
    with driver.connect(unix_socket=driver.SOCKET) as connection:
        report("by the Unix socket", rows(connection, WHERE))
    with driver.connect(ssl={"ca": driver.CA}) as connection:
        report("with TLS", rows(connection, WHERE))
    if not driver.IS_PYMYSQL:
        with driver.connect(compress=True) as connection:
            report("compressed", value(connection, "SELECT REPEAT('x', 100000)"))
    with driver.connect(user="other", password="secret") as connection:
        report("another user", rows(connection, WHERE))
    refused()


def refused():
    report("wrong password", error_of(driver.connect, password="wrong"))
    report("no password", error_of(driver.connect, password=""))
    # Servers say 1045 or 1698, as the account that stands in for it would have it.
    report("unknown user", error_of(driver.connect, user="nobody")[1] in (1045, 1698))
    report("unknown schema", error_of(driver.connect, database="nowhere"))
    report("no right to the schema",
           error_of(driver.connect, user="other", password="secret", database="mysql"))


def session():
    with driver.connect() as connection, driver.connect() as second:
        execute(connection,
                "SET @mine = 'x', SESSION sql_mode = 'ANSI_QUOTES', lock_wait_timeout = 7")
        execute(connection, "SET time_zone = '-03:00', NAMES utf8mb4 COLLATE utf8mb4_general_ci")
        asked = ("SELECT @mine, @@sql_mode, @@lock_wait_timeout, @@time_zone,"
                 " @@collation_connection,"
                 " FROM_UNIXTIME(0), \"id\" FROM parents")
        for turn in range(5):
            report(f"variables, {turn}", rows(connection, asked))
            report(f"another's variables, {turn}", rows(
                second, "SELECT @mine, @@lock_wait_timeout"))
        execute(connection, "SET SESSION sql_mode = DEFAULT",
                "CREATE TEMPORARY TABLE own AS SELECT 5 AS five")
        report("temporary table", rows(connection, "SELECT * FROM own"))
        report("temporary table of another", error_of(execute, second, "SELECT * FROM own"))
        report("user lock", value(connection, "SELECT GET_LOCK('drivers', 1)"))
        report("user lock of another", value(second, "SELECT GET_LOCK('drivers', 0)"))
        report("user lock released", value(connection, "SELECT RELEASE_LOCK('drivers')"))
        execute(connection, "PREPARE s FROM 'SELECT ? + 1'", "SET @one = 1")
        report("SQL PREPARE", rows(connection, "EXECUTE s USING @one"))
        rows(connection, "SELECT SQL_CALC_FOUND_ROWS n FROM numbers LIMIT 3")
        report("FOUND_ROWS", value(connection, "SELECT FOUND_ROWS()"))
        report("ROW_COUNT", value(connection, "SELECT ROW_COUNT()"))
        execute(connection, "USE mysql")
        report("schema by USE", value(connection, "SELECT DATABASE()"))


def pool():
    """Read one's writes, over connections that come and go and autocommit both ways."""
    with driver.connect(autocommit=True) as connection:
        execute(connection, "DROP TABLE IF EXISTS visits",
                "CREATE TABLE visits (id INT PRIMARY KEY, n INT)",
                "INSERT INTO visits VALUES (1, 0)")
        for turn in range(20):
            execute(connection, "UPDATE visits SET n = n + 1")
            assert value(connection, "SELECT n FROM visits") == turn + 1
        report("read after write", value(connection, "SELECT n FROM visits"))
    for turn in range(10):
        with driver.connect() as connection:
            execute(connection, "SET @left = 1, time_zone = '+01:00'")
            execute(connection, "UPDATE visits SET n = n + 100")
            # Neither committed nor rolled back: closing rolls back.
    with driver.connect() as connection:
        report("nothing is left behind", rows(connection, "SELECT @left, n FROM visits"))
        # Of the same server as the rest, so that both see one number.
        check("a connection is its own",
              value(connection, "SELECT CONNECTION_ID()") ==
              value(connection, "SELECT CONNECTION_ID()"))
    if not driver.IS_PYMYSQL:
        with driver.connect() as connection:
            execute(connection, "SET @left = 1")
            connection.change_user("other", "secret", driver.SCHEMA)
            report("change_user", rows(connection, "SELECT CURRENT_USER(), @left, DATABASE()"))
