"""What arrives of values, columns and large results."""

import hashlib

import driver
from driver import check, execute, report, rows, value

COLUMNS = ("name", "type_code", "display_size", "internal_size", "precision", "scale", "null_ok")


def types():
    with driver.connect(init_command="SET time_zone = '+00:00'") as connection:
        names = [row[0] for row in rows(connection, "SHOW COLUMNS FROM every_type")]
        every = rows(connection, "SELECT * FROM every_type ORDER BY id")
        for row in every:
            for name, it in zip(names, row):
                report(f"row {row[0]}, {name}", shown(it))
        report("zero dates", rows(connection, "SELECT * FROM zero_dates ORDER BY id"))
        report("expressions", rows(
            connection, "SELECT 1, -1, 1.50, 1e3, 'x', NULL, NOW() > 0, TRUE, x'00ff', b'11',"
            " COUNT(*), SUM(n), AVG(n), MAX(text), DATE '2024-01-02', TIME '-01:02:03.5'"
            " FROM numbers"))
        execute(connection, "DROP TABLE IF EXISTS copies", "CREATE TABLE copies LIKE every_type")
        marks = ", ".join(["%s"] * len(names))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO copies VALUES ({marks})", every[2:])
        connection.commit()
        report("what was written", [[shown(it) for it in row] for row in rows(
            connection, "SELECT * FROM copies ORDER BY id")])


def shown(it):
    if isinstance(it, (bytes, str)) and len(it) > 300:
        data = it if isinstance(it, bytes) else it.encode()
        return f"{type(it).__name__}, {len(it)}, {hashlib.sha256(data).hexdigest()}"
    return repr(it)


def metadata():
    with driver.connect() as connection:
        for table in ("every_type", "numbers", "children", "cheap"):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {table} AS it LIMIT 1")
                for column in cursor.description:
                    report(f"{table}, {column[0]}", dict(zip(COLUMNS, column)))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 AS one, 'x' AS x, n AS renamed, COUNT(*) FROM numbers")
            report("made up", cursor.description)
            if not driver.IS_PYMYSQL:
                report("flags", cursor.description_flags)
            cursor.execute("DO 1")
            report("no result", cursor.description)
        report("as dictionaries", rows(
            connection, "SELECT a.id, b.id FROM parents a JOIN parents b USING (id)", None,
            driver.cursors.DictCursor))


def streams():
    with driver.connect() as connection:
        with connection.cursor(driver.cursors.SSCursor) as cursor:
            cursor.execute("SELECT n, text FROM numbers ORDER BY n")
            total = count = 0
            for n, text in cursor:
                total += n + len(text)
                count += 1
            report("a whole stream", [count, total])
        report("usable afterwards", value(connection, "SELECT 5"))
        with connection.cursor(driver.cursors.SSCursor) as cursor:
            cursor.execute("SELECT n, text FROM numbers ORDER BY n")
            report("the first rows", cursor.fetchmany(3))
        # The rest was read and dropped by close().
        report("usable after half a stream", value(connection, "SELECT 6"))
    with driver.connect() as abandoned:
        cursor = abandoned.cursor(driver.cursors.SSCursor)
        cursor.execute("SELECT a.n, a.text FROM numbers a JOIN numbers b ON b.n < 50")
        report("the first of many rows", cursor.fetchone())
    with driver.connect() as connection:
        report("others go on", value(connection, "SELECT 7"))


def large():
    size = 17 * 1024 * 1024
    with driver.connect() as connection:
        text = value(connection, f"SELECT REPEAT('abcdefgh', {size // 8})")
        check("over 16 MiB from the server", text == "abcdefgh" * (size // 8))
        execute(connection, "DROP TABLE IF EXISTS heavy",
                "CREATE TABLE heavy (id INT PRIMARY KEY, b LONGBLOB)")
        data = bytes(range(256)) * (size // 256)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO heavy VALUES (1, UNHEX(%s))", (data.hex(),))
        connection.commit()
        report("over 32 MiB to the server", rows(
            connection, "SELECT LENGTH(b), MD5(b) FROM heavy"))
        check("and back", value(connection, "SELECT b FROM heavy") == data)
        for around in (2**24 - 2, 2**24 - 1, 2**24):
            check(f"a row of about {around} bytes", len(value(
                connection, f"SELECT REPEAT('x', {around - 4})")) == around - 4)
