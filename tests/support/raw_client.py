"""The beginning of a connection, byte by byte."""

import contextlib
import socket
import struct

from pymysql._auth import scramble_native_password
from raw_commands import packet

CAPABILITIES = 0x019FA20D  # 4.1, secure, plugins, attributes, schema, EOF deprecated


@contextlib.contextmanager
def greeted(port):
    """A connection that was greeted, and the scramble."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        yield raw, scramble_of(raw.recv(4096))


def scramble_of(greeting):
    version_end = greeting.index(b"\0", 5)
    return (greeting[version_end + 5:version_end + 13]
            + greeting[version_end + 32:version_end + 44])


def logged_in(port, user=b"app", password=b"app"):
    """A socket behind a login, for thousands of them."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=60)
    proof = native_proof(password, scramble_of(raw.recv(4096)))
    raw.sendall(packet(response(proof, user), 1))
    answer = raw.recv(4096)
    assert answer[4] == 0, answer
    return raw


def ask(raw, statement):
    """What comes first of the answer."""
    raw.sendall(packet(b"\x03" + statement))
    return raw.recv(65536)


def native_proof(password, scramble):
    return scramble_native_password(password, scramble)


def response(proof=b"", user=b"app", schema=b"", plugin=b"mysql_native_password", attributes=b"",
             capabilities=CAPABILITIES, proof_size=None, attributes_size=None, tail=b""):
    return (struct.pack("<IIB", capabilities, 1 << 24, 45) + bytes(23) + user + b"\0"
            + bytes([len(proof) if proof_size is None else proof_size]) + proof
            + schema + b"\0" + plugin + b"\0"
            + (bytes([len(attributes)]) if attributes_size is None else attributes_size)
            + attributes + tail)
