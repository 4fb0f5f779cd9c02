"""MariaDB's command line tools print the same directly and through the proxy."""

import re
import subprocess

import pytest
from drivers import SCHEMA, certificates, cluster, difference, drivers, settings  # noqa: F401


def tool(server, name, *arguments, stdin="", check=True, address=True):
    """What a tool prints; of a failing one what it says, as well."""
    environment = server.environment
    where = (["--host", environment["DB_HOST"], "--port", environment["DB_PORT"]] if address else
             ["--socket", environment["DB_SOCKET"]])
    done = subprocess.run(
        [name, "--no-defaults", *where, "-uapp", "-papp", *arguments], input=stdin,
        capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=60,
        env={"PATH": "/usr/bin:/bin", "TZ": "UTC"})
    assert done.returncode == 0 or not check, f"{server.name}: {done.stderr}{done.stdout[-2000:]}"
    text = done.stdout + done.stderr if not check else done.stdout
    return re.sub(r"\d{1,3}\.\d{3} sec", "", text)  # how long it took


def same(drivers, *arguments, **options):  # noqa: F811
    directly = tool(drivers.direct, *arguments, **options)
    equal(directly, tool(drivers.through, *arguments, **options))
    return directly


def equal(directly, through):
    """Without pytest's comparison, which takes minutes for long texts."""
    if directly != through:
        raise AssertionError(difference("different", directly, through))


@pytest.mark.parametrize("arguments", [
    ["--table"], ["--vertical"], ["--xml"], ["--html"],
    ["--quick"], ["--raw", "--batch"], ["--compress"], ["--unbuffered", "--force"],
    ["--default-character-set=latin1"], ["--binary-mode"],
    ["--comments", "--show-warnings", "-vvv"],
])
def test_queries(drivers, arguments):  # noqa: F811
    text = """SELECT * FROM every_type ORDER BY id; SELECT * FROM zero_dates;
        SELECT COUNT(*), SUM(n) FROM numbers; SELECT CAST('1x' AS SIGNED); SHOW WARNINGS;
        CALL twice(); CALL sums(1, @a, @b); SELECT @a, @b;
        CREATE OR REPLACE TABLE typed (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10));
        INSERT INTO typed (v) VALUES ('Grüße'), ('日本'); UPDATE typed SET v = 'x';
        SELECT * FROM typed; SHOW CREATE TABLE children; DESCRIBE numbers;"""
    assert "99999999" in same(drivers, "mariadb", *arguments, SCHEMA, stdin=text)


def test_errors(drivers):  # noqa: F811
    said = same(drivers, "mariadb", "--force", SCHEMA, check=False,
                stdin="SELEC 1; SELECT * FROM missing; USE nowhere; SELECT 'on';"
                      "CALL fails_after_rows();")
    assert "ERROR 1064 (42000)" in said and "on\n" in said
    for arguments in (["-pwrong"], ["nowhere"], ["-uother", "-psecret", "mysql"]):
        same(drivers, "mariadb", *arguments, check=False)


def test_source_and_delimiters(drivers, tmp_path):  # noqa: F811
    inner, outer = tmp_path / "inner.sql", tmp_path / "outer.sql"
    inner.write_text("INSERT INTO sourced VALUES (1, 'one; two'), (2, '''');\n")
    outer.write_text(f"""CREATE OR REPLACE TABLE sourced (id INT, v VARCHAR(20));
        source {inner}
        DELIMITER $$
        CREATE OR REPLACE PROCEDURE sourced() BEGIN SELECT COUNT(*) AS c FROM sourced; END $$
        DELIMITER ;
        CALL sourced();
        SET @a = 7; SELECT @a, v FROM sourced ORDER BY id;
        \\u mysql
        SELECT DATABASE();
        """)
    printed = same(drivers, "mariadb", SCHEMA, "-e", f"source {outer}")
    assert "one; two" in printed and "mysql" in printed


def test_names_are_completed(drivers):  # noqa: F811
    """Reading the columns of all tables first (COM_FIELD_LIST)."""
    same(drivers, "mariadb", "--auto-rehash", SCHEMA, "-e", "SELECT 1")


def test_by_the_socket_and_with_tls(drivers):  # noqa: F811
    status = "SELECT DATABASE(), SUBSTRING_INDEX(USER(), '@', 1)"
    same(drivers, "mariadb", SCHEMA, "-e", status, address=False)
    same(drivers, "mariadb", "--ssl", f"--ssl-ca={drivers.direct.environment['DB_CA']}", SCHEMA,
         "-e", status)


def test_load_data_local(drivers, tmp_path):  # noqa: F811
    lines = tmp_path / "loaded.txt"
    lines.write_text("".join(f"{n}\tname {n}\n" for n in range(50000)))
    text = (f"CREATE OR REPLACE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(30));"
            f"LOAD DATA LOCAL INFILE '{lines}' INTO TABLE loaded;"
            "SELECT COUNT(*), SUM(id), MAX(name) FROM loaded; TRUNCATE loaded")
    same(drivers, "mariadb", "--local-infile=1", SCHEMA, "-e", text)
    same(drivers, "mariadb-import", "--local", "--delete", SCHEMA, str(lines))
    assert "50000" in tool(drivers.through, "mariadb", "--comments", SCHEMA, "-e",
                           "/* understudy: strong */ SELECT COUNT(*) FROM loaded")
    same(drivers, "mariadb", "--local-infile=0", SCHEMA, "-e", text, check=False)


def dumped(text):
    """A dump without what says where and when it was made."""
    return re.sub(r"^-- (Host|Dump completed|Server version).*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("arguments", [
    [], ["--single-transaction", "--routines", "--triggers", "--events"],
    ["--hex-blob", "--tz-utc"],
    ["--skip-extended-insert", "--complete-insert", "--order-by-primary", "--lock-all-tables"],
    ["--quick", "--no-data", "--databases"], ["--skip-quick", "--compress", "--add-locks"],
])
def test_dump(drivers, arguments):  # noqa: F811
    texts = [dumped(tool(server, "mariadb-dump", *arguments, SCHEMA))
             for server in (drivers.direct, drivers.through)]
    equal(*texts)
    assert "every_type" in texts[0]


def test_restore_of_a_dump(drivers, cluster):  # noqa: F811
    """Through the proxy both: what comes back is what was there."""
    made = tool(drivers.through, "mariadb-dump", "--single-transaction", "--routines", "--triggers",
                "--hex-blob", SCHEMA)
    cluster.make_schema("restored")
    tool(drivers.through, "mariadb", "restored", stdin=made)
    for schema in (SCHEMA, "restored"):
        cluster.execute("db1", f"ANALYZE TABLE {schema}.numbers")
    asked = "CHECKSUM TABLE " + ", ".join(
        f"{{0}}.{table}"
        for table in ("every_type", "zero_dates", "numbers", "parents", "children"))
    was, now = [[row[1] for row in cluster.execute("db1", asked.format(schema))]
                for schema in (SCHEMA, "restored")]
    assert now == was and None not in was
    assert cluster.execute("db1", "SELECT restored.tripled(14)") == ((42,),)
    assert cluster.execute("db1", "SELECT COUNT(*) FROM restored.cheap") == ((0,),)


def test_other_tools(drivers):  # noqa: F811
    assert same(drivers, "mariadb-admin", "ping") == "mysqld is alive\n"
    assert "Uptime" in tool(drivers.through, "mariadb-admin", "status")
    assert "every_type" in same(drivers, "mariadb-show", SCHEMA)
    assert "as it is written" in same(drivers, "mariadb-show", "--keys", SCHEMA, "parents", "%")
    assert "OK" in same(drivers, "mariadb-check", "--check", SCHEMA)
    assert "wait_timeout" in tool(drivers.through, "mariadb-admin", "variables")
    assert "Average" in tool(drivers.through, "mariadb-slap", "--concurrency=4", "--iterations=2",
                             "--query=SELECT 1", f"--create-schema={SCHEMA}")
