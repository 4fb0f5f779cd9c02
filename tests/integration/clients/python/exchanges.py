"""Several results, procedures, errors, and statements that are ended."""

import threading
import time

import driver
from driver import check, error_of, execute, report, rows, value


def results(cursor):
    seen = [cursor.fetchall() if cursor.description else cursor.rowcount]
    while cursor.nextset():
        seen.append(cursor.fetchall() if cursor.description else cursor.rowcount)
    return seen


def several():
    with driver.connect(client_flag=driver.CLIENT.MULTI_STATEMENTS) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1; SELECT n FROM numbers WHERE n < 3 ORDER BY n; SET @x = 5;"
                       "SELECT @x;"
                       "DROP TABLE IF EXISTS one_of_several; CREATE TABLE one_of_several (id INT);"
                       "INSERT INTO one_of_several VALUES (1), (2); SELECT * FROM one_of_several")
        report("several statements", results(cursor))
        cursor.execute("SELECT 1; SELECT * FROM missing; SELECT 3")
        report("the second fails", error_of(results, cursor))
        cursor.close()
        report("usable afterwards", value(connection, "SELECT 9"))


def procedures():
    with driver.connect() as connection:
        for name, arguments in [("twice", ()), ("no_rows", ()), ("sums", (5, 0, 1.5)),
                                ("sums_and_rows", (3, 0))]:
            with connection.cursor() as cursor:
                cursor.callproc(name, arguments)
                report(name, results(cursor))
            if arguments:
                marks = ", ".join(f"@_{name}_{n}" for n in range(len(arguments)))
                report(f"what {name} gave", rows(connection, f"SELECT {marks}"))
        with connection.cursor() as cursor:
            cursor.callproc("fails_after_rows")
            report("rows before an error", cursor.fetchall())
            report("the error", error_of(results, cursor))
        report("a function", value(connection, "SELECT tripled(14)"))


def errors():
    with driver.connect() as connection:
        execute(connection, "DROP TABLE IF EXISTS strict",
                "CREATE TABLE strict (id INT PRIMARY KEY, v VARCHAR(3) NOT NULL, CHECK (id < 100))",
                "INSERT INTO strict VALUES (1, 'a')")
        for name, statement in [
                ("duplicate key", "INSERT INTO strict VALUES (1, 'b')"),
                ("too long", "INSERT INTO strict VALUES (2, 'long')"),
                ("out of range", "INSERT INTO strict VALUES (99999999999, 'x')"),
                ("not null", "INSERT INTO strict VALUES (2, NULL)"),
                ("check", "INSERT INTO strict VALUES (100, 'x')"),
                ("syntax", "SELEC 1"), ("empty", ""),
                ("no such table", "SELECT * FROM missing"),
                ("no such column", "SELECT missing FROM strict"),
                ("no such schema", "SELECT * FROM missing.missing"),
                ("no such procedure", "CALL missing()"),
                ("foreign key", "INSERT INTO children (parent) VALUES (77)"),
                ("in use", "DELETE FROM parents WHERE id = 1 AND (SELECT 1 FROM missing)"),
                ("own error", "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Grüße'"),
                ("several without leave", "SELECT 1; SELECT 2")]:
            report(name, error_of(execute, connection, statement))
        report("usable afterwards", rows(connection, "SELECT * FROM strict"))


def cancel():
    with driver.connect() as connection, driver.connect() as killer:
        number = value(connection, "SELECT CONNECTION_ID()")
        for turn in range(2):
            ended = []
            sleeper = threading.Thread(
                target=lambda: ended.append(error_of(
                    value, connection, "SELECT SLEEP(30), 'slept'")),
                daemon=True)
            sleeper.start()
            deadline = time.monotonic() + 20
            while sleeper.is_alive() and time.monotonic() < deadline:
                execute(killer, f"KILL QUERY {number}")  # may come before the statement does
                sleeper.join(0.2)
            sleeper.join()
            # A SLEEP that is interrupted gives 1 or an error, as it happens.
            check(f"KILL QUERY, {turn}", ended[0] == "no error: 1" or ended[0][1] == 1317)
            report(f"usable after KILL QUERY, {turn}", value(connection, "SELECT 8"))
        execute(killer, f"KILL {number}")
        report("after KILL", error_of(value, connection, "SELECT 1")[1] in (2006, 2013, 1927))
        report("an unknown id", error_of(execute, killer, "KILL 4000000000"))
