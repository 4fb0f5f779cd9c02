"""Twelve clients that write and read all the time and write down what they did, saw and ran into.

A step that fails is an error to its client: it is kept, the client connects again and goes on. What
was under way then has an unknown outcome. Error 1213 is no failure: it asks for the transaction to
be run again, and says that nothing of it is left.
"""

import statistics
import threading
from dataclasses import dataclass

import pymysql
import sql
from history import ABORTED, COMMITTED, UNKNOWN, History, Read, Write, clock
from history_checker import check
from history_workload import Client, TokenBoard
from waiting import wait_until

CLIENTS = 12
KEYS = range(1, 65)
TABLE = "history.registers"
SCHEMA = (
    "CREATE TABLE registers (k INT PRIMARY KEY, v BIGINT NOT NULL, tag VARCHAR(40) NOT NULL)",
    "INSERT INTO registers VALUES " + ", ".join(f"({key}, 0, 'initial')" for key in KEYS),
    # No unique key: what is run twice is there twice.
    "CREATE TABLE journal (id INT AUTO_INCREMENT PRIMARY KEY, tag VARCHAR(40) NOT NULL)",
)
DEADLOCK = 1213


@dataclass(frozen=True)
class Failure:
    client: str
    time: int
    error: Exception


class FaultClient(Client):
    keys = KEYS
    steps = {"read_by_hint": 20, "read_by_variable": 20, "write": 40, "transaction": 20}

    def __init__(self, *arguments):
        self.failures = []
        self.acknowledged = []  # times of writes that were answered
        self.again = 0  # transactions that were to be run again
        self.lines, self.unknown_lines, self._lines = set(), set(), 0
        super().__init__(*arguments)

    def run(self, stop):
        steps, weights = list(self.steps), list(self.steps.values())
        while not stop.is_set():
            step = self._choice.choices(steps, weights)[0]
            try:
                getattr(self, "_" + step)()
            except (pymysql.MySQLError, OSError) as error:
                self.failures.append(Failure(self._name, clock(), error))
                self._connect_again(stop)
        self._connection.close()

    def _connect_again(self, stop):
        while not stop.is_set():
            try:
                return self._reconnect()
            except (pymysql.MySQLError, OSError) as error:
                self.failures.append(Failure(self._name, clock(), error))
                stop.wait(0.05)

    def _reconnect(self):
        try:
            self._connection.close()
        except pymysql.MySQLError:
            pass  # it is gone already
        self._connect()

    def _write(self):
        """One statement: a line of the journal."""
        self._lines += 1
        tag = f"{self._name}/{self._lines}"
        try:
            sql.execute(self._connection, "INSERT INTO history.journal (tag) VALUES (%s)", [tag])
        except (pymysql.MySQLError, OSError):
            self.unknown_lines.add(tag)
            raise
        self.lines.add(tag)
        self.acknowledged.append(clock())

    def _transaction(self):
        keys = sorted(self._choice.sample(self.keys, self._choice.choice((1, 2, 3))))
        first, made, committing = self._tags + 1, [], None
        try:
            sql.execute(self._connection, "BEGIN")
            made.extend((key, *self._update(key)) for key in keys)
            committing = clock()
            sql.execute(self._connection, "COMMIT")
        except (pymysql.MySQLError, OSError) as error:
            rolled_back = committing is None or error.args[0] == DEADLOCK
            outcome = ABORTED if rolled_back else UNKNOWN
            tags = [f"{self._session}#{number}" for number in range(first, self._tags + 1)]
            self._events.extend(
                Write(key, 0, tag, committing or clock(), clock(), outcome, tags[0])
                for key, tag in zip(keys, tags))
            if error.args[0] != DEADLOCK:
                raise
            self.again += 1
            return
        completed = clock()
        self._events.extend(
            Write(key, version, tag, committing, completed, COMMITTED, made[0][1])
            for key, tag, version in made)
        self.acknowledged.append(completed)


class Load:
    """The clients, as a block: they run until it is left."""

    def __init__(self, understudy, seed, count=CLIENTS):
        self.history = History()
        self._stop = threading.Event()
        self._crashed = []
        board = TokenBoard()
        self.clients = self.make_clients(understudy, board, seed, count)
        self._threads = [threading.Thread(target=self._run, args=(client,))
                         for client in self.clients]

    def make_clients(self, understudy, board, seed, count):
        return [FaultClient(f"c{index + 1}", understudy, self.history, board, seed)
                for index in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        self.wait_for_writes()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._crashed:
            raise self._crashed[0]

    def _run(self, client):
        try:
            client.run(self._stop)
        except BaseException as error:  # raised again at the end of the block
            self._crashed.append(error)

    def wait_for_writes(self, each=20, timeout=60):
        """Until every client had this many more writes acknowledged."""
        goals = [len(client.acknowledged) + each for client in self.clients]
        wait_until(lambda: self._crashed or all(
            len(client.acknowledged) >= goal for client, goal in zip(self.clients, goals)),
            timeout=timeout, what=f"every client's writes go on; {self.failures()[-3:]}")

    def failures(self):
        return [failure for client in self.clients for failure in client.failures]

    @property
    def again(self):
        return sum(client.again for client in self.clients)

    def longest_pause(self, since, until=None):
        """The longest time in milliseconds without an acknowledged write, from `since` on."""
        times = sorted(time for client in self.clients for time in list(client.acknowledged)
                       if time >= since and (until is None or time <= until))
        return max(b - a for a, b in zip([since, *times], times)) / 1e6

    def check(self, cluster):
        """Raises if a promise was broken, or if the servers do not all have the same in the end."""
        final = self.history.session("final")
        for name in cluster.names:
            rows = cluster.execute(name, f"SELECT k, v, tag FROM {TABLE}")
            now = clock()
            final.append(Read("strong", now, now, {k: (v, tag) for k, v, tag in rows},
                              tuple(KEYS)))
            self._check_journal(cluster, name)
        violations = check(self.history)
        assert not violations, f"{len(violations)}: " + "\n".join(map(str, violations[:10]))

    def _check_journal(self, cluster, name):
        lines = [tag for tag, in cluster.execute(name, "SELECT tag FROM history.journal")]
        there = set(lines)
        sure = set().union(*(client.lines for client in self.clients))
        unknown = set().union(*(client.unknown_lines for client in self.clients))
        assert len(lines) == len(there), f"{name}: {len(lines) - len(there)} lines twice"
        assert sure <= there, f"{name}: {len(sure - there)} acknowledged lines are lost"
        assert there <= sure | unknown, f"{name}: lines that nobody wrote"


def tell(name, pauses):
    print(f"\n{name}: pause p50 {statistics.median(pauses):.1f} ms, worst {max(pauses):.1f} ms, "
          f"of {len(pauses)}: {', '.join(f'{pause:.0f}' for pause in pauses)}")
