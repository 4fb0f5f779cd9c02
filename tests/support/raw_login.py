"""A client that says at login exactly what a test wants it to."""

import socket
import struct

from pymysql._auth import scramble_native_password
from raw_commands import lenenc, packet, read_packet

LONG_PASSWORD = 1
CONNECT_WITH_DB = 1 << 3
PROTOCOL_41 = 1 << 9
TRANSACTIONS = 1 << 13
SECURE_CONNECTION = 1 << 15
MULTI_RESULTS = 1 << 17
PS_MULTI_RESULTS = 1 << 18
PLUGIN_AUTH = 1 << 19
CONNECT_ATTRIBUTES = 1 << 20
DEPRECATE_EOF = 1 << 24

# MariaDB's own, where LONG_PASSWORD is not set.
BULK = 1 << 2
UNIT_RESULTS = 1 << 5

_USUAL = (PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION | MULTI_RESULTS | PS_MULTI_RESULTS
          | PLUGIN_AUTH | DEPRECATE_EOF)


def attributes(pairs):
    return b"".join(lenenc(part) for pair in pairs.items() for part in pair)


class RawLogin:
    """Logs in as app; `_sock` is for raw_commands, `verdict` the answer to the login."""

    def __init__(self, port, schema="", extended=0, attributes=None, user="app", password="app"):
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        greeting = self.read_packet()
        self.version, rest = greeting[1:].split(b"\0", 1)
        self.server_capabilities = struct.unpack("<H", rest[13:15])[0]
        self.server_extended = struct.unpack("<I", rest[27:31])[0]
        scramble = rest[4:12] + rest[31:43]
        capabilities = _USUAL | (CONNECT_WITH_DB if schema else 0)
        capabilities |= CONNECT_ATTRIBUTES if attributes is not None else 0
        answer = scramble_native_password(password.encode(), scramble)
        payload = struct.pack("<IIB19xI", capabilities, 1 << 30, 45, extended)
        payload += user.encode() + b"\0" + bytes([len(answer)]) + answer
        payload += schema.encode() + b"\0" if schema else b""
        payload += b"mysql_native_password\0"
        payload += attributes or b""
        self._sock.sendall(packet(payload, sequence=1))
        self.verdict = self.read_packet()
        if self.verdict[0] == 0xFE and not password:  # asked by another plugin
            self._sock.sendall(packet(b"", sequence=3))
            self.verdict = self.read_packet()

    def read_packet(self):
        return read_packet(self._sock)[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._sock.close()
