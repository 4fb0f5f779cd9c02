"""Which flavour a cluster is of is found from its servers, and a stranger among them is told."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import tomllib

import pytest
import sql
from lone_server import LoneServer
from understudy import Understudy
from waiting import wait_until

CALLED = {"mariadb": "MariaDB", "mysql": "MySQL"}


@pytest.fixture(scope="module")
def stranger(cluster):
    """A server of the other flavour, which lets the service account in."""
    service = tomllib.loads(cluster.config.read_text())["service"]
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-it-"))
    other = "mysql" if cluster.flavour.name == "mariadb" else "mariadb"
    try:
        with LoneServer(other, directory) as server:
            with server.connect() as root:
                for host in ("%", "localhost"):
                    account = f"'{service['user']}'@'{host}'"
                    sql.execute(root, f"CREATE USER {account} "
                                      f"IDENTIFIED BY '{service['password']}'")
                    sql.execute(root, f"GRANT ALL ON *.* TO {account}")
            yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def with_stranger(cluster, stranger):
    servers = tomllib.loads(cluster.config.read_text())["servers"]
    return {"servers": [*servers, f"unix:{stranger.socket}"]}


def test_a_server_of_the_other_flavour_is_left_alone(binary, cluster, stranger, with_stranger):
    with Understudy(binary, cluster, with_stranger) as proxy:
        told = (f"it is a server of {CALLED[stranger.flavour]}, and the others of this cluster "
                f"are of {CALLED[cluster.flavour.name]}")
        wait_until(lambda: told in proxy.status()["servers"][3].get("reason", ""),
                   what="the stranger is told")
        assert proxy.status()["primary"] == "db1"
        with proxy.session() as client:
            assert sql.value(client, "SELECT 1") == 1
        checked = subprocess.run([binary, "check", "--config", str(proxy.config)],
                                 capture_output=True, text=True, timeout=60)
        assert checked.returncode == 1
        assert "a cluster is of one flavour" in checked.stdout, checked.stdout


def test_the_first_greeting_says_what_the_servers_are(binary, cluster):
    proxy = Understudy(binary, cluster, {})
    try:
        proxy.launch()
        greetings = []

        def greeted():
            try:
                with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
                    greetings.append(client.recv(4096))
            except ConnectionRefusedError:
                return False
            return True

        wait_until(greeted, timeout=30, what="it listens")
        assert (b"MariaDB" in greetings[0]) == (cluster.flavour.name == "mariadb"), greetings[0]
    finally:
        proxy.kill()
