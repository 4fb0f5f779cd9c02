"""Statements that are on their way to a primary when it is killed: how they come to be so."""

import threading

import pymysql
from waiting import wait_until


class Background:
    """Runs statements of one session in a thread; `results` has the answers, or the error."""

    def __init__(self, connection, *statements):
        self.results = []
        self.error = None
        self.insert_id = None
        self.affected = None
        self._connection = connection
        self._statements = statements
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            for statement in self._statements:
                with self._connection.cursor() as cursor:
                    self.affected = cursor.execute(statement)
                    self.insert_id = cursor.lastrowid
                    self.results.append(cursor.fetchall())
        except pymysql.MySQLError as error:
            self.error = error

    def join(self):
        self._thread.join(timeout=60)
        assert not self._thread.is_alive(), "the statement is still under way"


def withhold_acknowledgements(cluster):
    """Commits on db1 reach the replicas, and wait there for ever to be acknowledged."""
    flavour = cluster.flavour
    for name in ("db2", "db3"):
        cluster.execute_as_root(
            f"SET GLOBAL {flavour.semi_sync_replica}_enabled = 0; {flavour.stop_receiver};"
            f"{flavour.start_receiver}", name)
    cluster.execute_as_root(f"SET GLOBAL {flavour.semi_sync_source}_timeout = 600000", "db1")
    waiting = f"{flavour.semi_sync_source}_clients".capitalize()
    wait_until(lambda: cluster.counter("db1", waiting) == 0,
               what="no replica acknowledges")
    for name in ("db2", "db3"):
        wait_until(lambda name=name: cluster.replicates(name), what=f"{name} follows")


def running(cluster, pattern):
    """The connections of `app` to db1 that are at work on such statements."""
    found = cluster.execute("db1", "SELECT id FROM information_schema.processlist "
                                   f"WHERE user = 'app' AND info LIKE '{pattern}'")
    return [row[0] for row in found]


def count(cluster, name, value):
    return cluster.execute(name, f"SELECT COUNT(*) FROM shop.t WHERE v = '{value}'")[0][0]


def kill_primary(cluster, understudy, fault="kill"):
    getattr(cluster, fault)("db1")
    wait_until(lambda: understudy.status()["primary"] not in ("db1", None),
               what="another one leads")
