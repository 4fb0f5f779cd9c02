"""Programs written with a driver, run against the primary itself and through the proxy.

A program (tests/integration/clients) runs one section of its tests and prints a line of JSON for
each thing that it has seen, {"test": NAME, "result": ANYTHING}, or {"test": NAME, "failed": TEXT}.
What it sees must not depend on who answers it.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from certificates import Certificates

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "integration" / "clients"
SCHEMA = "drivers"


class Server:
    """Where a program connects to."""

    def __init__(self, name, port, socket, authority):
        self.name = name
        self.port = port
        self.environment = {
            "DB_HOST": "127.0.0.1", "DB_PORT": str(port), "DB_SOCKET": str(socket),
            "DB_USER": "app", "DB_PASSWORD": "app", "DB_NAME": SCHEMA, "DB_CA": str(authority)}


class Drivers:
    """Both ways to the servers."""

    def __init__(self, cluster, understudy, certificates):
        primary = next(s for s in cluster.status() if s["name"] == "db1")
        self.direct = Server("directly", cluster.port("db1"), primary["socket"], certificates.ca)
        self.through = Server("through Understudy", understudy.port,
                              proxy_socket(cluster.directory), certificates.ca)

    def compare(self, command, section, cwd=CLIENTS, before=lambda: None, **environment):
        """Runs `command` with the name of the section both ways, after `before` each time."""
        before()
        directly = run([*command, section], self.direct, cwd, environment)
        before()
        through = run([*command, section], self.through, cwd, environment)
        assert directly, "the section has no tests"
        assert list(through) == list(directly)
        different = [difference(test, directly[test], through[test])
                     for test in directly if through[test] != directly[test]]
        assert not different, "\n".join(different)


def run(command, server, cwd=CLIENTS, environment=None):
    """What a program has seen, by the names of its tests."""
    # The time zone is not UTC, so that a driver that converts where it should not is found out.
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, env={
        **os.environ, "TZ": "America/New_York", "LC_ALL": "C.UTF-8", **server.environment,
        **(environment or {})})
    assert done.returncode == 0, f"{server.name}: {done.stderr[-4000:]}{done.stdout[-2000:]}"
    seen = {}
    for line in done.stdout.splitlines():
        told = json.loads(line)
        assert "failed" not in told, f"{server.name}: {told['test']}: {told['failed']}"
        assert told["test"] not in seen, f"two tests have the name {told['test']}"
        seen[told["test"]] = told["result"]
    return seen


def difference(test, directly, through):
    """What is said of it: both from a little before they part."""
    texts = [json.dumps(seen, ensure_ascii=False) for seen in (directly, through)]
    common = len(os.path.commonprefix(texts))
    parts = [text[max(0, common - 200):common + 300] for text in texts]
    return f"{test}:\n  directly {parts[0]}\n  through  {parts[1]}"


def proxy_socket(directory):
    return directory / "understudy.sock"


def load_schema(cluster):
    """clients/schema.sql on the primary, and the accounts; waits for the replicas."""
    cluster.make_schema(SCHEMA)
    cluster.execute_as_root("CREATE OR REPLACE USER other@'%' IDENTIFIED BY 'secret';"
                            f"GRANT ALL ON {SCHEMA}.* TO other@'%'", "db1")
    with (CLIENTS / "schema.sql").open() as file:
        done = subprocess.run(
            ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{cluster.port('db1')}", "-uapp",
             "-papp", "--default-character-set=utf8mb4", SCHEMA],
            stdin=file, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    cluster.wait_for_replicas()


# --- fixtures; a test file imports those that it needs ---

@pytest.fixture(scope="module")
def certificates():
    folder = tempfile.mkdtemp(prefix="understudy-drivers-")
    try:
        made = Certificates(folder)
        made.issue("server")
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(cluster, certificates):
    cluster.configure(f"ssl_ca={certificates.ca}",
                      f"ssl_cert={certificates.certificate('server')}",
                      f"ssl_key={certificates.key('server')}",
                      "max_allowed_packet=64M", "local_infile=1")
    return cluster


@pytest.fixture(scope="module")
def settings(certificates, cluster):
    return {"listen": {"address": [f"unix:{proxy_socket(cluster.directory)}"],
                       "tls": {"certificate": certificates.certificate("server"),
                               "key": certificates.key("server")}}}


@pytest.fixture(scope="module")
def drivers(cluster, understudy, certificates):
    load_schema(cluster)
    return Drivers(cluster, understudy, certificates)
