"""Writing: one row, many, from files; what is said of it."""

import os
import tempfile

import driver
from driver import error_of, execute, report, rows, value


def batches():
    with driver.connect() as connection:
        execute(connection, "DROP TABLE IF EXISTS items",
                "CREATE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY,"
                " name VARCHAR(20) UNIQUE, n INT)")
        with connection.cursor() as cursor:
            many = [(f"item {n}", n) for n in range(5000)]
            report("rows written", cursor.executemany(
                "INSERT INTO items (name, n) VALUES (%s, %s)", many))
            report("rows updated", cursor.executemany(
                "UPDATE items SET n = %s WHERE name = %s",
                [(n * 2, name) for name, n in many[:50]]))
            report("one of them fails", error_of(
                cursor.executemany, "INSERT INTO items (name, n) VALUES (%s, %s)",
                [("new", 1), ("item 7", 2), ("newer", 3)]))
        connection.commit()
        report("what is there", rows(connection, "SELECT COUNT(*), SUM(n), MAX(id) FROM items"))


def writes():
    with driver.connect(autocommit=True) as connection, \
            driver.connect(autocommit=True, client_flag=driver.CLIENT.FOUND_ROWS) as found:
        execute(connection, "DROP TABLE IF EXISTS counted",
                "CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(5), n INT)")
        cursor = connection.cursor()
        report("affected by INSERT", cursor.execute(
            "INSERT INTO counted (v, n) VALUES ('a', 1), ('b', 2), ('c', 3)"))
        report("first id", [cursor.lastrowid, connection.insert_id(),
                            value(connection, "SELECT LAST_INSERT_ID()")])
        report("id stays after a read", [value(connection, "SELECT n FROM counted WHERE id = 2"),
                                         value(connection, "SELECT LAST_INSERT_ID()")])
        report("changed rows", cursor.execute("UPDATE counted SET n = 2"))
        report("matched rows", found.cursor().execute("UPDATE counted SET n = 2"))
        report("affected by REPLACE", cursor.execute("REPLACE INTO counted VALUES (1, 'z', 9)"))
        report("affected by an upsert", cursor.execute(
            "INSERT INTO counted VALUES (1, 'z', 9) ON DUPLICATE KEY UPDATE n = 10"))
        report("affected by DELETE", cursor.execute("DELETE FROM counted WHERE id > 1"))
        execute(connection, "SET SESSION sql_mode = ''")
        cursor.execute("INSERT INTO counted (v, n) VALUES ('too long', 'x')")
        report("warnings", rows(connection, "SHOW WARNINGS"))
        report("warnings are counted", rows(connection, "SELECT @@warning_count"))
        rows(connection, "SELECT 1 / 0, CAST('1x' AS SIGNED)")
        report("warnings of a read", rows(connection, "SHOW WARNINGS"))
        report("info", connection.info() if not driver.IS_PYMYSQL else cursor._result.message)
        report("read after write", rows(connection, "SELECT * FROM counted"))


def infile():
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.writelines(f"{n},name {n}\n" for n in range(20000))
        file.flush()
        load = (f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE loaded"
                " FIELDS TERMINATED BY ',' (id, name)")
        with driver.connect(local_infile=1) as connection:
            execute(connection, "DROP TABLE IF EXISTS loaded",
                    "CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(30))")
            with connection.cursor() as cursor:
                report("rows loaded", cursor.execute(load))
            connection.commit()
            report("what is there", rows(connection, "SELECT COUNT(*), MAX(name) FROM loaded"))
            report("again", error_of(
                execute, connection, load.replace("LOCAL INFILE", "INFILE"))[1])
            report("no such file", str(error_of(execute, connection, load.replace(
                file.name, os.devnull + "/none")))[:40])
        with driver.connect(local_infile=0) as connection:
            report("not allowed by the client", error_of(execute, connection, load)[1])
