"""Decides whether a history kept every promise. No servers, no clock, no randomness in here."""

import bisect
from collections import defaultdict
from dataclasses import dataclass, replace

from history import ABORTED, COMMITTED, INITIAL_TAG, UNKNOWN, Read, TokenAdopted, TokenTaken, Write


@dataclass(frozen=True)
class Violation:
    kind: str
    session: str
    text: str

    def __str__(self):
        return f"{self.kind}: session {self.session}: {self.text}"


class _Writes:
    """All writes by tag, and what was acknowledged by when."""

    def __init__(self, writes):
        self.by_tag = {write.tag: write for write in writes}
        self.committed = defaultdict(list)
        self.transactions = defaultdict(list)
        for write in writes:
            if write.outcome == COMMITTED:
                self.committed[write.key].append(write)
            if write.transaction is not None and write.outcome != ABORTED:
                self.transactions[write.transaction].append(write)
        self.by_version = {(write.key, write.version): write
                           for of_key in self.committed.values() for write in of_key}
        self._times, self._newest = {}, {}
        for key, of_key in self.committed.items():
            of_key.sort(key=lambda write: write.completed)
            newest, best = [], 0
            for write in of_key:
                best = max(best, write.version)
                newest.append(best)
            self._times[key] = [write.completed for write in of_key]
            self._newest[key] = newest

    def first_missed(self, key, version):
        """When the first write newer than `version` was acknowledged; None if there is none."""
        of_key = self._newest.get(key, [])
        index = bisect.bisect_right(of_key, version)
        return self._times[key][index] if index < len(of_key) else None

    def newest_before(self, key, time):
        """The newest version whose write was acknowledged before `time`."""
        index = bisect.bisect_left(self._times.get(key, []), time)
        return self._newest[key][index - 1] if index else 0


def check(history):
    """Every violation, in no special order; an empty list if all promises were kept."""
    writes = _Writes(history.events(Write))
    found = list(_check_order(writes, history.events(Write)))
    floors, tokens = defaultdict(dict), {}
    for name, events in _tokens_first(history):
        found.extend(_check_session(name, events, writes, floors[name], tokens))
    return found


def _check_order(writes, every_write):
    """Versions count the writes of a key: none twice, none left out, in the order of time."""
    doubtful = {write.key for write in every_write if write.outcome == UNKNOWN}
    for key, of_key in writes.committed.items():
        versions = sorted(write.version for write in of_key)
        if len(set(versions)) != len(versions):
            yield Violation("lost write", "-", f"two writes of key {key} made the same version")
        elif key not in doubtful and versions != list(range(1, len(versions) + 1)):
            missing = sorted(set(range(1, versions[-1] + 1)) - set(versions))
            yield Violation("unasked write", "-", f"key {key}: nobody made {missing[:5]}")
        for write in of_key:
            floor = writes.newest_before(key, write.invoked)
            if write.version <= floor:
                yield Violation("write order", "-", f"{write.tag} made version {write.version} of "
                                f"key {key} after {floor} was acknowledged")


def _tokens_first(history):
    """Sessions in an order in which every token is taken before it is adopted, a part at a time."""
    waiting = {name: list(events) for name, events in history.sessions.items()}
    taken = set()
    while waiting:
        progress = False
        for name in list(waiting):
            events = waiting[name]
            ready = next((i for i, event in enumerate(events)
                          if isinstance(event, TokenAdopted) and event.token not in taken),
                         len(events))
            taken.update(e.token for e in events[:ready] if isinstance(e, TokenTaken))
            if ready:
                progress = True
                yield name, events[:ready]
            if ready == len(events):
                progress = True
                del waiting[name]
            else:
                waiting[name] = events[ready:]
        assert progress, "a token was adopted that nobody took"


def _raise(floor, key, version):
    floor[key] = max(floor.get(key, 0), version)


def _check_session(name, events, writes, floor, tokens):
    """A part of a session; `floor` is the version of each key that its reads owe by now."""
    for event in events:
        if isinstance(event, TokenTaken):
            tokens[event.token] = dict(floor)
        elif isinstance(event, TokenAdopted):
            for key, version in tokens[event.token].items():
                _raise(floor, key, version)
        elif isinstance(event, Write):
            if event.outcome == COMMITTED:
                _raise(floor, event.key, event.version)
        else:
            yield from _check_read(name, event, writes, floor)
            if event.consistency in ("session", "strong"):
                for key, (version, _) in event.values.items():
                    _raise(floor, key, version)


def _check_read(name, read, writes, floor):
    for key in read.keys:
        if key not in read.values:
            yield Violation("missing row", name, f"no row for key {key}")
            continue
        version, tag = read.values[key]
        yield from _check_value(name, read, key, version, tag, writes)
        owed, why = _owed(read, key, writes, floor)
        if version < owed:
            yield Violation(
                f"stale {read.consistency} read", name,
                f"key {key} showed version {version}, but {owed} {why}; "
                f"{_when(read, key, owed, writes)}")
    yield from _check_torn(name, read, writes)


def _owed(read, key, writes, floor):
    """The oldest version that this read may show, and why."""
    if read.consistency == "strong":
        return writes.newest_before(key, read.invoked), "was acknowledged before"
    if read.consistency == "bounded":
        owed = writes.newest_before(key, read.invoked - read.max_lag)
        return owed, f"was acknowledged more than {read.max_lag / 1e6:.0f} ms before"
    if read.consistency == "session":
        return floor.get(key, 0), "had been written or seen"
    return 0, ""


def _when(read, key, owed, writes):
    """For whoever looks for the cause."""
    write = writes.by_version.get((key, owed))
    if write is None:
        return f"way {read.way}"
    ago = (read.invoked - write.completed) / 1e6
    return f"way {read.way}, {write.tag}, acknowledged {ago:.1f} ms before the read was sent"


def _check_value(name, read, key, version, tag, writes):
    """It was really written, and not later than it was read."""
    if (version, tag) == (0, INITIAL_TAG):
        return
    write = writes.by_tag.get(tag)
    if write is None or write.key != key:
        yield Violation("phantom", name, f"key {key}: nobody wrote {tag!r}")
    elif write.outcome == ABORTED:
        yield Violation("aborted read", name, f"key {key}: {tag} was rolled back")
    elif write.outcome == COMMITTED and write.version != version:
        yield Violation("phantom", name, f"key {key}: {tag} is {write.version}, not {version}")
    elif write.invoked > read.completed:
        yield Violation("future", name, f"key {key}: {tag} was not yet committed")


def _check_torn(name, read, writes):
    """Writes of one transaction are seen together or not at all."""
    seen = {writes.by_tag[tag].transaction for _, tag in read.values.values()
            if tag in writes.by_tag}
    for transaction in seen - {None}:
        for write in writes.transactions[transaction]:
            if write.key in read.values and read.values[write.key][0] < write.version:
                yield Violation("torn transaction", name,
                                f"one part of {transaction} without its write of key {write.key}")


def longest_staleness(history):
    """The largest age, in seconds, of an acknowledged write that a read did not show."""
    writes = _Writes(history.events(Write))
    worst = 0
    for read in history.events(Read):
        for key, (version, _) in read.values.items():
            missed = writes.first_missed(key, version)
            if missed is not None:
                worst = max(worst, read.invoked - missed)
    return worst / 1e9


def read_as(history, old, new):
    """The same history, had its reads of one consistency asked for another."""
    changed = type(history)()
    for name, events in history.sessions.items():
        changed.session(name).extend(
            replace(event, consistency=new)
            if isinstance(event, Read) and event.consistency == old else event
            for event in events)
    return changed
