"""Many clients on replicas whose lag varies between 0 and 10 s: every read is as fresh as it owes.

UNDERSTUDY_HISTORY_SECONDS makes it longer, UNDERSTUDY_HISTORY_SEED repeats the choices of a run.
"""

import collections
import os
import random

import pytest
from history import CONSISTENCIES, History, Read, TokenAdopted, Write
from history_checker import check, longest_staleness, read_as
from history_workload import SCHEMA, TABLE, run_clients
from lag_disturber import LagDisturber

CLIENTS = 16
SECONDS = float(os.environ.get("UNDERSTUDY_HISTORY_SECONDS", "45"))
SEED = int(os.environ.get("UNDERSTUDY_HISTORY_SEED", "0")) or random.randrange(1, 1 << 32)


@pytest.fixture(scope="module")
def settings():
    # Replicas stay in however far behind they are, so that reads have every chance to be stale.
    return {"reads": {"max_lag": "60s", "wait": "200ms"}}


def test_no_read_is_staler_than_it_may_be(cluster, understudy):
    print(f"seed {SEED}, {SECONDS} s")
    cluster.make_schema("history", *SCHEMA)
    history = History()
    before = cluster.counters("Com_select")
    with LagDisturber(cluster, TABLE, SEED) as disturber:
        run_clients(understudy, history, CLIENTS, SECONDS, SEED)
    selects = {name: count - before[name] for name, count in cluster.counters("Com_select").items()}
    cluster.heal()

    violations = check(history)
    assert not violations, f"seed {SEED}: {len(violations)} violations\n" + "\n".join(
        map(str, violations[:20]))
    assert_meaningful(history, disturber, selects)


def assert_meaningful(history, disturber, selects):
    """That nothing was wrong says something only if enough could have been."""
    reads = history.events(Read)
    counts = collections.Counter((read.consistency, read.way) for read in reads)
    lags = {name: disturber.longest_lag(name) for name in disturber.held}
    stale = longest_staleness(history)
    print(f"{len(reads)} reads, {len(history.events(Write))} writes, "
          f"{len(history.events(TokenAdopted))} tokens, selects {selects}")
    print(f"{dict(counts)}\nlongest lag {lags}, stalest read {stale:.1f} s, held {disturber.held}")

    for consistency in CONSISTENCIES:
        for way in ("hint", "variable"):
            assert counts[consistency, way] >= 100, (consistency, way)
    assert counts["session", "transaction"] >= 50
    assert len(history.events(Write)) >= 300
    assert len(history.events(TokenAdopted)) >= 50
    # A quarter of the reads by hint must go to the primary, and much of what cannot be stale does.
    on_replicas = sum(count for name, count in selects.items() if name in disturber.held)
    assert on_replicas >= len(reads) / 4
    assert all(lag >= 3 for lag in lags.values()), lags
    assert all(sum(ways.values()) >= 3 for ways in disturber.held.values()), disturber.held
    assert stale >= 2
    # The same answers would not have done for stricter reads.
    kinds = {violation.kind for violation in check(read_as(history, "eventual", "strong"))}
    assert "stale strong read" in kinds
    kinds = {violation.kind for violation in check(read_as(history, "eventual", "session"))}
    assert "stale session read" in kinds
