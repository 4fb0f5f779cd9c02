"""Whatever a client does to its session, it sees what it would see on a direct connection.

UNDERSTUDY_WALK_SEED chooses other statements, UNDERSTUDY_WALK_STEPS how many.
"""

import os
import pathlib
import shutil
import tempfile
import threading

import pymysql
import pytest
import session_walk
from sandbox import Sandbox

SEED = int(os.environ.get("UNDERSTUDY_WALK_SEED", "1"))
STEPS = int(os.environ.get("UNDERSTUDY_WALK_STEPS", "40"))
CLIENTS = 50
RESULTS_GONE = 1105  # see docs/sessions.md


@pytest.fixture(scope="module")
def settings():
    """Fewer connections to a server than clients, but for those that tie clients to them."""
    return {"pool": {"max_per_server": CLIENTS + 10}, "failover": {"mode": "manual"}}


@pytest.fixture(scope="module")
def twin(binary):
    """A server with the same schemas and accounts, where each client has direct connections."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-twin-"))
    sandbox = Sandbox(binary, directory / "sandbox", replicas=0)
    sandbox.up()
    try:
        yield sandbox
    finally:
        sandbox.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def schema(cluster, twin):
    for each in (cluster, twin):
        each.make_schema("walk", *(statement for client in range(CLIENTS)
                                   for statement in session_walk.tables_of(client)))


class Pair:
    """The two sessions of one client, which take the same steps."""

    def __init__(self, client, twin, understudy):
        self.name = client
        self.walk = session_walk.Walk(f"{SEED} {client}", client)
        self.open = [lambda: twin.connect("db1", **self.options()),
                     lambda: understudy.connect(**self.options())]
        self.history = []
        self.gone = 0
        self.connect()

    def options(self):
        return {"database": session_walk.schema_of(self.name, "a"), "use_unicode": False,
                "conv": {}, "client_flag": pymysql.constants.CLIENT.MULTI_STATEMENTS}

    def go(self):
        try:
            for _ in range(STEPS):
                self.take(self.walk.step())
                for probe in self.walk.probes():
                    if not self.take(probe):
                        break
        finally:
            for client in self.clients:
                client.close()

    def connect(self):
        self.clients = [open() for open in self.open]
        self.forget_found_rows()

    def forget_found_rows(self):
        """Servers leave those of whoever had the thread before."""
        for client in self.clients:
            session_walk.outcome(client, "SELECT name FROM walk.me")

    def take(self, step):
        """False if what the last statement left is known on one of them only, and gone now."""
        self.history.append(step)
        directly, through = (session_walk.outcome(client, step) for client in self.clients)
        if through[0] == RESULTS_GONE and session_walk.asks_about_results(step):
            self.gone += 1
            return self.take("SELECT name FROM walk.me") and False
        assert through == directly, (
            f"client {self.name}, {step}: {different(through, directly)}, "
            f"after {self.history[-12:-1]}")
        if directly == session_walk.CLOSED:
            self.connect()
        if isinstance(step, session_walk.ChangeUser):
            self.forget_found_rows()
        return True


def different(through, directly):
    if isinstance(directly, list) and len(directly) == len(through):
        through, directly = next(pair for pair in zip(through, directly) if pair[0] != pair[1])
    return f"{through} instead of {directly}"


def test_everybody_sees_a_session_of_his_own(twin, understudy):
    pairs = [Pair(client, twin, understudy) for client in range(CLIENTS)]
    failures = []

    def go(pair):
        try:
            pair.go()
        except BaseException as error:  # handed to the main thread, which fails with it
            failures.append(str(error).split("\nassert")[0] or repr(error))

    threads = [threading.Thread(target=go, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        told = "\n".join(failures[:8])
        pytest.fail(f"UNDERSTUDY_WALK_SEED={SEED}, {len(failures)} clients:\n{told}", pytrace=False)
    gone = sum(pair.gone for pair in pairs)
    asked = sum(map(session_walk.asks_about_results, (s for pair in pairs for s in pair.history)))
    assert gone < asked / 20
