"""What a session set follows it, and nobody else."""

import random
import threading

import pymysql
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


class Walker:
    """One session doing random things, and a model of what it must see."""

    def __init__(self, understudy, seed):
        self.random = random.Random(seed)
        self.understudy = understudy
        self.client = None
        self.reconnect()

    def reconnect(self):
        if self.client is not None:
            self.client.close()
        self.schema = self.random.choice(SCHEMAS)
        self.client = self.understudy.connect(database=self.schema)
        self.variable, self.zone, self.temporary, self.last_id = None, "SYSTEM", None, 0

    def set_variable(self):
        self.variable = self.random.randrange(10**9)
        sql.execute(self.client, "SET @v = %s", (self.variable,))

    def set_zone(self):
        self.zone = f"+{self.random.randrange(1, 13):02}:00"
        sql.execute(self.client, "SET time_zone = %s", (self.zone,))

    def use(self):
        self.schema = self.random.choice(SCHEMAS)
        sql.execute(self.client, f"USE {self.schema}")

    def insert(self):
        with self.client.cursor() as cursor:
            cursor.execute("INSERT INTO log (v) VALUES (%s)", (self.random.randrange(100),))
            self.last_id = cursor.lastrowid

    def temporary_table(self):
        self.temporary = self.random.randrange(10**9)
        sql.execute(self.client, "DROP TEMPORARY TABLE IF EXISTS state_a.tmp")
        sql.execute(self.client, "CREATE TEMPORARY TABLE state_a.tmp (v INT)")
        sql.execute(self.client, "INSERT INTO state_a.tmp VALUES (%s)", (self.temporary,))

    def drop_temporary_table(self):
        sql.execute(self.client, "DROP TEMPORARY TABLE IF EXISTS state_a.tmp")
        self.temporary = None

    def transaction(self):
        sql.execute(self.client, "BEGIN")
        self.insert()
        self.check()
        sql.execute(self.client, self.random.choice(["COMMIT", "ROLLBACK"]))

    def check(self):
        assert sql.value(self.client, "SELECT name FROM me") == self.schema
        assert sql.value(self.client, "SELECT @v") == self.variable
        assert sql.value(self.client, "SELECT @@time_zone") == self.zone
        assert sql.value(self.client, "SELECT DATABASE()") == self.schema
        if self.last_id:
            assert sql.value(self.client, "SELECT LAST_INSERT_ID()") == self.last_id
        try:
            seen = sql.value(self.client, "SELECT v FROM state_a.tmp")
        except pymysql.MySQLError as error:
            assert error.args[0] == 1146
            seen = None
        assert seen == self.temporary

    def walk(self, steps):
        actions = [self.set_variable, self.set_zone, self.use, self.insert, self.temporary_table,
                   self.drop_temporary_table, self.transaction, self.reconnect]
        done = []
        try:
            for _ in range(steps):
                action = self.random.choice(actions)
                done.append(action.__name__)
                action()
                self.check()
        except Exception as error:
            raise AssertionError(f"after {done[-8:]}") from error
        finally:
            self.client.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sessions_never_see_each_other(understudy, seed):
    failures = []

    def run(index):
        try:
            Walker(understudy, seed * 100 + index).walk(60)
        except BaseException as error:  # handed to the main thread, which fails with it
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_texts_are_read_as_the_servers_read_them(cluster, understudy):
    # With a backslash as an escape this is a read of one string, without it there is a call in it.
    statement = r"SELECT 'a\', LAST_INSERT_ID(5) -- '"
    cluster.execute_as_root("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'")
    try:
        def runs_on_the_primary():
            with understudy.session() as client:
                assert sql.execute(client, statement)[0] == ("a\\", 5)
                return sql.execute(client, "SHOW UNDERSTUDY ROUTE")[0][0] == "db1"

        wait_until(runs_on_the_primary)
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
