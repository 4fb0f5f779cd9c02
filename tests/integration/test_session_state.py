"""What a session set follows it, and nobody else."""

import pytest
import sql
from waiting import wait_until

SCHEMAS = ("state_a", "state_b")


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    for name in SCHEMAS:
        cluster.make_schema(
            name, "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
            f"CREATE TABLE me (name VARCHAR(20)) SELECT '{name}' AS name")


def write(client):
    sql.execute(client, "INSERT INTO state_a.log (v) VALUES (1)")


def test_names_follow(understudy):
    with understudy.session() as client:
        for charset in ("latin1", "utf8mb4", "latin1"):
            sql.execute(client, f"SET NAMES {charset}")
            for _ in range(5):
                write(client)
                assert sql.value(client, "SELECT @@character_set_client") == charset
                assert sql.value(client, "SELECT @@character_set_results") == charset
                assert sql.value(client, "SELECT @@collation_connection").startswith(charset)


def test_session_variables_follow(understudy):
    with understudy.session(database="state_a") as client:
        sql.execute(client, "SET SESSION sql_mode = 'ANSI_QUOTES', group_concat_max_len = 4242")
        sql.execute(client, "SET time_zone = '+03:00'")
        for _ in range(10):
            assert sql.value(client, "SELECT @@sql_mode") == "ANSI_QUOTES"
            assert sql.value(client, 'SELECT "name" FROM "me"') == "state_a"
            write(client)
            assert sql.value(client, "SELECT @@group_concat_max_len") == 4242
            assert sql.value(client, "SELECT @@time_zone") == "+03:00"


def test_user_variables_follow(understudy):
    with understudy.session() as client:
        sql.execute(client, "SET @a = 5, @b = 'it''s'")
        for turn in range(10):
            assert sql.execute(client, "SELECT @a, @b") == ((5 + turn, "it's"),)
            write(client)
            sql.execute(client, "SET @a = @a + 1")


def test_a_reset_forgets(understudy):
    with understudy.session() as client:
        sql.execute(client, "SET @a = 5, time_zone = '+03:00'")
        client._execute_command(31, b"")  # COM_RESET_CONNECTION
        assert client._read_packet().is_ok_packet()
        assert sql.execute(client, "SELECT @a, @@time_zone") == ((None, "SYSTEM"),)


def test_texts_are_read_as_the_servers_read_them(cluster, understudy):
    # With a backslash as an escape this is a read of one string, without it there is a call in it.
    statement = r"SELECT 'a\', LAST_INSERT_ID(5) -- '"
    cluster.execute_as_root("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'")
    try:
        def runs_on_the_primary():
            with understudy.session() as client:
                row = sql.execute(client, statement)[0]
                return (row == ("a\\", 5) and
                        sql.execute(client, "SHOW UNDERSTUDY ROUTE")[0][0] == "db1")

        def mode_of_a_new_session():
            with understudy.session() as client:
                return sql.value(client, "SELECT @@sql_mode")

        wait_until(runs_on_the_primary)
        # Connections from before are used no more, wherever a read goes; each server is asked anew
        # in its own time.
        wait_until(lambda: {mode_of_a_new_session() for _ in range(20)} == {"NO_BACKSLASH_ESCAPES"})
        for _ in range(20):
            assert mode_of_a_new_session() == "NO_BACKSLASH_ESCAPES"
            with understudy.session() as client:
                assert sql.execute(client, statement)[0] == ("a\\", 5)
    finally:
        cluster.execute_as_root("SET GLOBAL sql_mode = DEFAULT")


@pytest.mark.parametrize("target", [
    "@@SQL_SELECT_LIMIT", "@@sql_select_limit", "@@LOCAL.sql_select_limit"])
def test_a_variable_that_is_set_by_its_at_signs(understudy, target):
    """MariaDB does not report SET @@name."""
    asked = "/* understudy: strong */ SELECT 1 UNION SELECT 2"
    for _ in range(5):
        with understudy.session() as client:
            assert len(sql.execute(client, asked)) == 2
            sql.execute(client, f"SET {target} = 1")
            assert len(sql.execute(client, asked)) == 1
