"""Clients that break the protocol while they log in, or take their time, hurt only themselves."""

import contextlib
import select
import socket
import struct
import time

import pymysql
import pytest
import sql
from descriptors import raise_descriptor_limit
from raw_client import CAPABILITIES, greeted, native_proof, response
from raw_commands import packet
from sanitized import is_sanitized
from waiting import wait_until

SLOW_SOCKETS = 1000
LOGIN_TIMEOUT = 10
GROWTH_KB = 8 * 1024


def last_words(raw):
    """The code of the ERR packet that ends the connection, 0 if it just ends."""
    raw.settimeout(15)
    data = b""
    try:
        while part := raw.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    if len(data) < 7 or data[4] != 0xFF:
        return 0
    return int.from_bytes(data[5:7], "little")


@pytest.fixture(autouse=True)
def undisturbed(binary, understudy):
    with understudy.session() as other:
        assert sql.value(other, "SELECT 1") == 1
        before = understudy.memory_kb()
        yield other
        assert sql.value(other, "SELECT 2") == 2
    if not is_sanitized(binary):
        wait_until(lambda: understudy.memory_kb() - before < GROWTH_KB, what="it frees memory")


def test_a_right_login(understudy):
    """What the other tests break."""
    with greeted(understudy.port) as (raw, scramble):
        raw.sendall(packet(response(native_proof(b"app", scramble)), 1))
        assert raw.recv(4096)[4] == 0
        raw.sendall(packet(b"\x0e"))
        assert raw.recv(4096)[4] == 0


def test_a_response_that_ends_anywhere(understudy):
    whole = response(b"p" * 20, schema=b"mysql", attributes=b"\1a\1b")
    for size in range(len(whole)):
        with greeted(understudy.port) as (raw, _):
            raw.sendall(packet(whole[:size], 1))
            # From some point on it is whole without what may be left out.
            assert last_words(raw) in (1043, 1045, 1251), size


@pytest.mark.parametrize("payload, code", [
    (response(proof_size=255), 1043),
    (response(attributes_size=b"\xfe" + b"\xff" * 8), 1043),
    (response(attributes_size=b"\xfc\xff\xff"), 1043),
    (response(attributes_size=b"\xff"), 1043),
    (response(capabilities=CAPABILITIES & ~0x200), 1251),  # older than 4.1
    (response(capabilities=CAPABILITIES | 1 << 26, tail=b"\0"), 1043),
    (response(capabilities=CAPABILITIES | 1 << 26, tail=b"\x17"), 1043),
    (response(user=b"u" * 60_000), 1045),
    (response(user=b"\xff\xfe'\"\\%_\n"), 1045),
    (response(user=b""), 1045),
    (response(schema=b"d" * 60_000, user=b"nobody"), 1045),
    (response(plugin=b"p" * 60_000, user=b"nobody"), 1045),
    (response(attributes=b"x" * 250, user=b"nobody"), 1043),  # the last is cut
    (response(user=b"u" * 70_000), 1153),
], ids=["proof", "attributes of 2^64", "attributes of 64k", "attributes of 0xff", "old", "level 0",
        "level 23", "user", "odd user", "no user", "schema", "plugin", "attributes", "too large"])
def test_fields_that_lie_or_are_long(understudy, payload, code):
    with greeted(understudy.port) as (raw, _):
        raw.sendall(packet(payload, 1))
        raw.settimeout(15)
        data = raw.recv(65536)
        if data and data[4] in (1, 0xFE):  # asked for a proof
            raw.sendall(packet(b"x" * 32, data[3] + 1))
            assert last_words(raw) == code
        else:
            assert data[4] == 0xFF and int.from_bytes(data[5:7], "little") == code


@pytest.mark.parametrize("data, code", [
    (packet(response(), 0), 1156),
    (packet(response(), 7), 1156),
    (packet(b"", 1), 1043),
    (b"\xff\xff\xff\1" + b"x" * 100, 1153),
    (packet(b"\x03SELECT 1", 1), 1043),
], ids=["sequence 0", "sequence 7", "empty", "16 MiB", "a command"])
def test_packets_that_are_none_of_a_login(understudy, data, code):
    with greeted(understudy.port) as (raw, _):
        raw.sendall(data)
        assert last_words(raw) == code


@pytest.mark.parametrize("sequence", [1, 2, 3, 0])
def test_a_second_response_changes_nothing(understudy, sequence):
    """Neither before the verdict nor behind it."""
    with greeted(understudy.port) as (raw, scramble):
        first = packet(response(native_proof(b"app", scramble)), 1)
        second = packet(response(b"", user=b"root"), sequence)
        raw.sendall(first + second)
        raw.settimeout(15)
        data = b""
        while data.count(b"\xff") == 0:
            data += raw.recv(65536)
        # The first is accepted, the other one is no command.
        assert data[4] == 0
        rest = data[4 + int.from_bytes(data[:3], "little"):]
        assert rest[4] == 0xFF
        assert int.from_bytes(rest[5:7], "little") == (
            1227 if sequence == 0 else 1156)  # its first byte is COM_DEBUG's


def test_a_change_of_user_that_ends_anywhere(understudy):
    whole = b"\x11app\0\x14" + b"p" * 20 + b"mysql\0\x2d\0mysql_native_password\0\4\1a\1b"
    for size in range(1, len(whole)):
        client = understudy.connect()
        client._sock.sendall(packet(whole[:size]))
        client._sock.settimeout(15)
        data = client._sock.recv(65536)
        if data and data[4] == 0xFE:  # asks for another proof
            client._sock.sendall(packet(b"x" * 20, data[3] + 1))
            data = client._sock.recv(65536)
        assert data[4] == 0xFF and int.from_bytes(data[5:7], "little") in (1043, 1045), size
        client._force_close()


def test_half_a_header_and_slow_sockets(binary, understudy, undisturbed):
    """All are closed when a login may take no longer, and others log in as fast as ever."""
    raise_descriptor_limit(2 * SLOW_SOCKETS + 1000)
    started = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", understudy.port)) for _ in range(SLOW_SOCKETS)]
    message = packet(response(b"p" * 20), 1)
    silent, dripping = slow[:10], slow[10:]
    for each in slow:
        each.setblocking(False)
    for each in silent:
        each.send(message[:3])
    sent, logins = 0, []
    while time.monotonic() - started < LOGIN_TIMEOUT - 2:
        for each in dripping:
            each.send(message[sent:sent + 1])
        sent += 1
        begun = time.monotonic()
        with understudy.session() as client:
            assert sql.value(client, "SELECT 1") == 1
        logins.append(time.monotonic() - begun)
        select.select([], [], [], max(0.0, started + sent - time.monotonic()))
    assert max(logins) < (10 if is_sanitized(binary) else 1)
    open_ones = {each.fileno(): each for each in slow}
    poller = select.poll()
    for number in open_ones:
        poller.register(number, select.POLLIN)
    while open_ones and time.monotonic() - started < LOGIN_TIMEOUT + 10:
        for number, _ in poller.poll(1000):
            try:
                data = open_ones[number].recv(4096)
            except ConnectionResetError:
                data = b""
            if not data:
                poller.unregister(number)
                open_ones.pop(number).close()
    assert not open_ones
    assert time.monotonic() - started > LOGIN_TIMEOUT - 1


# --- statements, after the login ---

def prepared(client):
    client._sock.sendall(packet(b"\x16SELECT ?, ?"))
    data = client._sock.recv(65536)
    return data[5:9]


EXECUTE = b"\0" + struct.pack("<I", 1)


@pytest.mark.parametrize("rest", [
    b"",
    b"\0",
    EXECUTE,
    EXECUTE + b"\0",
    EXECUTE + b"\0\1",
    EXECUTE + b"\0\1\xfd\0\xfd",
    EXECUTE + b"\0\1\xfd\0\xfd\0",
    EXECUTE + b"\0\1\xfd\0\xfd\0\xfe\xff\xff\xff\xff\xff\xff\xff\xffx",
    EXECUTE + b"\0\1\xfd\0\xfd\0\xfdabc",
    EXECUTE + b"\0\1\xee\0\xee\0" + b"x" * 20,
    EXECUTE + b"\0\1\x0c\0\x0c\0\xff\xff",
    EXECUTE + b"\0\1\x08\0\x08\0\1",
    EXECUTE + b"\0\0" + b"x" * 10,
    EXECUTE + b"\0\7\xfd\0\xfd\0\1a\1b",
    b"\xff" + struct.pack("<I", 0xFFFFFFFF) + b"\xff" * 30,
], ids=lambda rest: rest.hex()[:40] or "nothing")
def test_parameters_that_are_not_what_they_say(understudy, rest):
    client = understudy.connect()
    client._sock.settimeout(15)
    client._sock.sendall(packet(b"\x17" + prepared(client) + rest))
    data = client._sock.recv(65536)
    assert data == b"" or data[4] in (0xFF, 2), data  # 2: what the server makes a result of
    client._force_close()


FULL_FRAME = b"\xff\xff\xff\0\3" + b"x" * 0xfffffe  # of a packet that goes on


@pytest.mark.parametrize("data, code", [
    (packet(b"\x03SELECT 1", 1), 1156),
    (packet(b"\x03SELECT 1", 255), 1156),
    (packet(b""), 1835),
    (packet(b"\xee"), 1047),
    (packet(b"\x00"), 1047),
    (FULL_FRAME + b"\xff\xff\xff\1", 1153),
    (FULL_FRAME + packet(b"x", 5), 1156),
], ids=["sequence 1", "sequence 255", "empty", "unknown", "sleep", "too large", "out of order"])
def test_commands_and_the_codes_they_get(binary, understudy, data, code):
    for _ in range(5):  # what each would keep adds up
        client = understudy.connect()
        client._sock.settimeout(15)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client._sock.sendall(data)
        answer = client._sock.recv(65536)
        assert answer[4] == 0xFF and int.from_bytes(answer[5:7], "little") == code
        client._force_close()
