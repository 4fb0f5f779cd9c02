"""Makes the lag of replicas vary, each on its own, and measures it."""

import bisect
import contextlib
import random
import threading
import time

import sql

# Longest hold of each way in seconds. A paused server answers nobody: the monitor takes it out.
WAYS = {"lock tables": 10.0, "read lock": 10.0, "sql thread": 10.0, "pause": 1.5}


class LagDisturber:
    """From `with` to its end every replica is held back again and again, 0 to 10 s at a time."""

    def __init__(self, cluster, table, seed):
        self.held = {name: {way: 0 for way in WAYS} for name in cluster.names[1:]}
        self._cluster = cluster
        self._table = table
        self._stop = threading.Event()
        self._failures = []
        self._sockets = {server["name"]: server["socket"] for server in cluster.status()}
        self._positions = {name: [] for name in cluster.names}
        self._threads = [threading.Thread(target=self._guard, args=(self._sample, name))
                         for name in cluster.names]
        self._threads += [
            threading.Thread(target=self._guard,
                             args=(self._disturb, name, random.Random(f"{seed} {name}")))
            for name in self.held]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def longest_lag(self, name):
        """Seconds, by the servers' own positions."""
        times, numbers = zip(*self._positions[self._cluster.names[0]])
        longest = 0.0
        for when, number in self._positions[name]:
            index = bisect.bisect_right(numbers, number)  # the first that it does not have
            if index < len(times):
                longest = max(longest, when - times[index])
        return longest

    def _guard(self, run, *arguments):
        try:
            run(*arguments)
        except BaseException as error:  # raised again when the block ends
            self._failures.append(error)

    def _as_root(self, name):
        return sql.session(0, host="localhost", unix_socket=self._sockets[name], user="root",
                           password="")

    def _sample(self, name):
        flavour = self._cluster.flavour
        with self._as_root(name) as connection:
            while not self._stop.wait(0.05):
                position = sql.value(connection, flavour.logged_position)
                self._positions[name].append((time.monotonic(), flavour.number(position)))

    def _disturb(self, name, choice):
        with self._as_root(name) as connection:
            while not self._stop.wait(choice.uniform(0.1, 1.5)):
                # Whatever lasts long comes often, and each way once before any a second time.
                fewest = min(self.held[name].values())
                way = choice.choice([w for w in WAYS if self.held[name][w] == fewest])
                with self._hold(name, connection, way):
                    self.held[name][way] += 1
                    self._stop.wait(choice.uniform(0, WAYS[way]))

    @contextlib.contextmanager
    def _hold(self, name, connection, way):
        if way == "pause":
            self._cluster.pause(name)
        else:
            sql.execute(connection, {"lock tables": f"LOCK TABLES {self._table} READ",
                                     "read lock": "FLUSH TABLES WITH READ LOCK",
                                     "sql thread": self._cluster.flavour.stop_applier}[way])
        try:
            yield
        finally:
            if way == "pause":
                self._cluster.resume(name)
            elif way == "sql thread":
                sql.execute(connection, self._cluster.flavour.start_applier)
            else:
                sql.execute(connection, "UNLOCK TABLES")
