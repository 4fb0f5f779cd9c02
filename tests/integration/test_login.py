"""Logging in, and what goes wrong with it."""

import pymysql
import pytest
import sql
from waiting import wait_until


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("login_a", "CREATE TABLE only_a (id INT)")
    cluster.make_schema("login_b", "CREATE TABLE only_b (id INT)")


def refusal(understudy, **options):
    with pytest.raises(pymysql.MySQLError) as caught:
        understudy.connect(**options)
    return caught.value.args


def test_default_database_at_login(understudy):
    with understudy.session(database="login_a") as client:
        assert sql.value(client, "SELECT DATABASE()") == "login_a"
        assert sql.value(client, "SELECT COUNT(*) FROM only_a") == 0


def test_use_changes_the_database_everywhere(understudy):
    with understudy.session(database="login_a") as client:
        for _ in range(10):
            sql.execute(client, "USE login_b")
            assert sql.value(client, "SELECT COUNT(*) FROM only_b") == 0
            client.select_db("login_a")  # COM_INIT_DB
            sql.execute(client, "INSERT INTO only_a VALUES (1)")
            sql.execute(client, "DELETE FROM only_a")
            assert sql.value(client, "SELECT COUNT(*) FROM only_a") == 0


def test_unknown_database(cluster, understudy):
    code, message = refusal(understudy, database="nowhere")
    assert code == 1049
    with pytest.raises(pymysql.MySQLError) as direct:
        cluster.connect("db1", database="nowhere")
    assert (code, message) == direct.value.args


def test_use_of_an_unknown_database_leaves_the_old_one(understudy):
    with understudy.session(database="login_a") as client:
        with pytest.raises(pymysql.MySQLError) as caught:
            sql.execute(client, "USE nowhere")
        assert caught.value.args[0] == 1049
        assert sql.value(client, "SELECT DATABASE()") == "login_a"


def test_wrong_password_and_unknown_user_are_told_alike(understudy):
    code, wrong = refusal(understudy, password="wrong")
    assert code == 1045
    code, unknown = refusal(understudy, user="nobody", password="wrong")
    assert code == 1045
    assert unknown.replace("nobody", "app") == wrong
    assert "using password: YES" in wrong


def test_no_password(understudy):
    code, message = refusal(understudy, password="")
    assert code == 1045 and "using password: NO" in message


def test_refusals_do_not_harm_others(understudy):
    with understudy.session() as client:
        for _ in range(20):
            refusal(understudy, password="wrong")
        assert sql.value(client, "SELECT 1") == 1


def test_a_new_account_can_log_in(cluster, understudy):
    cluster.execute("db1", "CREATE USER late@'%' IDENTIFIED BY 'late'")

    def logs_in():
        try:
            with understudy.session(user="late", password="late") as client:
                return sql.value(client, "SELECT CURRENT_USER()") == "late@%"
        except pymysql.MySQLError as error:
            assert error.args[0] == 1045
            return False

    wait_until(logs_in, timeout=60, what="the new account is known")
    cluster.execute("db1", "DROP USER late@'%'")
