"""A known load generator runs through without an error, and the servers say where its work went.

UNDERSTUDY_LOAD_SECONDS makes each run longer.
"""

import os

import pytest
import sysbench
from understudy import Understudy
from waiting import wait_until

SECONDS = int(os.environ.get("UNDERSTUDY_LOAD_SECONDS", "8"))
THREADS = 64
PS_MODES = ["auto", "disable"]
WRITES = ("Com_insert", "Com_update", "Com_delete")


@pytest.fixture(scope="module", autouse=True)
def tables(cluster, understudy):
    # Counts by account: apart from the monitor's own and from what replication applies.
    cluster.execute_as_root("SET GLOBAL userstat = 1")
    cluster.make_schema("sbtest")
    sysbench.prepare(understudy.port)
    cluster.wait_for_replicas()


class Counted:
    """What the servers counted between `with` and its end."""

    def __init__(self, cluster):
        self._cluster = cluster

    def __enter__(self):
        self._cluster.wait_for_replicas()
        self._before = self._take()
        return self

    def __exit__(self, *_):
        self._cluster.wait_for_replicas()
        after = self._take()
        self._grown = {name: {what: count - self._before[name][what]
                              for what, count in counts.items()}
                       for name, counts in after.items()}

    def of(self, what):
        """By server: of the application (select, update), or of all (a status variable)."""
        return {name: counts[what] for name, counts in self._grown.items()}

    def _take(self):
        return {name: self._of_application(name) | self._of_all(name)
                for name in self._cluster.names}

    def _of_application(self, name):
        rows = self._cluster.execute(
            name, "SELECT SELECT_COMMANDS, UPDATE_COMMANDS FROM information_schema.USER_STATISTICS"
                  " WHERE USER = 'app'")
        return {"select": int(rows[0][0]), "update": int(rows[0][1])}

    def _of_all(self, name):
        return {variable: self._cluster.counter(name, variable) for variable in WRITES}


def assert_all_writes_on_the_primary(counted, result):
    primary, *replicas = counted.of("update")
    assert not any(counted.of("update")[name] for name in replicas), counted.of("update")
    # An ignored error takes up to four writes along that sysbench does not count as done, and
    # those of the transactions that the end of the run cut off.
    ran = sum(counted.of(variable)[primary] for variable in WRITES)
    assert result.writes <= ran <= result.writes + 4 * (result.ignored + THREADS)
    for variable in WRITES:  # replicas count what they apply: at most what the primary ran
        counts = counted.of(variable)
        assert all(counts[name] <= counts[primary] for name in replicas), (variable, counts)


def assert_reads_are_split_over_the_replicas(counted, reads):
    primary, *replicas = counted.of("select")
    selects = counted.of("select")
    # With questions for a position, which sessions ask before they move.
    each = sum(selects[name] for name in replicas) / len(replicas)
    assert reads <= each * len(replicas) + selects[primary] <= reads * 1.2, selects
    assert selects[primary] <= reads / 200, selects
    assert all(abs(selects[name] - each) <= each / 10 for name in replicas), selects


@pytest.mark.parametrize("prepared", PS_MODES)
def test_transactions_run_without_errors_on_the_primary(cluster, understudy, prepared):
    with Counted(cluster) as counted:
        result = sysbench.run(understudy.port, "oltp_read_write", seconds=SECONDS, threads=THREADS,
                              options=[f"--db-ps-mode={prepared}"])
    print(f"{prepared}: {result}; selects {counted.of('select')}, writes {counted.of('update')}")
    assert_all_writes_on_the_primary(counted, result)
    assert counted.of("select")["db1"] >= result.reads
    # Deadlocks between its own transactions are of this load's making; more would be of ours.
    assert result.ignored <= max(10, result.transactions / 100)


SPREADS = {
    "free": {"consistency": "eventual", "balance": "round_robin"},
    "default": {},
}


@pytest.fixture(params=list(SPREADS))
def spread(request, binary, cluster):
    """A second proxy, once the replicas have what the tests before have written: it would spare
    one that is behind."""
    cluster.wait_for_replicas()
    with Understudy(binary, cluster, {"reads": SPREADS[request.param]}) as proxy:
        yield proxy


@pytest.mark.parametrize("prepared", PS_MODES)
def test_reads_in_autocommit_are_split_over_the_replicas(cluster, spread, prepared):
    with Counted(cluster) as counted:
        result = sysbench.run(spread.port, "oltp_read_only", seconds=SECONDS, threads=THREADS,
                              options=["--skip-trx=on", f"--db-ps-mode={prepared}"])
    print(f"{prepared}: {result}; selects {counted.of('select')}")
    assert result.ignored == 0
    assert_reads_are_split_over_the_replicas(counted, result.reads)


@pytest.mark.parametrize("prepared", PS_MODES)
def test_reads_and_writes_in_autocommit_part(cluster, understudy, prepared):
    # Two threads may delete and insert the same row: 1062 without transactions.
    with Counted(cluster) as counted:
        result = sysbench.run(understudy.port, "oltp_read_write", seconds=5, threads=16,
                              options=["--skip-trx=on", f"--db-ps-mode={prepared}",
                                       "--mysql-ignore-errors=1213,1020,1205,1062"])
    print(f"{prepared}: {result}; selects {counted.of('select')}, writes {counted.of('update')}")
    assert_all_writes_on_the_primary(counted, result)


def answers(cluster, load, name):
    """Waits until a server has answered many more reads."""
    before = cluster.counter(name, "Com_select")
    wait_until(lambda: not load.running or cluster.counter(name, "Com_select") > before + 2000,
               what=f"{name} answers reads")
    if not load.running:
        load.finish()  # says what went wrong
        raise AssertionError("the load ended too early")


@pytest.mark.parametrize("prepared", PS_MODES)
def test_a_killed_replica_costs_no_read_and_gets_its_share_back(cluster, understudy, prepared):
    with sysbench.Sysbench(understudy.port, "oltp_read_only", seconds=SECONDS + 20, threads=THREADS,
                           options=["--skip-trx=on", f"--db-ps-mode={prepared}"]) as load:
        answers(cluster, load, "db2")
        cluster.kill("db2")
        wait_until(lambda: understudy.health("db2") == "down", what="db2 is down")
        answers(cluster, load, "db3")
        cluster.start("db2")
        wait_until(lambda: understudy.health("db2") == "up", what="db2 is up")
        answers(cluster, load, "db2")
        assert load.running, "the load must last longer than the replica's return"
        result = load.finish()
    print(f"{prepared}: {result}")
    assert result.ignored == 0
