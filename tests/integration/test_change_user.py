"""COM_CHANGE_USER: a login anew, of which nothing of the session before is left."""

import json
import pathlib
import struct
import subprocess

import pymysql
import pytest
import sql
from pymysql.constants import CLIENT

NODE = pathlib.Path(__file__).resolve().parent / "node"


@pytest.fixture(scope="module", autouse=True)
def accounts(cluster):
    cluster.make_schema("change_user", "CREATE TABLE t (id INT)")
    cluster.execute_as_root("CREATE USER other IDENTIFIED BY 'secret';"
                            "GRANT ALL ON change_user.* TO other", "db1")
    cluster.wait_for_replicas()


def told(node, port):
    """What a client of mysql2 sees."""
    done = subprocess.run([node, "change_user.mjs", str(port)], cwd=NODE, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return {each.pop("what"): each for each in map(json.loads, done.stdout.splitlines())}


def test_mysql2_sees_what_it_sees_without_us(node, cluster, understudy):
    directly = told(node, cluster.port("db1"))
    through = told(node, understudy.port)
    assert through == directly
    assert through["before"]["mine"] == 7 and through["other"]["mine"] is None
    assert through["other"]["who"].startswith("other@")
    assert through["rows"]["n"] == 0, "the transaction was rolled back"
    assert through["temporary"]["code"] == 1146
    assert through["wrong"]["code"] == 1045


def send(client, payload):
    """One command; its answer."""
    client._next_seq_id = 0
    client.write_packet(payload)
    return client._read_packet()


@pytest.mark.parametrize("payload", [b"\x11", b"\x11app", b"\x11app\0\xff", b"\x11\0\0"])
def test_a_broken_one_ends_the_connection(understudy, payload):
    with understudy.session() as client:
        with pytest.raises(pymysql.MySQLError):
            send(client, payload)
        with pytest.raises(pymysql.MySQLError):
            client.query("SELECT 1")
    with understudy.session() as client:
        client.query("SELECT 1")


def test_a_binary_log_is_to_be_had_elsewhere(cluster, understudy):
    with understudy.session() as client:
        with pytest.raises(pymysql.MySQLError) as caught:
            send(client, b"\x12" + struct.pack("<IHI", 4, 0, 99) + b"binlog.000001")
        assert caught.value.args[0] == 1047
        assert f"127.0.0.1:{cluster.port('db1')}" in caught.value.args[1]
        client.query("SELECT 1")


def test_what_the_login_asked_for_stays_after_a_reset_where_it_does_without_us(cluster, understudy):
    modes = []
    for port in (cluster.port("db1"), understudy.port):
        with sql.session(port, client_flag=CLIENT.IGNORE_SPACE) as client:
            before = sql.value(client, "SELECT @@sql_mode")
            assert send(client, b"\x1f").is_ok_packet()
            modes.append((before, sql.value(client, "SELECT @@sql_mode")))
    assert modes[1] == modes[0]
