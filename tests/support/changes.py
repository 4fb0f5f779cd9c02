"""A subscriber of GET /api/changes."""

import base64
import json
import socket
import urllib.parse

from waiting import wait_until


class Refused(Exception):
    def __init__(self, status, error):
        super().__init__(f"{status}: {error}")
        self.status = status
        self.error = error


class Event:
    """`name` is "message" where the stream names none."""

    def __init__(self, name, identity, data):
        self.name = name
        self.id = identity
        self.data = data


class Changes:
    """Reads events until it is closed. Raises Refused if the answer is not 200."""

    def __init__(self, port, tables, user="app", password="app", last_event_id=None, timeout=20,
                 receive_buffer=None, **parameters):
        query = urllib.parse.urlencode({"tables": tables, **parameters})
        self.last_id = last_event_id
        self._input = b""
        self._socket = socket.socket()
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(timeout)
        self._socket.connect(("127.0.0.1", port))
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        resume = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
        self._socket.sendall(
            f"GET /api/changes?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\n"
            f"{resume}\r\n".encode())

    def open(self):
        """Waits for the answer's head."""
        head = self._until(b"\r\n\r\n").decode()
        status = int(head.split()[1])
        if status != 200:
            while self._receive():
                pass
            raise Refused(status, json.loads(self._input)["error"])
        return self

    def event(self):
        """The next event; None at the end of the stream."""
        while True:
            try:
                block = self._until(b"\n\n").decode()
            except EOFError:
                return None
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "id" in fields:
                self.last_id = fields["id"]
            if "data" in fields:
                return Event(fields.get("event", "message"), fields.get("id"),
                             json.loads(fields["data"]))

    def events(self, count):
        return [self.event() for _ in range(count)]

    def close(self):
        self._socket.close()

    def _until(self, end):
        while end not in self._input:
            if not self._receive():
                raise EOFError
        part, self._input = self._input.split(end, 1)
        return part

    def _receive(self):
        data = self._socket.recv(1 << 16)
        self._input += data
        return bool(data)


def subscribe(understudy, tables, **options):
    return Changes(understudy.admin_port, tables, **options).open()


def resubscribe(understudy, tables, last_id, **options):
    """Tries until there is a server again."""
    def attempt():
        try:
            return subscribe(understudy, tables, last_event_id=last_id, **options)
        except (OSError, EOFError):
            return None
        except Refused as refused:
            if refused.status == 503:
                return None
            raise
    return wait_until(attempt, timeout=30, what="subscribed again")


def rows(event):
    """(type, row) of each change of a transaction."""
    return [(change["type"], change.get("after", change.get("before")))
            for change in event.data["changes"]]
