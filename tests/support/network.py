"""Network namespaces: one for each server, on a bridge; between any two the packets can be lost.

A cut is silence: whoever sends believes that the other has an address nobody has, so that packets
go out and never come back. Nothing is refused. Needs root.
"""

import itertools
import os
import subprocess

NOBODY = "02:00:00:00:00:01"
HERE = "here"  # where the tests and Understudy run

_numbers = itertools.count()


def available():
    """Whether namespaces and bridges can be made here."""
    try:
        with Network([]):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


class Network:
    """As a block: what was made goes when it is left."""

    def __init__(self, names):
        number = (os.getpid() * 8 + next(_numbers)) % 60000
        self._prefix = f"us{number}"
        self._bridge = f"{self._prefix}br"
        subnet = f"10.{200 + number // 250 % 50}.{number % 250}"
        self._addresses = {HERE: f"{subnet}.254"}
        self._addresses |= {name: f"{subnet}.{i + 1}" for i, name in enumerate(names)}

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self):
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("address", "add", f"{self._addresses[HERE]}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for name in self.names:
            space, inside, outside = self._space(name), "eth0", f"{self._prefix}{name}"
            _ip("netns", "add", space)
            _ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", space)
            _ip("link", "set", outside, "master", self._bridge, "up")
            for command in (["link", "set", "lo", "up"], ["link", "set", inside, "up"],
                            ["address", "add", f"{self._addresses[name]}/24", "dev", inside]):
                _ip("-n", space, *command)

    def __exit__(self, *_):
        for name in self.names:
            _ip("netns", "delete", self._space(name), check=False)
        _ip("link", "delete", self._bridge, check=False)

    @property
    def names(self):
        return [name for name in self._addresses if name != HERE]

    def address(self, name):
        return self._addresses[name]

    def inside(self, name, command):
        """The command that runs `command` where the server is."""
        return ["ip", "netns", "exec", self._space(name), *command]

    def cut(self, group, others):
        for a, b in itertools.product(group, others):
            self._believe(a, b, "lladdr", NOBODY, "nud", "permanent")
            self._believe(b, a, "lladdr", NOBODY, "nud", "permanent")

    def join(self, group, others):
        for a, b in itertools.product(group, others):
            self._believe(a, b, action="delete")
            self._believe(b, a, action="delete")

    def _believe(self, where, whom, *what, action="replace"):
        place = [] if where == HERE else ["-n", self._space(where)]
        device = self._bridge if where == HERE else "eth0"
        _ip(*place, "neighbour", action, self._addresses[whom], *what, "dev", device)

    def _space(self, name):
        return f"{self._prefix}-{name}"


def _ip(*arguments, check=True):
    subprocess.run(["ip", *arguments], check=check, capture_output=True, timeout=20)
