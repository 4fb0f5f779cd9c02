"""PyMySQL over compressed connections, which it cannot do by itself: zlib or zstd.

Frames as MariaDB's documentation has them ("0-Packet", compressed packet). `frames` of a connection
counts those that came, by whether they were compressed.
"""

import collections
import ctypes
import struct
import zlib

import pymysql
import pymysql.connections

CLIENT_COMPRESS = 1 << 5
CLIENT_ZSTD = 1 << 26
PACKED_BYTES_MIN = 50


class _Zstd:
    def __init__(self):
        library = ctypes.CDLL("libzstd.so.1")
        for name, arguments in [("ZSTD_compress", [ctypes.c_char_p, ctypes.c_size_t,
                                                   ctypes.c_char_p, ctypes.c_size_t,
                                                   ctypes.c_int]),
                                ("ZSTD_decompress", [ctypes.c_char_p, ctypes.c_size_t,
                                                     ctypes.c_char_p, ctypes.c_size_t]),
                                ("ZSTD_compressBound", [ctypes.c_size_t])]:
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, ctypes.c_size_t
        library.ZSTD_isError.argtypes = [ctypes.c_size_t]
        self._library = library

    def pack(self, data, level=3):
        room = ctypes.create_string_buffer(self._library.ZSTD_compressBound(len(data)))
        size = self._library.ZSTD_compress(room, len(room), data, len(data), level)
        assert not self._library.ZSTD_isError(size)
        return room.raw[:size]

    def unpack(self, data, size):
        room = ctypes.create_string_buffer(size)
        made = self._library.ZSTD_decompress(room, size, data, len(data))
        assert not self._library.ZSTD_isError(made), "not zstd"
        return room.raw[:made]


class _Zlib:
    def pack(self, data):
        return zlib.compress(data)

    def unpack(self, data, _size):
        return zlib.decompress(data)


def frame(body, number, unpacked=0):
    return (struct.pack("<I", len(body))[:3] + bytes([number]) + struct.pack("<I", unpacked)[:3]
            + body)


class _Stream:
    """Stands in for the socket and the file that PyMySQL reads and writes."""

    def __init__(self, method, socket, file):
        self.codec = _Zstd() if method == "zstd" else _Zlib()
        self.frames = collections.Counter()
        self.number = 0
        self._socket = socket
        self._file = file
        self._read = b""

    def sendall(self, data):
        if data[3] == 0:  # a command
            self.number = 0
        for start in range(0, len(data), 0xffffff):
            part = data[start:start + 0xffffff]
            packed = self.codec.pack(part) if len(part) >= PACKED_BYTES_MIN else part
            self._socket.sendall(frame(packed, self.number,
                                       len(part) if packed is not part else 0))
            self.number = (self.number + 1) % 256

    def read(self, count):
        parts = [self._read]
        held = len(self._read)
        while held < count:
            part = self._next_frame()
            if part is None:
                break
            parts.append(part)
            held += len(part)
        whole = b"".join(parts)
        self._read = whole[count:]
        return whole[:count]

    def _next_frame(self):
        header = self._file.read(7)
        if len(header) < 7:
            return None
        size = int.from_bytes(header[:3], "little")
        unpacked = int.from_bytes(header[4:], "little")
        assert header[3] == self.number, f"frame {header[3]} in place of {self.number}"
        self.number = (self.number + 1) % 256
        self.frames["packed" if unpacked else "plain"] += 1
        body = self._file.read(size)
        if not unpacked:
            return body
        made = self.codec.unpack(body, unpacked)
        assert len(made) == unpacked
        return made

    def __getattr__(self, name):  # settimeout, close, version, …
        return getattr(self._socket, name)


class CompressedConnection(pymysql.connections.Connection):
    """`method` is "zlib" or "zstd"; everything else as for pymysql.connect()."""

    def __init__(self, method, level=3, **options):
        self._method = method
        self._level = level
        self.compressed = None  # the stream, once the login is over
        flag = CLIENT_ZSTD if method == "zstd" else CLIENT_COMPRESS
        super().__init__(client_flag=options.pop("client_flag", 0) | flag, **options)

    @property
    def frames(self):
        return self.compressed.frames

    def _request_authentication(self):
        self.compressed = None
        super()._request_authentication()
        self.compressed = _Stream(self._method, self._sock, self._rfile)
        self._sock = self._rfile = self.compressed

    def write_packet(self, payload):
        # The level ends the client's answer to the greeting, which is longer than a request for TLS
        # or a password.
        if self.compressed is None and self._method == "zstd" and b"_client_name" in payload:
            payload += bytes([self._level])
        super().write_packet(payload)


def connect(port, method, **options):
    options = {"host": "127.0.0.1", "user": "app", "password": "app", "autocommit": True,
               "connect_timeout": 10, "read_timeout": 60, "write_timeout": 60, **options}
    return CompressedConnection(method, port=port, **options)
