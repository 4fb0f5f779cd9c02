"""What the demo prints, and how it notices that something is not as it has to be."""

import collections


class Unexpected(Exception):
    """Something that was shown is not as it has to be."""


def heading(text):
    print(f"\n== {text}", flush=True)


def say(text):
    print(f"   {text}", flush=True)


def operation(text, server):
    """One line: what was asked, and the server that answered."""
    print(f"   {text:<68} {server}", flush=True)


def expect(holds, what):
    if not holds:
        raise Unexpected(f"not as it has to be: {what}")


def tally(servers):
    """Counts as "db2 12, db3 13"."""
    counted = collections.Counter(servers)
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items()))
