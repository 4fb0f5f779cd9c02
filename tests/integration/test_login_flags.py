"""What a client asks for at login holds on every connection that serves it."""

import pytest
import sql
from pymysql.constants import CLIENT


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("flags", "CREATE TABLE t (id INT)")


def use_every_server(client):
    for _ in range(6):
        sql.execute(client, "INSERT INTO flags.t VALUES (1)")
        sql.execute(client, "SELECT id FROM flags.t LIMIT 1")


def test_ignore_space_is_there_again_after_another_client(understudy):
    """Names of functions may be followed by spaces, whatever sql_mode the one before has left."""
    ignoring = {"client_flag": CLIENT.IGNORE_SPACE}
    with understudy.session(**ignoring) as one:
        sql.execute(one, "SET SESSION sql_mode = 'ANSI_QUOTES'")
        use_every_server(one)
        assert sql.value(one, "SELECT @@sql_mode") == "ANSI_QUOTES", "the flag is gone with it"
    with understudy.session(**ignoring) as two, understudy.session() as plain:
        for _ in range(6):
            use_every_server(two)
            assert "IGNORE_SPACE" in sql.value(two, "SELECT @@sql_mode").split(",")
            assert sql.value(two, "SELECT COUNT (*) >= 0 FROM flags.t") == 1
            assert "IGNORE_SPACE" not in sql.value(plain, "SELECT @@sql_mode").split(",")
