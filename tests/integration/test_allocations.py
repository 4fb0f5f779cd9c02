"""A worker allocates nothing for a read: its parts are handed on from one command to the next."""

import os
import pathlib
import struct

import pytest
import raw_commands as raw
import sql
from understudy import Understudy

READS = 1000
READ = "SELECT v, CONCAT('a text that is longer than ', 'sixty-four bytes') FROM counted.t"


@pytest.fixture(scope="module", autouse=True)
def schema(cluster):
    cluster.make_schema("counted", "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
                        "INSERT INTO t VALUES (1, 1)")
    cluster.wait_for_replicas()


@pytest.fixture
def counter(tmp_path):
    path = tmp_path / "allocations"
    path.write_bytes(bytes(8))
    return path


@pytest.fixture
def client(binary, cluster, counter, monkeypatch):
    library = pathlib.Path(binary).parent / "tests" / "libcount_allocations.so"
    assert library.is_file()
    monkeypatch.setattr(cluster.flavour, "environment", lambda: {
        **os.environ, "LD_PRELOAD": str(library), "COUNT_ALLOCATIONS_IN": str(counter)})
    with Understudy(binary, cluster, {"listen": {"workers": 1}}) as proxy:
        with proxy.session() as session:
            yield session


def counted(counter):
    return struct.unpack("=Q", counter.read_bytes())[0]


def each(counter, read, repeat=READS):
    """How many allocations a read costs once all are warm."""
    for _ in range(200):
        read()
    before = counted(counter)
    for _ in range(repeat):
        read()
    return (counted(counter) - before) / repeat


def test_a_login_is_counted(counter, client):
    assert counted(counter) > 100, "nothing is counted"


def test_reads_whose_freshness_does_not_matter(counter, client):
    text = "/* understudy: eventual */ " + READ
    assert each(counter, lambda: sql.value(client, text)) < 0.05


def test_reads_of_a_session(counter, client):
    """One in sixteen has a question to the server in front of it, which costs a dozen."""
    assert each(counter, lambda: sql.value(client, READ)) < 1


def test_prepared_reads(counter, client):
    answer = raw.ask_to_prepare(client, "/* understudy: eventual */ " + READ + " WHERE id = ?")
    statement = struct.unpack("<I", answer[0][1:5])[0]
    number = struct.pack("<i", 1)
    # The type only once, as clients do.
    raw.ask(client, raw.execute(statement, 0, b"\0\1\x03\0" + number))

    def read():
        assert len(raw.ask(client, raw.execute(statement, 0, b"\0\0" + number))) > 3
    assert each(counter, read) < 0.05
