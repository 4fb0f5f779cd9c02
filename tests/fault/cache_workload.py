"""Clients whose reads may come from the result cache, while rows change under it in every way."""

import random

import pymysql
import sql
from fault_load import TABLE, FaultClient
from faults import primary
from history import ABORTED, COMMITTED, CONSISTENCIES, UNKNOWN, Read, Write, clock

HOT_KEYS = range(1, 33)  # of those that there are: answers are worth keeping
LAGS_MS = (150, 1000)  # few, since the hint is a part of a statement's text
READ_ONLY = (1290, 1792)


class CacheClient(FaultClient):
    """Reads single rows, some of them and all of them; writes through Understudy."""

    keys = HOT_KEYS
    steps = {"read_by_hint": 40, "read_by_variable": 52, "update": 4, "transaction": 2,
             "choose": 2}

    def _read_by_hint(self):
        consistency = self._choice.choice(CONSISTENCIES)
        max_lag = self._choice.choice(LAGS_MS) if consistency == "bounded" else None
        hint = f"bounded({max_lag}ms)" if max_lag else consistency
        self._read(f"/* understudy: {hint} */ ", consistency, max_lag, "hint")

    def _choose(self):
        self._consistency = self._choice.choice(CONSISTENCIES)
        self._max_lag = None
        sql.execute(self._connection, f"SET @understudy_consistency = '{self._consistency}'")
        if self._consistency == "bounded":
            self._max_lag = self._choice.choice(LAGS_MS)
            sql.execute(self._connection, f"SET @understudy_max_lag = '{self._max_lag}ms'")

    def _connect(self):
        super()._connect()
        self._connection.select_db(TABLE.split(".")[0])

    def _read(self, hint, consistency, max_lag, way):
        kind = self._choice.choices(("row", "range", "all"), (70, 20, 10))[0]
        if kind == "row":
            keys = (self._choice.choice(self.keys),)
            where = f"k = {keys[0]}"
        elif kind == "range":
            keys, where = tuple(range(1, 5)), "k BETWEEN 1 AND 4"
        else:
            keys, where = tuple(self.keys), f"k <= {self.keys[-1]}"
        invoked = clock()
        rows = sql.execute(self._connection, f"{hint}SELECT k, v, tag FROM {TABLE} WHERE {where}")
        self._events.append(Read(
            consistency, invoked, clock(), {key: (version, tag) for key, version, tag in rows},
            keys, max_lag and max_lag * 1_000_000, way))

    def _update(self, key=None):
        if key is not None:
            return super()._update(key)
        return _write_one(self, super()._update)


class DirectWriter(CacheClient):
    """Writes at the primary itself, past Understudy."""

    steps = {"update": 10, "pause": 90}

    def __init__(self, name, cluster, understudy, history, board, seed):
        self._cluster = cluster
        super().__init__(name, understudy, history, board, seed)

    def _pause(self):
        """As long as a statement takes, so that the readers' answers live for a while."""
        sql.execute(self._connection, "DO 0")

    def _connect(self):
        self._connections += 1
        self._session = f"{self._name}.{self._connections}"
        self._events = self._history.session(self._session)
        self._connection = self._cluster.connect(primary(self._understudy), read_timeout=5)


def _write_one(client, update):
    key, number, invoked = client._choice.choice(client.keys), client._tags + 1, clock()
    tag = f"{client._session}#{number}"
    try:
        tag, version = update(key)
    except (pymysql.MySQLError, OSError) as error:
        refused = error.args and error.args[0] in READ_ONLY
        outcome = ABORTED if refused else UNKNOWN
        client._events.append(Write(key, 0, tag, invoked, clock(), outcome))
        raise
    completed = clock()
    client._events.append(Write(key, version, tag, invoked, completed, COMMITTED))
    client.acknowledged.append(completed)


def make_clients(cluster, understudy, history, board, seed, count):
    """`count` clients, every fourth of which writes past Understudy."""
    clients = []
    for index in range(count):
        name = f"c{index + 1}"
        if index % 4 == 3:
            clients.append(DirectWriter(name, cluster, understudy, history, board, seed))
        else:
            clients.append(CacheClient(name, understudy, history, board, seed))
    return clients


def faults_in_order(seed):
    """What happens one after another, for ever."""
    choice = random.Random(f"{seed} faults")
    while True:
        yield choice.choice(("kill", "kill", "switchover", "switchover", "pause", "cut"))
