"""Waiting for conditions, and ports that nobody listens on."""

import random
import socket
import time

# Below the range from which the kernel takes ports for outgoing connections.
_PORTS = range(20000, 32000)


def wait_until(condition, timeout=20.0, what=None):
    """Polls until `condition()` is truthy, returns that; AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            name = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"not within {timeout} s: {name}")
        time.sleep(0.02)


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count=1):
    """The first of `count` neighbouring free ports."""
    for _ in range(200):
        first = random.randrange(_PORTS.start, _PORTS.stop - count)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError("no free ports")
