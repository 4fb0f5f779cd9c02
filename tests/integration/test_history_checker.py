"""The checker of histories finds each kind of violation, and none where there is none."""

import pytest
from history import (ABORTED, INITIAL_TAG, UNKNOWN, History, Read, TokenAdopted, TokenTaken, Write)
from history_checker import check, longest_staleness, read_as

MS = 1_000_000


def write(version, at, key=1, **options):
    """Sent at `at`, acknowledged 1 ms later."""
    return Write(key, version, f"w{key}.{version}", at * MS, (at + 1) * MS, **options)


def read(consistency, version, at, key=1, **options):
    return read_many(consistency, {key: version}, at, **options)


def read_many(consistency, versions, at, bound=None, **options):
    values = {key: (version, f"w{key}.{version}" if version else INITIAL_TAG)
              for key, version in versions.items()}
    return Read(consistency, at * MS, (at + 1) * MS, values, tuple(versions),
                bound and bound * MS, **options)


def kinds(**sessions):
    return [violation.kind for violation in check(History(dict(sessions)))]


WRITER = [write(1, 10), write(2, 20)]


def test_a_good_history_is_good():
    assert kinds(
        a=[*WRITER, read("session", 2, 30), TokenTaken(1)],
        b=[read("eventual", 0, 40), read("strong", 2, 40), read("bounded", 1, 40, bound=19),
           read("bounded", 0, 40, bound=30)],
        c=[read("session", 0, 40), read("session", 1, 50), TokenAdopted(1), read("session", 2, 60)],
        d=[read("strong", 1, 15), read("strong", 1, 20), read("eventual", 2, 20)],
    ) == []


@pytest.mark.parametrize("version, at, found", [
    (0, 11, []), (0, 12, ["stale strong read"]), (1, 21, []), (1, 22, ["stale strong read"])])
def test_a_strong_read_shows_what_was_acknowledged_before(version, at, found):
    assert kinds(a=WRITER, b=[read("strong", version, at)]) == found


@pytest.mark.parametrize("bound, found", [(79, []), (78, ["stale bounded read"])])
def test_a_bounded_read_shows_what_was_acknowledged_before_the_bound(bound, found):
    # Version 2 was acknowledged at 21 and must be seen by reads sent after 21 + bound.
    assert kinds(a=WRITER, b=[read("bounded", 1, 100, bound=bound)]) == found


def test_a_session_reads_its_own_writes():
    assert kinds(a=[*WRITER, read("session", 1, 30)]) == ["stale session read"]
    assert kinds(a=WRITER, b=[read("session", 1, 30)]) == []


@pytest.mark.parametrize("first", ["session", "strong"])
def test_a_session_never_goes_back(first):
    assert kinds(a=WRITER, b=[read(first, 2, 30), read("session", 1, 40)]) == ["stale session read"]


@pytest.mark.parametrize("first", ["eventual", "bounded"])
def test_weaker_reads_promise_nothing_to_later_ones(first):
    assert kinds(a=WRITER, b=[read(first, 2, 30, bound=1000), read("session", 1, 40)]) == []


def test_a_token_carries_what_its_session_had_seen():
    old = [TokenAdopted(7), read("session", 1, 50)]
    assert kinds(z=[*WRITER, TokenTaken(7)], a=old) == ["stale session read"]
    assert kinds(z=[write(1, 10), TokenTaken(7), write(2, 20)], a=old) == []
    seen = [read("session", 2, 30), TokenTaken(7)]
    assert kinds(z=WRITER, m=seen, a=old) == ["stale session read"]


def test_tokens_go_back_and_forth():
    assert kinds(
        a=[write(1, 10), TokenTaken(1), TokenAdopted(2), read("session", 1, 50)],
        b=[TokenAdopted(1), write(2, 20), TokenTaken(2)]) == ["stale session read"]


def test_what_nobody_wrote_is_a_phantom():
    assert kinds(b=[read("eventual", 3, 30)], a=WRITER) == ["phantom"]
    other_version = Read("eventual", 30 * MS, 31 * MS, {1: (2, "w1.1")}, (1,))
    assert kinds(b=[other_version], a=WRITER) == ["phantom"]
    other_key = Read("eventual", 30 * MS, 31 * MS, {5: (1, "w1.1")}, (5,))
    assert kinds(b=[other_key], a=WRITER) == ["phantom"]


def test_a_value_cannot_come_before_its_write():
    assert kinds(a=WRITER, b=[read("eventual", 2, 15)]) == ["future"]


def test_what_was_rolled_back_is_not_seen():
    rolled_back = write(3, 30, outcome=ABORTED)
    assert kinds(a=[*WRITER, rolled_back], b=[read("eventual", 3, 40)]) == ["aborted read"]


def test_a_row_cannot_be_missing():
    nothing = Read("eventual", 30 * MS, 31 * MS, {}, (1,))
    assert kinds(a=WRITER, b=[nothing]) == ["missing row"]


def test_a_transaction_is_seen_as_a_whole():
    both = [write(1, 10, key=1, transaction="t"), write(1, 10, key=2, transaction="t")]
    assert kinds(a=both, b=[read_many("eventual", {1: 1, 2: 0}, 30)]) == ["torn transaction"]
    assert kinds(a=both, b=[read_many("eventual", {1: 1, 2: 1}, 30)]) == []
    assert kinds(a=both, b=[read_many("eventual", {1: 0, 2: 0}, 30)]) == []


def test_versions_are_made_once_each_and_in_order():
    twice = Write(1, 2, "other", 30 * MS, 31 * MS)
    assert "lost write" in kinds(a=WRITER, b=[twice])
    assert kinds(a=[write(1, 10), write(3, 20)]) == ["unasked write"]
    assert kinds(a=[write(1, 10), write(3, 20), write(2, 30, outcome=UNKNOWN)]) == []
    assert kinds(a=[write(2, 10), write(1, 20)]) == ["write order"]


def test_staleness_is_the_age_of_the_first_write_that_is_missed():
    history = History({"a": WRITER, "b": [read("eventual", 0, 111), read("eventual", 2, 500)]})
    assert longest_staleness(history) == pytest.approx(0.1)
    assert check(history) == []
    assert [v.kind for v in check(read_as(history, "eventual", "strong"))] == ["stale strong read"]
