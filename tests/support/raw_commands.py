"""Commands as bytes, and what comes back as bytes, over a connection that PyMySQL has logged in."""

import re
import struct

import pymysql

# Of a statement that nobody has: its refusal marks the end of the answers before it. MariaDB sends
# the very same bytes, MySQL names another function.
_NOBODY = 0xFFFFFFF0
_REFUSAL = re.compile(rb"Unknown prepared statement handler \(%d\) given to "
                      rb"(mysqld_stmt_reset|mysql_stmt_precheck)\Z" % _NOBODY)
_MARK = b"\x1a" + struct.pack("<I", _NOBODY)
_HEADER = 4

DEPRECATE_EOF = 1 << 24
SESSION_TRACK = 1 << 23
CURSOR_EXISTS = 64


def packet(payload, sequence=0):
    """In frames, as large as it may be."""
    framed = b""
    while True:
        part, payload = payload[:0xFFFFFF], payload[0xFFFFFF:]
        framed += struct.pack("<I", len(part))[:3] + bytes([sequence % 256]) + part
        sequence += 1
        if len(part) < 0xFFFFFF:
            return framed


def answers(client, *payloads):
    """Sends commands at once; the bytes of all their answers."""
    client._sock.sendall(b"".join(map(packet, payloads)) + packet(_MARK))
    received = b""
    while not (refusal := _REFUSAL.search(received)):
        more = client._sock.recv(65536)
        if not more:
            return received + b"<closed>"
        received += more
    # header, 0xff, code, '#', state
    return received[:refusal.start() - (_HEADER + 1 + 2 + 6)]


def answer_until_closed(client, payload):
    client._sock.sendall(packet(payload))
    received = b""
    try:
        while more := client._sock.recv(65536):
            received += more
    except ConnectionResetError:
        pass
    return received


def read_packet(stream):
    """The next one from a socket: sequence number and payload."""
    header = _read(stream, _HEADER)
    return header[3], _read(stream, int.from_bytes(header[:3], "little"))


def _read(stream, size):
    received = b""
    while len(received) < size:
        more = stream.recv(size - len(received))
        assert more, "closed"
        received += more
    return received


def ask(client, payload):
    """The packets of the answer to one command, in the form that ends definitions with an EOF."""
    client._sock.sendall(packet(payload))
    found = [read_packet(client._sock)[1]]
    if found[0][0] in (0x00, 0xFE, 0xFF):
        return found
    found += read_until_end(client)
    if struct.unpack("<H", found[-1][3:5])[0] & CURSOR_EXISTS:
        return found
    return found + read_until_end(client)


def ask_to_prepare(client, text):
    client._sock.sendall(packet(prepare(text)))
    found = [read_packet(client._sock)[1]]
    columns, parameters = (0, 0) if found[0][0] == 0xFF else struct.unpack("<HH", found[0][5:9])
    for count in (columns, parameters):
        if count:
            found += read_until_end(client)
    return found


def read_until_end(client):
    """Packets as far as the next EOF or error."""
    found = []
    while True:
        found.append(read_packet(client._sock)[1])
        if found[-1][0] == 0xFF or (found[-1][0] == 0xFE and len(found[-1]) < 9):
            return found


def lenenc(data):
    data = data if isinstance(data, bytes) else data.encode()
    if len(data) < 251:
        return bytes([len(data)]) + data
    return b"\xfc" + struct.pack("<H", len(data)) + data


def packets(received):
    """The payloads of frames."""
    found = []
    while received:
        size = int.from_bytes(received[:3], "little")
        found.append(received[_HEADER:_HEADER + size])
        received = received[_HEADER + size:]
    return found


def error_of(received):
    """Code and message of an answer that is an error."""
    assert received[_HEADER] == 0xFF, received
    return struct.unpack("<H", received[5:7])[0], received[13:].decode()


def query(text):
    return b"\x03" + (text if isinstance(text, bytes) else text.encode())


def prepare(text):
    return b"\x16" + text.encode()


def execute(statement, flags=0, parameters=b""):
    return b"\x17" + struct.pack("<IBI", statement, flags, 1) + parameters


def fetch(statement, rows):
    return b"\x1c" + struct.pack("<II", statement, rows)


def reset(statement):
    return b"\x1a" + struct.pack("<I", statement)


def close(statement):
    return b"\x19" + struct.pack("<I", statement)


def prepared_id(received):
    assert received[_HEADER] == 0, received
    return struct.unpack("<I", received[5:9])[0]


def read_rows(client):
    """The rows of an answer to what was written past PyMySQL."""
    client._next_seq_id = 1
    result = pymysql.connections.MySQLResult(client)
    result.read()
    return result.rows
