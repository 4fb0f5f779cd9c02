"""The example applications (examples/NAME), as programs beside a proxy."""

import json
import pathlib
import re
import signal
import subprocess

import npm
from waiting import wait_until

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def program(understudy, name):
    """The application NAME of the build that the binary `understudy` is from."""
    path = pathlib.Path("examples", name, name)
    for folder in pathlib.Path(understudy).resolve().parents:
        if (folder / path).is_file():
            return str(folder / path)
    raise AssertionError(f"{path} is missing: build it first")


class Application:
    """One application with the configuration file of a proxy. stop() ends all of it."""

    def __init__(self, program, config):
        self.name = pathlib.Path(program).name
        self.address = None  # of its pages, once it serves
        self._program = program
        self._config = str(config)
        self._log = pathlib.Path(f"{config}.{self.name}.log")
        self._running = []

    def run(self, *words, timeout=120):
        """A command that ends by itself: what it printed."""
        done = subprocess.run(self._command(words), capture_output=True, text=True,
                              timeout=timeout)
        said = f"{done.stdout}{done.stderr}".strip()
        assert done.returncode == 0, f"{self.name} {' '.join(map(str, words))}: {said}"
        return done.stdout

    def serve(self, *words):
        """Starts its web server, with what its page takes from npm; returns the page's address."""
        if (EXAMPLES / self.name / "package-lock.json").is_file():
            npm.install(EXAMPLES / self.name)
        process = self._start(self._command(["serve", *words]))
        line = process.stdout.readline()
        found = re.fullmatch(rf"{self.name}: (http://\S+)\n", line)
        assert found, f"{self.name} serve: {line!r} {self.log()[-2000:]}"
        self.address = found[1]
        return self.address

    def background(self, *words):
        """A command that runs meanwhile, such as `load`."""
        return Background(self._start(self._command(words)), self)

    def log(self):
        """What its programs complained about."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def stop(self):
        """SIGTERM; each program has to end by itself."""
        for process in self._running:
            process.send_signal(signal.SIGTERM)
        try:
            for process in self._running:
                process.wait(timeout=60)
        finally:
            self.kill()

    def kill(self):
        for process in self._running:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
        self._running = []

    def _command(self, words):
        return [self._program, self._config, *map(str, words)]

    def _start(self, command):
        with self._log.open("ab") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        self._running.append(process)
        return process


class Background:
    """A command under way that prints one line of JSON when it ends."""

    def __init__(self, process, application):
        self._process = process
        self._application = application

    def running(self):
        return self._process.poll() is None

    def end(self):
        """SIGTERM, then as result()."""
        self._process.send_signal(signal.SIGTERM)
        return self.result()

    def result(self, timeout=300):
        """Waits for its end."""
        wait_until(lambda: not self.running(), timeout=timeout,
                   what=f"{self._application.name} ends")
        printed = self._process.stdout.read()
        assert self._process.returncode == 0, f"{printed}{self._application.log()[-2000:]}"
        return json.loads(printed.splitlines()[-1])
