"""Clients that read and write registers at random and write down what they did and saw."""

import itertools
import random
import threading

import sql
from history import (ABORTED, COMMITTED, CONSISTENCIES, Read, TokenAdopted, TokenTaken, Write,
                     clock)

KEYS = range(1, 9)
TABLE = "history.registers"
SCHEMA = (
    "CREATE TABLE registers (k INT PRIMARY KEY, v BIGINT NOT NULL, tag VARCHAR(40) NOT NULL)",
    "INSERT INTO registers VALUES " + ", ".join(f"({key}, 0, 'initial')" for key in KEYS),
)
# How often each step is taken.
STEPS = {"read_by_hint": 45, "read_by_variable": 25, "write": 12, "transaction": 6, "choose": 6,
         "give_token": 3, "take_token": 3, "reconnect": 1}


class TokenBoard:
    """Where sessions leave tokens for others."""

    def __init__(self):
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._tokens = []

    def new_number(self):
        with self._lock:
            return next(self._numbers)

    def put(self, number, text):
        with self._lock:
            self._tokens = self._tokens[-15:] + [(number, text)]

    def any(self, choice):
        with self._lock:
            return choice.choice(self._tokens) if self._tokens else None


class Client:
    """One thread with one session at a time."""

    keys = KEYS
    table = TABLE
    steps = STEPS

    def __init__(self, name, understudy, history, board, seed):
        self._name = name
        self._understudy = understudy
        self._history = history
        self._board = board
        self._choice = random.Random(f"{seed} {name}")
        self._connections = 0
        self._tags = 0
        self._connect()

    def run(self, stop):
        steps, weights = list(self.steps), list(self.steps.values())
        try:
            while not stop.is_set():
                getattr(self, "_" + self._choice.choices(steps, weights)[0])()
        finally:
            self._connection.close()

    def _connect(self):
        self._connections += 1
        self._session = f"{self._name}.{self._connections}"
        self._events = self._history.session(self._session)
        self._connection = self._understudy.connect()
        self._consistency, self._max_lag = "session", None

    def _reconnect(self):
        self._connection.close()
        self._connect()

    def _read_by_hint(self):
        consistency = self._choice.choice(CONSISTENCIES)
        max_lag = self._choice.randrange(200, 5000) if consistency == "bounded" else None
        hint = f"bounded({max_lag}ms)" if max_lag else consistency
        self._read(f"/* understudy: {hint} */ ", consistency, max_lag, "hint")

    def _read_by_variable(self):
        self._read("", self._consistency, self._max_lag, "variable")

    def _choose(self):
        self._consistency = self._choice.choice(CONSISTENCIES)
        self._max_lag = None
        sql.execute(self._connection, f"SET @understudy_consistency = '{self._consistency}'")
        if self._consistency == "bounded":
            self._max_lag = self._choice.randrange(200, 5000)
            sql.execute(self._connection, f"SET @understudy_max_lag = '{self._max_lag}ms'")

    def _read(self, hint, consistency, max_lag, way):
        keys = tuple(self._choice.sample(self.keys, self._choice.choice((1, 1, 2, len(KEYS)))))
        statement = (f"{hint}SELECT k, v, tag FROM {self.table} "
                     f"WHERE k IN ({', '.join(map(str, keys))})")
        invoked = clock()
        rows = sql.execute(self._connection, statement)
        self._events.append(Read(
            consistency, invoked, clock(), {key: (version, tag) for key, version, tag in rows},
            keys, max_lag and max_lag * 1_000_000, way))

    def _update(self, key):
        """Returns the tag and the version; the version is known from the answer alone."""
        self._tags += 1
        tag = f"{self._session}#{self._tags}"
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self.table} SET v = LAST_INSERT_ID(v + 1), tag = %s WHERE k = %s",
                (tag, key))
            return tag, cursor.lastrowid

    def _write(self):
        key = self._choice.choice(self.keys)
        invoked = clock()
        tag, version = self._update(key)
        self._events.append(Write(key, version, tag, invoked, clock()))

    def _transaction(self):
        # Sorted, so that two transactions never wait for each other.
        keys = sorted(self._choice.sample(self.keys, self._choice.choice((1, 2, 3))))
        sql.execute(self._connection, "BEGIN")
        if self._choice.random() < 0.5:
            # Its snapshot is taken by this read, so it owes what any read of a session does.
            self._read("", "session", None, "transaction")
        made = [(key, *self._update(key)) for key in keys]
        commits = self._choice.random() < 0.8
        invoked = clock()
        sql.execute(self._connection, "COMMIT" if commits else "ROLLBACK")
        outcome = COMMITTED if commits else ABORTED
        self._events.extend(
            Write(key, version, tag, invoked, clock(), outcome, transaction=made[0][1])
            for key, tag, version in made)

    def _give_token(self):
        number = self._board.new_number()
        text = sql.value(self._connection, "SELECT @understudy_token")
        self._events.append(TokenTaken(number))
        self._board.put(number, text)

    def _take_token(self):
        token = self._board.any(self._choice)
        if token is not None:
            sql.execute(self._connection, "SET @understudy_token = %s", (token[1],))
            self._events.append(TokenAdopted(token[0]))


def run_clients(understudy, history, count, seconds, seed):
    """Runs `count` clients at once; raises what the first of them ran into."""
    stop, failures, board = threading.Event(), [], TokenBoard()

    def run(client):
        try:
            client.run(stop)
        except BaseException as error:
            failures.append(error)
            stop.set()

    clients = [Client(f"c{index + 1}", understudy, history, board, seed) for index in range(count)]
    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
