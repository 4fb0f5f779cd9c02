"""One server of either flavour, in a folder and on a socket of its own.

MariaDB is the one that is installed; MySQL is fetched by tools/get_mysql.sh when first needed.
"""

import os
import pathlib
import shutil
import subprocess

import flavours
import pymysql
from waiting import wait_until

USER = ["--user=root"] if os.geteuid() == 0 else []


class LoneServer:
    """Runs from __enter__ to __exit__; `options` are those of the server."""

    def __init__(self, flavour, folder, *options):
        self.flavour = flavour
        self.folder = pathlib.Path(folder)
        self.socket = str(self.folder / "socket")
        self._options = options
        self._process = None
        self._log = None

    def __enter__(self):
        self._log = open(self.folder / "log", "wb")
        program = self._prepare()
        self._process = subprocess.Popen(
            [*program, f"--datadir={self.folder}/data", f"--socket={self.socket}",
             f"--tmpdir={self.folder}", f"--pid-file={self.folder}/pid", "--skip-networking",
             f"--log-bin={self.folder}/binlog", "--server-id=7",
             "--innodb-buffer-pool-size=32M", *self._options, *USER],
            stdout=self._log, stderr=self._log)
        wait_until(self._answers, timeout=60, what=f"{self.flavour} starts")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def connect(self, **options):
        options = {"user": "root", "autocommit": True, "charset": "utf8mb4", **options}
        return pymysql.connect(unix_socket=self.socket, **options)

    def logs(self):
        """The binary logs, oldest first."""
        return sorted(self.folder.glob("binlog.[0-9]*"))

    def _answers(self):
        assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    def _prepare(self):
        if self.flavour == "mariadb":
            self._run("mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/data",
                      f"--tmpdir={self.folder}", "--skip-test-db",
                      "--auth-root-authentication-method=normal", *USER)
            return [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults"]
        program = flavours.FLAVOURS["mysql"].program()
        self._run(program, "--initialize-insecure", f"--datadir={self.folder}/data", *USER)
        return [program]

    def _run(self, *command):
        subprocess.run(command, check=True, stdout=self._log, stderr=self._log, timeout=300)
