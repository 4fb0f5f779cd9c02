"""A running `understudy serve`."""

import http.client
import json
import re
import signal
import subprocess
import tomllib

import sql
import toml_writer
from waiting import free_ports, wait_until

_SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:|ThreadSanitizer")


def _with_servers(base, servers):
    """`base` with the long form of its servers, and what `servers` says of each by its name."""
    addresses = {f"db{index + 1}": address for index, address in enumerate(base["servers"])}
    tables = [{"name": name, "address": address, **servers.get(name, {})}
              for name, address in addresses.items()]
    return {**{key: value for key, value in base.items() if key != "servers"}, "server": tables}


class Understudy:
    """Serves a sandbox on ports of its own; `settings` are laid over its understudy.toml;
    what they name in `listen.address` is listened at, too.

    `servers` has more about some of them: {"db2": {"zone": "west", "tags": ["analytics"]}}.

    In `with` it runs, and has to stop as it should.
    """

    def __init__(self, binary, sandbox, settings, servers=None):
        self.port = free_ports(2)
        self.admin_port = self.port + 1
        self._binary = binary
        self._sandbox = sandbox
        self._process = None
        # Beside the sandbox's own, so that relative paths in it stay right.
        self.config = sandbox.directory / f"serve-{self.port}.toml"
        self._log = sandbox.directory / f"serve-{self.port}.log"
        own = f"127.0.0.1:{self.port}"
        others = settings.get("listen", {}).get("address", [])
        listen = {
            "listen": {
                "address": [own, *others] if others else own,
                "admin": f"127.0.0.1:{self.admin_port}",
            }
        }
        base = tomllib.loads(sandbox.config.read_text())
        if servers:
            base = _with_servers(base, servers)
        base = toml_writer.merged(base, settings)
        self.config.write_text(toml_writer.dump(toml_writer.merged(base, listen)))
        self.config.chmod(0o600)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, failure, *_):
        try:
            if failure is None:
                self.stop()
        finally:
            self.kill()

    @property
    def pid(self):
        return self._process.pid

    def start(self, up=None):
        """Returns when the servers named `up` are (all of them if left out)."""
        self.launch()
        wait_until(self._ready, timeout=30, what="GET /readyz answers 200")
        wait_until(lambda: self.healthy(*(up or self._sandbox.names)),
                   what="the servers are up")

    def launch(self):
        """Waits for nothing."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._binary, "serve", "--config", str(self.config)], stdout=log, stderr=log,
                env=self._sandbox.flavour.environment())

    def stop(self):
        """SIGTERM drains: what is left of connections must be closed by then."""
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        log = self.log()
        assert not _SANITIZER.search(log), log[-20000:]
        assert status == 0, f"exit status {status}: {log[-4000:]}"

    def kill(self):
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def log(self):
        return self._log.read_text(errors="replace")

    def connect(self, **options):
        return sql.connect(self.port, **options)

    def session(self, **options):
        return sql.session(self.port, **options)

    def get(self, path):
        """Status and body of an admin page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def post(self, path, body=None):
        """Status and answer of a request that changes something; `body` is what becomes JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=60)
        try:
            connection.request("POST", path, body=None if body is None else json.dumps(body))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def switch_over(self, to=None):
        """Another server becomes the primary; its name."""
        status, answer = self.post("/api/switchover", {"to": to} if to else None)
        assert status == 200, answer
        return answer["primary"]

    def answers(self, path):
        try:
            return self.get(path)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def status(self):
        code, body = self.get("/api/status")
        assert code == 200, body
        return json.loads(body)

    def metric(self, name):
        """The value of a metric that has no labels."""
        found = re.search(rf"^{name} (\S+)$", self.get("/metrics")[1].decode(), re.MULTILINE)
        assert found, f"no metric {name}"
        return float(found[1])

    def health(self, name):
        return next(s["health"] for s in self.status()["servers"] if s["name"] == name)

    def healthy(self, *names):
        return all(self.health(name) == "up" for name in names)

    def memory_kb(self, field="VmRSS"):
        with open(f"/proc/{self.pid}/status") as file:
            return int(next(line for line in file if line.startswith(field + ":")).split()[1])

    def forget_memory_peak(self):
        """VmHWM counts from here."""
        with open(f"/proc/{self.pid}/clear_refs", "w") as file:
            file.write("5")

    def _ready(self):
        if self._process.poll() is not None:
            raise AssertionError(f"ended with {self._process.returncode}: {self.log()[-4000:]}")
        return self.answers("/readyz")
