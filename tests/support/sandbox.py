"""Real servers, by `understudy sandbox`."""

import contextlib
import json
import re
import subprocess

import flavours
import pymysql
import sql
from waiting import free_ports, wait_until


class Sandbox:
    """A primary (db1) and its replicas in a directory. stop() ends all of them."""

    def __init__(self, binary, directory, replicas=2, semi_sync=False):
        self.flavour = flavours.chosen()
        self.directory = directory
        self.names = [f"db{index + 1}" for index in range(replicas + 1)]
        self.binary = binary
        self._first_port = free_ports(replicas + 1)
        self._replicas = replicas
        self._semi_sync = semi_sync

    @property
    def config(self):
        return self.directory / "understudy.toml"

    def up(self):
        program = self.flavour.program()
        self._run("up", self.directory, "--flavour", self.flavour.name,
                  *(["--server-program", program] if program else []),
                  "--replicas", self._replicas, "--port", self._first_port,
                  *(["--semi-sync"] if self._semi_sync else []))

    def configure(self, *lines):
        """Every server starts again with these settings, too."""
        for name in self.names:
            with (self.directory / name / "my.cnf").open("a") as file:
                file.writelines(f"{line}\n" for line in lines)
            self.kill(name)
            self.start(name)
        self.wait_for_replicas()

    def stop(self):
        self._run("down", self.directory)

    def kill(self, name):
        self._run("kill", self.directory, name)

    def pause(self, name):
        self._run("pause", self.directory, name)

    def resume(self, name):
        self._run("resume", self.directory, name)

    def start(self, name, *modes):
        """`modes`: "--replica" and the like, see `understudy sandbox start --help`."""
        self._run("start", self.directory, name, *modes)

    def heal(self):
        """All servers run again, and every replica has what the primary has."""
        for server in self.status():
            if server["state"] == "paused":
                self.resume(server["name"])
            elif server["state"] == "dead":
                self.start(server["name"])
        self.wait_for_replicas()

    def status(self):
        answer = json.loads(self._run("status", self.directory, "--json"))
        return answer["servers"] if isinstance(answer, dict) else answer

    def port(self, name):
        return self._first_port + self.names.index(name)

    def connect(self, name, **options):
        """Straight to one server, past the proxy."""
        return sql.connect(self.port(name), **options)

    def execute(self, name, statement):
        with sql.session(self.port(name)) as connection:
            return sql.execute(connection, statement)

    def execute_as_root(self, statement, name=None, check=True):
        """With all rights, on one server or on every one."""
        for server in self.status():
            if name not in (None, server["name"]):
                continue
            subprocess.run(["mariadb", "--no-defaults", "-S", server["socket"], "-u", "root", "-e",
                            statement], check=check, capture_output=True, timeout=60)

    def execute_rows_as_root(self, name, statement):
        with contextlib.closing(self.connect_as_root(name)) as connection:
            return sql.execute(connection, statement)

    def connect_as_root(self, name, **options):
        """With all rights, those to write on a read-only server among them."""
        socket = next(s["socket"] for s in self.status() if s["name"] == name)
        return pymysql.connect(unix_socket=socket, user="root", autocommit=True, **options)

    def counter(self, name, variable):
        rows = self.execute(name, f"SHOW GLOBAL STATUS WHERE Variable_name = '{variable}'")
        return int(rows[0][1])

    def counters(self, variable):
        return {name: self.counter(name, variable) for name in self.names}

    def wait_for_replicas(self, timeout=30.0):
        self.wait_for_same(self.names[0], timeout)

    def wait_for_same(self, primary, timeout=30.0):
        """Until every other server has what `primary` has now."""
        position = self.logged_position(primary)
        for name in self.names:
            if name != primary:
                self.wait_for_position(name, position, timeout)

    def logged_position(self, name):
        """The GTIDs of what its binary log has."""
        return self.execute(name, self.flavour.logged_position)[0][0].replace("\n", "")

    def wait_for_position(self, name, position, timeout=30.0):
        done = self.execute(name, self.flavour.wait_for(position, timeout))[0][0]
        assert done == 0, f"{name} does not reach {position}"

    def replica_status(self, name):
        """By columns; nothing on a server that replicates from nobody."""
        with self.connect(name, cursorclass=pymysql.cursors.DictCursor) as connection:
            rows = sql.execute(connection, self.flavour.replica_status)
            return rows[0] if rows else None

    def replicates(self, name):
        """Whether it receives and applies."""
        status = self.replica_status(name)
        return status and all(status[column] == "Yes" for column in self.flavour.running_columns)

    def source_port(self, name):
        status = self.replica_status(name)
        return status and status[self.flavour.source_port]

    def make_schema(self, name, *statements):
        """Creates a schema afresh on the primary and waits until every replica has it."""
        with self.connect(self.names[0]) as connection:
            sql.execute(connection, f"DROP DATABASE IF EXISTS {name}")
            sql.execute(connection, f"CREATE DATABASE {name}")
            connection.select_db(name)
            for statement in statements:
                sql.execute(connection, statement)
        self.wait_for_replicas()

    def wait_for_no_connection(self, name, user="app"):
        """Until no connection of `user` but the asking one is left on a server."""
        query = f"SELECT COUNT(*) FROM information_schema.processlist WHERE user = '{user}'"
        wait_until(lambda: self.execute(name, query)[0][0] <= 1, what=f"no {user} on {name}")

    def _run(self, *arguments):
        done = subprocess.run(
            [self.binary, "sandbox", *map(str, arguments)],
            capture_output=True, text=True, timeout=180,
        )
        text = re.sub(r"\s+", " ", done.stderr).strip()
        assert done.returncode == 0, f"sandbox {arguments[0]}: {text}"
        return done.stdout
