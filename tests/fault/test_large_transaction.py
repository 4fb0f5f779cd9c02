"""A transaction of a gigabyte: it passes the cache and a subscriber, and takes no memory.

UNDERSTUDY_LARGE_MIB is its size.
"""

import os

import pytest
import sql
from changes import subscribe
from faults import primary
from waiting import wait_until

MIB = int(os.environ.get("UNDERSTUDY_LARGE_MIB", "1024"))
ROW_BYTES = 8192
GROWTH_MAX_KB = 48 * 1024


@pytest.fixture
def settings():
    return {"cache": {"enabled": True, "tables": ["history.*"], "size": "1MiB"}}


def cpu_seconds(understudy):
    """Of the thread that has used most, user and system."""
    folder, ticks = f"/proc/{understudy.pid}/task", os.sysconf("SC_CLK_TCK")
    used = []
    for task in os.listdir(folder):
        with open(f"{folder}/{task}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        used.append((int(fields[11]) + int(fields[12])) / ticks)
    return max(used)


def test_a_large_transaction_takes_no_memory(cluster, understudy):
    count = MIB * 1024 * 1024 // ROW_BYTES
    leader = primary(understudy)
    cluster.make_schema(
        "large", "CREATE TABLE t (id INT PRIMARY KEY, v VARBINARY(8192))",
        "CREATE TABLE after (id INT PRIMARY KEY)")
    feed = subscribe(understudy, "large.t,large.after", by="row", columns="id", timeout=300)
    with understudy.session() as client:
        wait_until(lambda: understudy.metric("understudy_cache_open") == 1, what="the cache opens")
        sql.execute(client, "SELECT k FROM history.registers WHERE k = 1")
    understudy.forget_memory_peak()
    before, cpu = understudy.memory_kb(), cpu_seconds(understudy)
    with cluster.connect(leader, database="large", read_timeout=300) as writer:
        sql.execute(writer, "INSERT INTO large.t SELECT seq, REPEAT('x', %s) FROM "
                            + cluster.flavour.numbers(count), [ROW_BYTES])
        sql.execute(writer, "INSERT INTO large.after VALUES (1)")
    seen = 0
    while True:
        event = feed.event()
        assert event is not None and event.name == "message", event and event.data
        if event.data["table"] == "after":
            break
        seen += 1
        assert event.data["after"]["id"] == seen
    assert seen == count
    grown = understudy.memory_kb("VmHWM") - before
    print(f"{MIB} MiB in {count} rows: memory grew by {grown} kB at most, "
          f"{cpu_seconds(understudy) - cpu:.1f} s of the follower's CPU")
    assert grown < GROWTH_MAX_KB
    with understudy.session() as client:
        assert sql.value(client, "SELECT COUNT(*) FROM large.t") == count
