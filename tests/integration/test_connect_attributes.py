"""What clients tell of themselves arrives at the servers."""

import pymysql
import pytest
import raw_commands as raw
import sql
from raw_commands import lenenc
from raw_login import RawLogin, attributes

PAIRS = {"_client_name": "raw", "program_name": "report 7", "_pid": "4711", "ünï": "çödé"}


@pytest.fixture(scope="module", autouse=True)
def performance_schema(cluster):
    cluster.configure("performance_schema=ON", "performance_schema_session_connect_attrs_size=4096")


def seen(cluster, user="app"):
    """Of all connections of a user, by server thread: name -> value."""
    rows = {}
    for name in cluster.names:
        for thread, key, value in cluster.execute_rows_as_root(
                name, "SELECT processlist_id, attr_name, attr_value "
                      "FROM performance_schema.session_connect_attrs "
                      f"JOIN information_schema.processlist p ON p.id = processlist_id "
                      f"WHERE p.user = '{user}'"):
            rows.setdefault((name, thread), {})[key] = value
    return list(rows.values())


def test_they_are_those_of_the_client_whose_connection_it_is(cluster, understudy):
    with RawLogin(understudy.port, attributes=lenenc(attributes(PAIRS))) as client:
        assert client.verdict[0] == 0
        raw.answers(client, raw.query("BEGIN"), raw.query("SELECT 1"))
        assert {**PAIRS, "_proxy": "understudy"} in seen(cluster)


def test_clients_with_other_ones_share_connections(cluster, understudy):
    before = cluster.counter("db1", "Connections")
    for number in range(50):
        pairs = {"program_name": f"short-lived {number}"}
        with RawLogin(understudy.port, attributes=lenenc(attributes(pairs))) as client:
            raw.answers(client, raw.query("DO 1"), raw.query("BEGIN"), raw.query("COMMIT"))
    assert cluster.counter("db1", "Connections") - before < 25


def test_our_own_connections_name_us(cluster, understudy):
    assert {"_proxy": "understudy"} in seen(cluster, "understudy")


@pytest.mark.parametrize("wrong", [
    b"\x05abc", b"\x03\x05ab", b"\xfd\xff\xff\xff", b"\xfe" + b"\xff" * 8, lenenc(b"\x01a\x09b"),
    lenenc(b"\x01a"), b"\xff", b"\xfb"], ids=lambda wrong: wrong.hex())
def test_malformed_ones_are_refused(understudy, wrong):
    with RawLogin(understudy.port, attributes=wrong) as client:
        assert client.verdict[0] == 0xFF
        assert client.verdict[1:3] == (1043).to_bytes(2, "little")
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1


def test_many_of_them(cluster, understudy):
    pairs = {f"name{number}": "v" * 200 for number in range(300)}
    with RawLogin(understudy.port, attributes=lenenc(attributes(pairs))) as client:
        assert client.verdict[0] == 0
        assert raw.answers(client, raw.query("SELECT 1"))


def test_more_than_a_login_may_have(understudy):
    with pytest.raises((AssertionError, OSError, pymysql.MySQLError)):
        pairs = {f"name{number}": "v" * 200 for number in range(330)}
        with RawLogin(understudy.port, attributes=b"\xfd" + (70000).to_bytes(3, "little")
                      + attributes(pairs)) as client:
            assert client.verdict[0] == 0
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1
