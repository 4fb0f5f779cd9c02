"""Answers arrive as the server gave them."""

import pymysql
import pytest
import sql
from pymysql.constants import CLIENT


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "answers", "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) CHARACTER SET utf8mb4)",
        "INSERT INTO t VALUES (1, 'one')",
        "CREATE PROCEDURE twice() BEGIN SELECT 1 AS a; SELECT 2 AS b; END")


def failure(connection, statement):
    with pytest.raises(pymysql.MySQLError) as caught:
        sql.execute(connection, statement)
    return type(caught.value), caught.value.args


@pytest.mark.parametrize("statement", [
    "INSERT INTO t VALUES (1, 'again')",
    "SELECT * FROM missing",
    "SELECT missing FROM t",
    "SELEC 1",
    "INSERT INTO t VALUES (2, REPEAT('x', 21))",
    "SIGNAL SQLSTATE '45000'",
    "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'mine', MYSQL_ERRNO = 5000",
    "",
])
def test_errors_pass_unchanged(cluster, understudy, statement):
    with understudy.session(database="answers") as client, \
            cluster.connect("db1", database="answers") as direct:
        assert failure(client, statement) == failure(direct, statement)
        assert sql.value(client, "SELECT v FROM t WHERE id = 1") == "one"


def test_affected_rows_and_insert_id(understudy):
    with understudy.session(database="answers") as client, client.cursor() as cursor:
        cursor.execute("CREATE TABLE n (id INT AUTO_INCREMENT PRIMARY KEY, v INT)")
        assert cursor.execute("INSERT INTO n (v) VALUES (1), (2), (3)") == 3
        assert cursor.lastrowid == 1
        assert cursor.execute("UPDATE n SET v = 9 WHERE id > 1") == 2


def test_warnings_belong_to_the_statement_before(understudy):
    with understudy.session(database="answers") as client:
        for _ in range(20):
            sql.execute(client, "SELECT CAST('12x' AS SIGNED)")
            rows = sql.execute(client, "SHOW WARNINGS")
            assert [row[1] for row in rows] == [1292]


def test_several_statements_in_one_text(understudy):
    with understudy.session(database="answers", client_flag=CLIENT.MULTI_STATEMENTS) as client, \
            client.cursor() as cursor:
        cursor.execute("SELECT 1; INSERT INTO t VALUES (50, 'x'); SELECT v FROM t WHERE id = 50;"
                       " DELETE FROM t WHERE id = 50")
        results = [cursor.fetchall()]
        while cursor.nextset():
            results.append(cursor.fetchall())
        assert results == [((1,),), (), (("x",),), ()]
        cursor.execute("SELECT v FROM t WHERE id = 1")
        assert cursor.fetchall() == (("one",),)


def test_an_error_ends_several_statements(understudy):
    with understudy.session(database="answers", client_flag=CLIENT.MULTI_STATEMENTS) as client, \
            client.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT * FROM missing; SELECT 3")
        with pytest.raises(pymysql.MySQLError) as caught:
            cursor.nextset()
        assert caught.value.args[0] == 1146
    with understudy.session(database="answers") as client:
        assert failure(client, "SELECT 1; SELECT 2")[1][0] == 1064


def test_a_procedure_with_several_results(understudy):
    with understudy.session(database="answers") as client, client.cursor() as cursor:
        cursor.execute("CALL twice()")
        assert cursor.fetchall() == ((1,),)
        assert cursor.nextset() and cursor.fetchall() == ((2,),)
        while cursor.nextset():
            pass
        cursor.execute("SELECT 7")
        assert cursor.fetchall() == ((7,),)


@pytest.mark.parametrize(
    "text", ["Grüße", "日本語", "emoji 🎭", "quote ' \\ \" `", "\x00\x01"])
def test_texts_survive(understudy, text):
    with understudy.session(database="answers", charset="utf8mb4") as client:
        sql.execute(client, "REPLACE INTO t VALUES (60, %s)", (text,))
        assert sql.value(client, "SELECT v FROM t WHERE id = 60") == text


def test_every_byte_survives(understudy):
    data = bytes(range(256)) * 16
    with understudy.session(database="answers") as client:
        assert sql.value(client, "SELECT UNHEX(%s)", (data.hex(),)) == data


def test_ping(understudy):
    with understudy.session() as client:
        client.ping(reconnect=False)
