"""Which server answers what."""

import sql

import pytest

# The monitor asks every server a few things every two seconds; these counts drown that.
READS = 600
NOISE = 60


@pytest.fixture(scope="module")
def settings():
    return {"monitor": {"interval": "2s"}}


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema(
        "routing", "CREATE TABLE t (id INT PRIMARY KEY, v INT)", "INSERT INTO t VALUES (1, 0)")


def grown(cluster, variable, before):
    return {name: count - before[name] for name, count in cluster.counters(variable).items()}


def test_reads_are_split_evenly_over_the_replicas(cluster, understudy):
    connections = [understudy.connect(database="routing") for _ in range(20)]
    before = cluster.counters("Com_select")
    for index in range(READS):
        assert sql.value(connections[index % 20], "SELECT COUNT(*) FROM t") == 1
    count = grown(cluster, "Com_select", before)
    for connection in connections:
        connection.close()
    assert count["db1"] < NOISE
    assert count["db2"] + count["db3"] >= READS
    assert count["db2"] > READS / 4 and count["db3"] > READS / 4


def test_writes_land_on_the_primary(cluster, understudy):
    before = cluster.counters("Com_insert")
    with understudy.session(database="routing") as client:
        for index in range(100):
            sql.execute(client, "INSERT INTO t VALUES (%s, 0)", (1000 + index,))
        sql.execute(client, "DELETE FROM t WHERE id >= 1000")
    # Replicas count what they apply, too; the primary has nothing but the statements themselves.
    assert grown(cluster, "Com_insert", before)["db1"] == 100


@pytest.mark.parametrize("begin", ["BEGIN", "START TRANSACTION", "SET autocommit = 0"])
def test_a_transaction_stays_on_the_primary(cluster, understudy, begin):
    with understudy.session(database="routing") as client:
        sql.execute(client, begin)
        before = cluster.counters("Com_select")
        for _ in range(READS // 2):
            sql.execute(client, "SELECT v FROM t WHERE id = 1")
        count = grown(cluster, "Com_select", before)
        sql.execute(client, "UPDATE t SET v = 77 WHERE id = 1")
        assert sql.value(client, "SELECT v FROM t WHERE id = 1") == 77
        sql.execute(client, "ROLLBACK")
        sql.execute(client, "SET autocommit = 1")
        assert sql.value(client, "SELECT v FROM t WHERE id = 1") == 0
    assert count["db1"] >= READS // 2
    assert count["db2"] < NOISE and count["db3"] < NOISE


def test_locking_reads_run_on_the_primary(cluster, understudy):
    with understudy.session(database="routing") as client:
        before = cluster.counters("Com_select")
        for _ in range(READS // 2):
            sql.execute(client, "SELECT v FROM t WHERE id = 1 FOR UPDATE")
    assert grown(cluster, "Com_select", before)["db1"] >= READS // 2


def test_a_session_reads_what_it_wrote(understudy):
    with understudy.session(database="routing") as client:
        for index in range(1, 501):
            sql.execute(client, "UPDATE t SET v = %s WHERE id = 1", (index,))
            assert sql.value(client, "SELECT v FROM t WHERE id = 1") == index
        sql.execute(client, "UPDATE t SET v = 0 WHERE id = 1")


def test_a_session_reads_what_its_transaction_wrote(understudy):
    with understudy.session(database="routing") as client:
        for index in range(1, 101):
            sql.execute(client, "BEGIN")
            sql.execute(client, "UPDATE t SET v = %s WHERE id = 1", (index,))
            sql.execute(client, "COMMIT")
            assert sql.value(client, "SELECT v FROM t WHERE id = 1") == index
        sql.execute(client, "UPDATE t SET v = 0 WHERE id = 1")
