"""Servers that are killed while clients read and write."""

import threading
import time

import pymysql
import shop
import sql
from faults import wait_until_same
from narration import expect, heading, say, tally
from waiting import wait_until

READERS = 8
WRITERS = 4


class Clients:
    """Threads that do `step(client, index)` all the time, on a new session through the proxy each
    time, as the visitors of a shop do.

    What the server or the proxy reports is in `errors`, and the thread goes on; anything else ends
    it and is raised when the block is left.
    """

    def __init__(self, proxy, count, step):
        self._proxy = proxy
        self._step = step
        self._failure = None
        self._stop = threading.Event()
        self.done = [[] for _ in range(count)]  # of each client: what its steps returned
        self.errors = []
        self.longest = 0.0  # seconds that a step took which succeeded
        self._threads = [threading.Thread(target=self._run, args=(i,)) for i in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def wait_for_more(self, each=20):
        goal = [len(done) + each for done in self.done]
        wait_until(lambda: self._failure or all(len(d) >= g for d, g in zip(self.done, goal)),
                   timeout=90, what=f"every client goes on; errors: {self.errors[-3:]}")

    def results(self):
        return [result for done in list(self.done) for result in list(done)]

    def _run(self, index):
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                with self._proxy.session(database="catalog", read_timeout=120) as client:
                    result = self._step(client, index)
            except pymysql.MySQLError as error:
                self.errors.append(error)
                continue
            except BaseException as error:  # raised again when the block ends
                self._failure = error
                return
            self.longest = max(self.longest, time.monotonic() - started)
            self.done[index].append(result)


def browse(client, _, hint=""):
    """A visitor who looks at the best sellers five times; returns the servers that answered."""
    servers = []
    for _ in range(5):
        expect(sql.execute(client, hint + shop.BEST), "there are best sellers")
        servers.append(shop.answered_by(client))
    return servers


def browse_anywhere(client, index):
    """One who takes any committed state. A session that has read from the primary, because the
    replicas were too slow for a moment, would wait for it."""
    return browse(client, index, "/* understudy: eventual */ ")


def servers_of(readers):
    return [server for visit in readers.results() for server in visit]


def replica_dies(stage):
    heading("A replica is killed (SIGKILL) while eight clients read")
    sandbox, proxy = stage.sandbox, stage.proxy
    with Clients(proxy, READERS, browse) as readers:
        servers = servers_of(readers)
        expect(servers.count("db1") <= len(servers) / 10, "replicas answer the reads")
        sandbox.kill("db2")
        wait_until(lambda: proxy.health("db2") == "down", what="db2 is down")
        # Visits that began before that may still end with what they got from db2.
        readers.wait_for_more(2)
        before = servers_of(readers)
        readers.wait_for_more()
        alone = servers_of(readers)[len(before):]
        say(f"db2 killed: reads go on ({len(before)} before, {len(alone)} without it)")
        sandbox.start("db2")
        wait_until(lambda: proxy.health("db2") == "up", timeout=60, what="db2 is up")
        seen = servers_of(readers).count("db2")
        wait_until(lambda: servers_of(readers).count("db2") > seen + 50, timeout=60,
                   what="db2 answers reads again")
        say("db2 started: it has caught up and answers reads again")
    _tell_reads(readers)
    moved = servers_of(readers).count("db1")
    if moved:
        say(f"   {moved} on db1: of sessions whose last read was on db2; "
            "only the primary surely has what they saw")
    # Some visits lose db2 in the middle, and a busy machine may hold a replica up for a moment.
    expect(moved <= len(servers_of(readers)) / 10, f"few reads end on the primary: {moved}")


def primary_dies(stage):
    heading("The primary is killed (SIGKILL) while four clients write and eight read")
    sandbox, proxy = stage.sandbox, stage.proxy
    with proxy.session(database="catalog") as client:
        sql.execute(client, "CREATE TABLE visit (client INT, number INT, PRIMARY KEY"
                            " (client, number))")
    numbers = [0] * WRITERS

    def visit(client, index):
        numbers[index] += 1
        number = numbers[index]
        sql.execute(client, "INSERT INTO visit VALUES (%s, %s)", [index, number])
        return index, number

    sandbox.wait_for_replicas()
    with Clients(proxy, READERS, browse_anywhere) as readers, \
            Clients(proxy, WRITERS, visit) as writers:
        old, _ = stage.primary_dies()
        writers.wait_for_more()
        readers.wait_for_more()
        say(f"reads and writes went on; the longest wait of a write was "
            f"{writers.longest * 1000:.0f} ms")
        stage.start_again(old)
        readers.wait_for_more()
    _tell_reads(readers)
    _check_writes(sandbox, proxy, writers)


def _tell_reads(readers):
    say(f"reads: {tally(servers_of(readers))}; errors: {len(readers.errors)}")
    expect(not readers.errors, f"no reader notices: {readers.errors[:1]}")


def _check_writes(sandbox, proxy, writers):
    acknowledged = set(writers.results())
    expect(not writers.errors, f"no writer notices: {writers.errors[:1]}")
    wait_until_same(sandbox, proxy)
    for name in sandbox.names:
        kept = set(sandbox.execute(name, "SELECT client, number FROM catalog.visit"))
        expect(acknowledged == kept, f"{name} has every acknowledged write and no other")
    say(f"writes: {len(acknowledged)} acknowledged; errors: 0; each is there, once, on all servers")
