"""What clients did and saw, written down as they did it.

A register is a row (k, v, tag). Every write sets v = v + 1 and a tag of its own, so v
counts the committed writes of its key in the order in which the primary ran them, and the tag
says whose write a value is. All times are of one monotonic clock, in nanoseconds.
"""

import time
from dataclasses import dataclass, field
from typing import Optional

INITIAL_TAG = "initial"

COMMITTED = "committed"
ABORTED = "aborted"  # rolled back, or refused before it ran
UNKNOWN = "unknown"  # the answer was lost

CONSISTENCIES = ("eventual", "bounded", "session", "strong")

clock = time.monotonic_ns


@dataclass(frozen=True)
class Write:
    key: int
    version: int
    tag: str
    invoked: int  # when the statement that may make it visible was sent: of a transaction, COMMIT
    completed: int
    outcome: str = COMMITTED
    transaction: Optional[str] = None  # its writes become visible together


@dataclass(frozen=True)
class Read:
    consistency: str
    invoked: int
    completed: int
    values: dict  # key -> (version, tag)
    keys: tuple  # what was asked for
    max_lag: Optional[int] = None  # of `bounded`, in nanoseconds
    way: str = "hint"  # how the consistency was chosen: hint, variable, transaction


@dataclass(frozen=True)
class TokenTaken:
    token: int  # a number for it, not its text


@dataclass(frozen=True)
class TokenAdopted:
    token: int


@dataclass
class History:
    """Sessions by name; of each, what it did, in its own order."""

    sessions: dict = field(default_factory=dict)

    def session(self, name):
        """The list that the one thread of this session appends to."""
        assert name not in self.sessions, f"two sessions named {name}"
        return self.sessions.setdefault(name, [])

    def events(self, kind):
        return [event for events in self.sessions.values() for event in events
                if isinstance(event, kind)]
