"""Servers that are killed while clients read and write."""

import threading
import time

import pymysql
import shop
import sql
from faults import wait_until_same
from narration import expect, heading, say, tally
from waiting import wait_until

READERS = 4
WRITERS = 2
# A session that has read from the primary, because the replicas were too slow for a moment, would
# wait for it; these take any committed state, and from a server, so that there is something to see.
BEST_BY_A_SERVER = "/* understudy: eventual nocache */ " + shop.BEST

WRITE = "INSERT INTO visit VALUES (%s, %s)"
FIND = "/* understudy: strong */ SELECT 1 FROM visit WHERE client = %s AND number = %s"
LOST = 2013  # the connection to the server, and with it what became of the statement


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
        try:
            self.wait_for_more()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def wait_for_more(self, each=20):
        goal = [len(done) + each for done in self.done]
        wait_until(lambda: self._failure or self.errors
                   or all(len(d) >= g for d, g in zip(self.done, goal)),
                   timeout=90, what="every client goes on")
        expect(not self.errors, f"no client notices: {self.errors[:1]}")

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


def browse(client, _):
    """A visitor who looks at the best sellers five times; returns the servers that answered."""
    servers = []
    for _ in range(5):
        expect(sql.execute(client, BEST_BY_A_SERVER), "there are best sellers")
        servers.append(shop.answered_by(client))
    return servers


def servers_of(readers):
    return [server for visit in readers.results() for server in visit]


def replica_dies(stage):
    heading("A replica is killed (SIGKILL) while four clients read")
    sandbox, proxy = stage.sandbox, stage.proxy
    with Clients(proxy, READERS, browse) as readers:
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


def primary_dies(stage):
    heading("The primary is killed (SIGKILL) while clients and visitors read and write")
    sandbox, proxy = stage.sandbox, stage.proxy
    with proxy.session(database="catalog") as client:
        sql.execute(client, "CREATE TABLE visit (client INT, number INT, PRIMARY KEY"
                            " (client, number))")
    numbers = [0] * WRITERS
    unknown = []

    def visit(client, index):
        numbers[index] += 1
        written = (index, numbers[index])
        try:
            sql.execute(client, WRITE, written)
        except pymysql.err.OperationalError as error:
            if error.args[0] != LOST:
                raise
            unknown.append(written)
            _write_if_missing(proxy, written)
        return written

    sandbox.wait_for_replicas()
    with Clients(proxy, READERS, browse) as readers, \
            Clients(proxy, WRITERS, visit) as writers:
        old, _ = stage.primary_dies()
        writers.wait_for_more()
        readers.wait_for_more()
        say(f"reads and writes went on; the longest wait of a write was "
            f"{writers.longest * 1000:.0f} ms")
        stage.start_again(old)
        readers.wait_for_more()
    _tell_reads(readers)
    if unknown:
        say(f"{len(unknown)} on the way when {old} died, looked up by key: "
            "visitors write past this proxy, so the log cannot tell whose it is")
    _check_writes(sandbox, proxy, writers)


def _write_if_missing(proxy, written):
    """What a client does whose write may or may not have been executed: its key tells."""
    with proxy.session(database="catalog", read_timeout=120) as client:
        if not sql.execute(client, FIND, written):
            sql.execute(client, WRITE, written)


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
