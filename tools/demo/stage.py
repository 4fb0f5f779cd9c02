"""What every demo stands on: servers, Understudy in front of them, an application."""

import dataclasses
import pathlib
import shutil
import signal
import tempfile
import time

import application
import sql
from faults import primary, wait_for_new_primary, wait_until_all_well
from narration import expect, heading, say
from sandbox import Sandbox
from understudy import Understudy


@dataclasses.dataclass
class Setup:
    """What a demo asks for."""

    replicas: int = 2
    # Of single servers, by name: {"db2": {"zone": "west", "tags": ["analytics"], "weight": 0}}.
    servers: dict = dataclasses.field(default_factory=dict)
    # Laid over the sandbox's understudy.toml; failover is automatic.
    settings: dict = dataclasses.field(default_factory=dict)


class Stage:
    """Runs while the block lasts, and leaves no process and no file behind, whatever happens.

    `application` is the program examples/NAME; its schema, of the same name, is there and empty.
    """

    def __init__(self, binary, name, setup):
        # Not TMPDIR: paths of Unix sockets are limited to 107 bytes.
        self._directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-demo-", dir="/tmp"))
        self.name = name
        # With semi-sync, so that a failover loses nothing that was acknowledged.
        self.sandbox = Sandbox(str(binary), self._directory / "sandbox", setup.replicas,
                               semi_sync=True)
        self._setup = setup
        self._program = application.program(binary, name)
        self.proxy = None
        self.application = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Another Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for running in (self.application, self.proxy):
            if running is not None:
                running.kill()
        if self.sandbox.directory.exists():
            self.sandbox.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _start(self):
        self.sandbox.up()
        self.proxy = Understudy(self.sandbox.binary, self.sandbox, self._setup.settings,
                                self._setup.servers)
        self.proxy.start()
        self.application = application.Application(self._program, self.proxy.config)
        with self.proxy.session() as client:
            sql.execute(client, f"CREATE DATABASE {self.name}")
        self.sandbox.wait_for_replicas()
        self._introduce()

    def _introduce(self):
        replicas = len(self.sandbox.names) - 1
        heading(f"A primary, {replicas} replicas, Understudy in front of them")
        for server in self.proxy.status()["servers"]:
            about = self._setup.servers.get(server["name"], {})
            more = [f"{key} {value}" for key, value in about.items()]
            say("  ".join([server["name"], server["address"], server["role"], *more]))
        say(f"understudy  127.0.0.1:{self.proxy.port}")

    def serve(self, *words):
        """Starts the application's pages and says where they are."""
        say(f"page     {self.application.serve(*words)}")

    def primary_dies(self):
        """SIGKILL, until another server leads; returns the names of both."""
        old = primary(self.proxy)
        self.sandbox.kill(old)
        killed = time.monotonic()
        new = wait_for_new_primary(self.proxy, old)
        took = (time.monotonic() - killed) * 1000
        say(f"{old} was the primary and is killed: {new} leads, seen {took:.0f} ms later")
        return old, new

    def start_again(self, name):
        """A server that was killed, until it replicates."""
        self.sandbox.start(name)
        wait_until_all_well(self.sandbox, self.proxy)
        say(f"{name} started again: it is a replica now")

    def end(self):
        """Everything ends by itself, and without a complaint."""
        self.application.stop()
        self.proxy.stop()
        expect(not self.application.log(), f"no complaint: {self.application.log()[-500:]}")

    def stay_up(self):
        """Until Ctrl-C."""
        heading("It stays up until Ctrl-C")
        say(f"page     {self.application.address}")
        say(f"proxy    127.0.0.1:{self.proxy.port} (account app, password app)")
        say(f"admin    http://127.0.0.1:{self.proxy.admin_port}/api/status")
        say(f"to try   mariadb -h 127.0.0.1 -P {self.proxy.port} -u app -papp {self.name}")
        say("         SHOW UNDERSTUDY ROUTE; says who answered the statement before it")
        say(f"to break {self.sandbox.binary} sandbox kill|start {self.sandbox.directory} db2")
        try:
            signal.pause()
        except KeyboardInterrupt:
            print()
