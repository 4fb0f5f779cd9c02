"""The servers of a sandbox, each with a network of its own."""

import json
import subprocess
import tomllib

import pymysql
import sql
import toml_writer
from sandbox import Sandbox
from waiting import wait_until


class NetworkedSandbox(Sandbox):
    """As Sandbox, on the addresses of a Network. Tests reach the servers through Unix sockets."""

    def __init__(self, binary, directory, network):
        super().__init__(binary, directory, replicas=len(network.names) - 1, semi_sync=True)
        self._network = network
        self._processes = {}

    def up(self):
        super().up()
        super().stop()
        self._write_config()
        for name in self.names:
            self.start(name)
        flavour = self.flavour
        self.execute_as_root(flavour.writable, self.names[0])
        self.execute_as_root(f"SET GLOBAL {flavour.semi_sync_source}_enabled=1", self.names[0])
        host = self._network.address(self.names[0])
        for name in self.names[1:]:
            self.execute_as_root(f"{flavour.stop_replica}; {flavour.change_source(host=host)}; "
                                 f"{flavour.start_replica}", name)

    def _write_config(self):
        config = tomllib.loads(self.config.read_text())
        config["servers"] = [f"{self._network.address(name)}:{self.port(name)}"
                             for name in self.names]
        del config["hooks"]  # rebuilds servers where they were
        self.config.write_text(toml_writer.dump(config))

    def start(self, name, *_):
        """What it had not told a replica of when it was killed is gone: --init-rpl-role."""
        state = json.loads((self.directory / "sandbox.json").read_text())
        command = [state["server_program"],
                   f"--defaults-file={self.directory / name / 'my.cnf'}",
                   "--bind-address=0.0.0.0", *self.flavour.replica_arguments]
        with (self.directory / name / "output.log").open("ab") as output:
            self._processes[name] = subprocess.Popen(self._network.inside(name, command),
                                                     stdout=output, stderr=output)
        wait_until(lambda: self._answers(name), timeout=60, what=f"{name} answers")

    def _answers(self, name):
        try:
            self.execute(name, "SELECT 1")
            return True
        except pymysql.MySQLError:
            return False

    def kill(self, name):
        self._processes[name].kill()
        self._processes[name].wait()

    def stop(self):
        for process in self._processes.values():
            process.kill()
            process.wait()

    def connect(self, name, **options):
        return sql.connect(self.port(name), unix_socket=self._socket(name), **options)

    def execute(self, name, statement):
        with sql.session(self.port(name), unix_socket=self._socket(name)) as connection:
            return sql.execute(connection, statement)

    def execute_as_root(self, statement, name=None):
        for each in self.names if name is None else [name]:
            subprocess.run(["mariadb", "--no-defaults", "-S", self._socket(each), "-u", "root",
                            "-e", statement], check=True, capture_output=True, timeout=60)

    def _socket(self, name):
        return str(self.directory / name / "mysqld.sock")
