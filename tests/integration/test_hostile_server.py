"""A server that breaks the protocol hurts nobody but the session that it answers."""

import contextlib
import select
import time

import pymysql
import pymysql.cursors
import pytest
import sql
from hostile_server import GREETINGS, MISBEHAVIOURS, HostileServer, packet
from sanitized import is_sanitized
from waiting import free_ports, wait_until

GROWTH_KB = 8 * 1024
ENDLESS = sorted(name for name in MISBEHAVIOURS if name.startswith("endless"))
# What a client cannot tell from a statement that takes long, or a result that comes slowly.
SLOW = ["half_a_header", "half_a_row", "silence"]
# What is no fault for a proxy, which does not look into rows: the client gets it as it is.
PASSED_ON = ["definition_that_lies", "row_that_lies", "err_without_state", "err_among_definitions",
             "a_position_of_noise"]


@pytest.fixture(scope="module")
def replicas():
    return 0


@pytest.fixture(scope="module")
def hostile(cluster):
    with HostileServer(free_ports(), cluster.port("db1")) as server:
        yield server


@pytest.fixture(scope="module")
def settings(hostile):
    return {"servers": [f"127.0.0.1:{hostile.port}"], "failover": {"hold": "500ms"},
            "monitor": {"timeout": "1s"}, "pool": {"wait": "2s"}}


@pytest.fixture
def undisturbed(binary, understudy, hostile):
    """Another client, which must go on; nothing may be left, neither memory nor connections."""
    hostile.open.clear()
    with understudy.session() as other:
        sql.execute(other, "SET @kept = 5")
        sql.execute(other, "BEGIN")
        understudy.forget_memory_peak()
        before = understudy.memory_kb()
        yield other
        assert sql.value(other, "SELECT @kept") == 5
        sql.execute(other, "COMMIT")
    if not is_sanitized(binary):
        assert understudy.memory_kb("VmHWM") - before < GROWTH_KB
    with understudy.session() as fresh:
        assert sql.value(fresh, "SELECT 1") == 1


def outcome(understudy, name, statement):
    """The error that a client gets, or the rows."""
    client = understudy.connect(read_timeout=10)
    try:
        return sql.execute(client, f"{statement} /* hostile {name} */")
    except (pymysql.MySQLError, AssertionError, ValueError, IndexError, TypeError) as error:
        return error
    finally:
        client._force_close()


@pytest.mark.parametrize("statement", ["SELECT 1", "UPDATE t SET a = 1"], ids=["read", "write"])
@pytest.mark.parametrize("name", sorted(set(MISBEHAVIOURS) - set(ENDLESS) - set(SLOW)))
def test_answers(understudy, undisturbed, hostile, name, statement):
    found = outcome(understudy, name, statement)
    if name in PASSED_ON:
        return
    # What is wrong may come behind an answer that is whole.
    if not isinstance(found, tuple):
        assert isinstance(found, pymysql.MySQLError), found
        assert found.args[0] in (1105, 1146, 2013), found
    wait_until(lambda: name not in hostile.open, what="its connection is closed")


@pytest.mark.parametrize("name", ENDLESS)
def test_answers_without_end_to_who_does_not_read(understudy, undisturbed, hostile, name):
    client = understudy.connect()
    client._sock.sendall(packet(f"\x03SELECT 1 /* hostile {name} */".encode(), 0))
    wait_until(lambda: name in hostile.open, what="the statement is there")
    wait_until_steady(understudy)
    assert sql.value(undisturbed, "SELECT 42") == 42
    client._force_close()
    wait_until(lambda: name not in hostile.open, what="its connection is closed")


@pytest.mark.parametrize("name", ENDLESS)
def test_answers_without_end_to_who_reads(understudy, undisturbed, hostile, name):
    client = understudy.connect(read_timeout=10)
    client._sock.sendall(packet(f"\x03SELECT 1 /* hostile {name} */".encode(), 0))
    client._sock.settimeout(10)
    read, until = 0, time.monotonic() + 3
    with contextlib.suppress(OSError):
        while time.monotonic() < until and (data := client._sock.recv(1 << 20)):
            read += len(data)
    assert read > 0
    assert sql.value(undisturbed, "SELECT 42") == 42
    client._force_close()
    wait_until(lambda: name not in hostile.open, what="its connection is closed")


@pytest.mark.parametrize("name", SLOW)
def test_answers_that_do_not_come(understudy, undisturbed, hostile, name):
    """The client decides how long it waits, and takes the server's connection with it."""
    client = understudy.connect()
    client._sock.sendall(packet(f"\x03SELECT 1 /* hostile {name} */".encode(), 0))
    wait_until(lambda: name in hostile.open, what="the statement is there")
    assert sql.value(undisturbed, "SELECT 42") == 42
    assert name in hostile.open
    client._force_close()
    wait_until(lambda: name not in hostile.open, what="its connection is closed")


@pytest.mark.parametrize("name", sorted(set(MISBEHAVIOURS) - set(ENDLESS) - set(SLOW)))
def test_answers_to_prepare(understudy, undisturbed, name):
    client = understudy.connect(read_timeout=10)
    client._sock.sendall(packet(f"\x16SELECT 1 /* hostile {name} */".encode(), 0))
    client._sock.settimeout(10)
    with contextlib.suppress(OSError):
        select.select([client._sock], [], [], 10)
        client._sock.recv(1 << 20)
    client._force_close()


@pytest.mark.parametrize("name", GREETINGS)
def test_greetings(understudy, undisturbed, hostile, name):
    """New connections cannot be made; those that there are serve."""
    hostile.greeting = GREETINGS[name]
    try:
        # Keeps the connections of the pool busy, so that a new one is needed.
        holders = []
        failed = None
        for _ in range(50):
            holder = understudy.connect(read_timeout=15)
            holders.append(holder)
            try:
                sql.execute(holder, "BEGIN")
                sql.execute(holder, "SELECT 1 FROM DUAL FOR UPDATE")
            except pymysql.MySQLError as error:
                failed = error
                break
        assert failed is not None
        assert sql.value(undisturbed, "SELECT 42") == 42
    finally:
        hostile.greeting = None
        for holder in holders:
            holder._force_close()


def wait_until_steady(understudy):
    """Until nothing is read any more."""
    seen = []

    def steady():
        with open(f"/proc/{understudy.pid}/io") as file:
            seen.append(int(next(line for line in file if line.startswith("rchar"))[7:]))
        return len(seen) > 10 and seen[-1] - seen[-10] < 65536

    wait_until(steady, what="nothing flows")
