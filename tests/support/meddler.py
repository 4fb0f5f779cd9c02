"""Stands in front of a server and passes everything on, but for what a test has it say instead."""

import contextlib
import socket
import threading


class Meddler:
    """Runs from __enter__ to __exit__ at `port`.

    Who sends bytes with `trigger` in them gets `answer` in place of what the server says from then
    on; `closed` is set when that connection has ended.
    """

    def __init__(self, server_port):
        self._server_port = server_port
        self.trigger = None
        self.answer = b""
        self.triggered = 0
        self.closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = []
        self._sockets = []

    def __enter__(self):
        self._run(self._accept)
        return self

    def __exit__(self, *_):
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(10)

    def _run(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._sockets += [client, server]
                meddled = threading.Event()
                self._run(self._pass_to_server, client, server, meddled)
                self._run(self._pass_to_client, client, server, meddled)

    def _pass_to_server(self, client, server, meddled):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.trigger is not None and self.trigger in data:
                    meddled.set()
                    self.triggered += 1
                    client.sendall(self.answer)
                if not meddled.is_set():
                    server.sendall(data)
        if meddled.is_set():
            self.closed.set()
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _pass_to_client(self, client, server, meddled):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if not meddled.is_set():
                    client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
