"""The ways from a client to the database that are compared: direct, HAProxy, Understudy."""

import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from measure import DATABASE, run_sysbench, sysbench_command

HAPROXY_CONFIG = """\
global
  nbthread 1
  maxconn {clients}
defaults
  mode tcp
  timeout connect 5s
  timeout client 10m
  timeout server 10m
frontend mysql
  bind 127.0.0.1:{port}
  default_backend primary
backend primary
  server db1 127.0.0.1:{primary}
"""


def free_ports(count):
    """The first of `count` neighbouring ports that are all free."""
    for first in range(17311, 32000, 16):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise SystemExit("bench: no free ports between 17311 and 32000")


def wait_for(condition, what, process=None, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise SystemExit(f"bench: {what}: it ended with status {process.returncode}")
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what}: not within {seconds} s")
        time.sleep(0.05)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Cluster:
    """A primary and two replicas by `understudy sandbox`, with sysbench's tables."""

    def __init__(self, understudy, folder):
        self.understudy = understudy
        self.folder = folder
        self.primary_port = free_ports(3)
        self.config = folder / "understudy.toml"

    def __enter__(self):
        subprocess.run(
            [self.understudy, "sandbox", "up", self.folder, "--replicas", "2",
             "--port", str(self.primary_port), "--config", self.config],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.sql(self.primary_port, f"CREATE DATABASE IF NOT EXISTS {DATABASE}", database=None)
        run_sysbench(sysbench_command("read_write", self.primary_port, 1, 1, "prepare"))
        self.wait_for_replicas()
        return self

    def __exit__(self, *_):
        subprocess.run(
            [self.understudy, "sandbox", "down", self.folder], stdout=subprocess.DEVNULL
        )

    def sql(self, port, statement, database=DATABASE):
        command = ["mariadb", "-h127.0.0.1", f"-P{port}", "-uapp", "-papp", "-NBe", statement]
        return subprocess.run(
            command + ([database] if database else []), check=True, capture_output=True, text=True
        ).stdout.strip()

    def wait_for_replicas(self):
        """Waits until every replica has applied what the primary has written so far."""
        position = self.sql(self.primary_port, "SELECT @@gtid_binlog_pos")
        status = json.loads(
            subprocess.run(
                [self.understudy, "sandbox", "status", self.folder, "--json"],
                check=True, capture_output=True, text=True,
            ).stdout
        )  # fmt: skip
        servers = status["servers"] if isinstance(status, dict) else status
        for server in servers:
            if server["port"] == self.primary_port:
                continue
            if self.sql(server["port"], f"SELECT MASTER_GTID_WAIT('{position}', 120)") != "0":
                raise SystemExit(f"bench: {server['name']} did not catch up within 120 s")


class Direct:
    """No proxy: straight to the primary."""

    name = "direct"
    pid = None

    def __init__(self, cluster):
        self.port = cluster.primary_port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Proxy:
    """A program in the foreground that is ended with the block."""

    core = None  # the only one that it may run on

    def launch(self, command, log):
        if self.core is not None:
            command = ["taskset", "-c", str(self.core), *command]
        with log.open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        self.pid = self.process.pid

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class HAProxy(Proxy):
    """HAProxy in TCP mode with one thread, in front of the primary."""

    name = "haproxy"
    clients = 2000  # at most

    def __init__(self, cluster):
        self.cluster = cluster
        self.port = free_ports(1)

    def __enter__(self):
        config = self.cluster.folder / "haproxy.cfg"
        config.write_text(
            HAPROXY_CONFIG.format(
                port=self.port, primary=self.cluster.primary_port, clients=self.clients
            )
        )
        self.launch(["haproxy", "-db", "-f", config], self.cluster.folder / "haproxy.log")
        wait_for(lambda: accepts(self.port), "start of HAProxy", self.process)
        return self


class Understudy(Proxy):
    """Understudy in front of the whole cluster."""

    name = "understudy"
    settings = ""  # of [listen], and more TOML behind it

    def __init__(self, cluster, settings=None):
        self.cluster = cluster
        if settings is not None:
            self.settings = settings
        self.port = free_ports(2)
        self.admin_port = self.port + 1

    def __enter__(self):
        config = self.cluster.folder / f"{self.name}.toml"
        config.write_text(
            with_listen(self.cluster.config.read_text(), self.port, self.admin_port) + self.settings
        )
        self.launch(
            [self.cluster.understudy, "serve", "--config", config],
            self.cluster.folder / f"{self.name}.log",
        )
        wait_for(self.is_ready, "start of Understudy", self.process)
        return self

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/readyz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/api/status") as reply:
            return json.load(reply)


def with_listen(config, port, admin_port):
    """The sandbox's configuration, listening on other ports, so that a running one is in peace."""
    listen = f'[listen]\naddress = "127.0.0.1:{port}"\nadmin = "127.0.0.1:{admin_port}"\n'
    without = re.sub(r"(?ms)^\[listen\]\n.*?(?=^\[|\Z)", "", config)
    return f"{without.rstrip()}\n\n{listen}"


def version_line(command):
    text = subprocess.run(command, capture_output=True, text=True).stdout
    return text.strip().splitlines()[0] if text.strip() else "unknown"


def path_to(program):
    return Path(program).resolve()
