"""A database server that can be told to break the protocol.

It stands in front of a real one and passes on what both say, logins included, until a statement has
the comment /* hostile NAME */: then it answers that itself, as MISBEHAVIOURS has it. `greeting`, if
set, greets new connections in place of the server.
"""

import contextlib
import re
import select
import socket
import struct
import threading

from raw_commands import lenenc, packet

_MARK = re.compile(rb"/\* hostile (\w+) \*/")
_MORE_RESULTS = 0x0008
_STATE_CHANGED = 0x4000


def packets(*payloads, first=1):
    return b"".join(packet(payload, first + i) for i, payload in enumerate(payloads))


def definition(name=b"a"):
    return (lenenc(b"def") + lenenc(b"") * 3 + lenenc(name) + lenenc(b"") + b"\x0c\x21\x00"
            + struct.pack("<IBHB", 400, 0xFD, 0, 0) + b"\0\0")


OK = b"\0\0\0\2\0\0\0"
END = b"\xfe\0\0\2\0"  # of definitions, and of rows
ROW = lenenc(b"x" * 200)
HEAD = packets(b"\1", definition(), END)


def endless_rows(send):
    send(HEAD)
    sequence = 4
    rows = [b"".join(packet(ROW, i + j) for j in range(256)) for i in range(256)]
    while True:
        send(rows[sequence % 256])


def endless_row(send):
    """One row whose frames never end."""
    send(HEAD)
    sequence = 4
    body = b"x" * 0xFFFFFF
    while True:
        send(b"\xff\xff\xff" + bytes([sequence % 256]) + body)
        sequence += 1


def endless_results(send):
    sequence = 1
    while True:
        send(packet(b"\0\0\0" + struct.pack("<HH", 2 | _MORE_RESULTS, 0), sequence))
        sequence += 1


def endless_definitions(send):
    send(packet(b"\xfc\xff\xff", 1))
    sequence = 2
    while True:
        send(packet(definition(b"n" * 200), sequence))
        sequence += 1


def say(*data):
    return lambda send: send(b"".join(data))


def state_changes(body):
    return (b"\0\0\0" + struct.pack("<HH", 2 | _STATE_CHANGED, 0) + b"\0" + body)


# What is sent in place of an answer to a statement, by name.
MISBEHAVIOURS = {
    "sequence": say(packet(OK, 7)),
    "sequence_in_rows": say(HEAD, packet(ROW, 4), packet(ROW, 9)),
    "column_count": say(packet(b"\xfe" + b"\xff" * 8, 1)),
    "column_count_0": say(packet(b"\xfe" + b"\0" * 8, 1)),
    "column_count_cut": say(packet(b"\xfc\xff", 1)),
    "ok_cut": say(packet(b"\0", 1)),
    "ok_lenenc": say(packet(b"\0\xfe\xff\xff", 1)),
    "err_cut": say(packet(b"\xff", 1)),
    "err_without_state": say(packet(b"\xff\x7a\x04no such table", 1)),
    "err_huge": say(packet(b"\xff\x7a\x04#42S02" + b"x" * 2_000_000, 1)),
    "empty_packet": say(packet(b"", 1)),
    "local_infile": say(packet(b"\xfb/etc/passwd", 1)),
    "end_cut": say(HEAD, packet(ROW, 4), packet(b"\xfe\0", 5)),
    "eof_among_definitions": say(packet(b"\2", 1), packet(definition(), 2),
                                 packet(END, 3), packet(END, 4)),
    "err_among_definitions": say(packet(b"\2", 1), packet(definition(), 2),
                                 packet(b"\xff\x7a\x04#42S02no", 3)),
    "row_that_lies": say(HEAD, packet(b"\xfd\xff\xff\xffshort", 4), packet(END, 5)),
    "definition_that_lies": say(packet(b"\1", 1), packet(b"\xfd\xff\xff\xff", 2),
                                packet(END, 3), packet(ROW, 4), packet(END, 5)),
    "second_answer": say(packet(OK, 1), packet(OK, 1)),
    "bytes_behind_the_end": say(HEAD, packet(ROW, 4), packet(END, 5), b"\1\0\0\1"),
    "noise": say(bytes(range(255, 0, -1)) * 20),
    "a_position_of_noise": say(packet(state_changes(lenenc(
        b"\0" + lenenc(lenenc(b"last_gtid") + lenenc(b"9-9-99999999999999999999,,-,x")))), 1)),
    "endless_rows": endless_rows,
    "endless_row": endless_row,
    "endless_results": endless_results,
    "endless_definitions": endless_definitions,
    "half_a_header": say(b"\1\0"),
    "half_a_row": say(HEAD, packet(ROW, 4)[:50]),
    "silence": say(),
}


class HostileServer:
    """Listens on `port` in front of the server at `behind`, from __enter__ to __exit__."""

    def __init__(self, port, behind):
        self.port = port
        self.greeting = None  # (send, receive) of a new connection
        self.open = []  # what was answered so, on connections that are still open
        self._behind = behind
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self._open = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def connections(self):
        with self._lock:
            return len(self._open)

    def _accept(self):
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        with self._lock:
            self._open.add(client)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.greeting is not None:
                self.greeting(client.sendall, client.recv)
                wait_for_the_end(client)
            else:
                self._relay(client)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(client)
            client.close()

    def _relay(self, client):
        offences = []
        try:
            self._pass_on(client, offences)
        finally:
            for name in offences:
                with contextlib.suppress(ValueError):
                    self.open.remove(name)

    def _pass_on(self, client, offences):
        with socket.create_connection(("127.0.0.1", self._behind)) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if server in ready:
                    data = server.recv(65536)
                    if not data:
                        return
                    client.sendall(data)
                if client in ready:
                    data = client.recv(1 << 20)
                    if not data:
                        return
                    if mark := _MARK.search(data):
                        offences.append(mark[1].decode())
                        self.open.append(offences[-1])
                        MISBEHAVIOURS[offences[-1]](client.sendall)
                    else:
                        server.sendall(data)


def wait_for_the_end(client):
    """Until the other side has closed."""
    while client.recv(65536):
        pass


# --- in place of a greeting ---

def _greeting(capabilities=0x81FFF7FF):
    low, high = capabilities & 0xFFFF, capabilities >> 16
    return (b"\x0a5.5.5-10.11.0-MariaDB\0" + struct.pack("<I", 7) + b"s" * 8 + b"\0"
            + struct.pack("<HBHHB", low, 45, 2, high, 21) + b"\0" * 10 + b"s" * 12
            + b"\0mysql_native_password\0")


def _after_login(*payloads):
    def run(send, receive):
        send(packet(_greeting(), 0))
        receive(65536)
        send(packets(*payloads, first=2))
    return run


def _switches_for_ever(send, receive):
    send(packet(_greeting(), 0))
    sequence = 2
    while receive(65536):
        send(packet(b"\xfemysql_native_password\0" + b"t" * 20 + b"\0", sequence))
        sequence += 2


def _only(data):
    return lambda send, _receive: send(data)


GREETINGS = {
    "noise": _only(bytes(range(256)) * 4),
    "an empty packet": _only(packet(b"", 0)),
    "another protocol": _only(packet(b"\x09" + _greeting()[1:], 0)),
    "cut": _only(packet(_greeting()[:30], 0)),
    "a version without an end": _only(packet(b"\x0a" + b"5" * 500, 0)),
    "too long": _only(packet(b"\x0a" + b"5" * 0xFFFFF0, 0)),
    "a wrong number": _only(packet(_greeting(), 3)),
    "nothing": _only(b""),
    "half": _only(packet(_greeting(), 0)[:20]),
    "no capabilities": _only(packet(_greeting(capabilities=0), 0)),
    "an error": _only(packet(b"\xff\x10\x04Too many connections", 0)),
    "a cut error": _only(packet(b"\xff", 0)),
    "switches for ever": _switches_for_ever,
    "an unknown plugin": _after_login(b"\xfesome_plugin\0data\0"),
    "a cut switch": _after_login(b"\xfemysql_native_password"),
    "an old switch": _after_login(b"\xfe"),
    "more, unasked": _after_login(b"\1\4"),
    "an empty verdict": _after_login(b""),
    "an unknown verdict": _after_login(b"\x17what"),
    "a refusal": _after_login(b"\xff\x15\x04#28000Access denied"),
    "closes": lambda send, _receive: None,
}
