"""The load generator sysbench, and what it says it did."""

import re
import subprocess

TABLES = ("--tables=4", "--table-size=10000")


def _command(port, script, command, options):
    return ["sysbench", script, "--db-driver=mysql", "--mysql-host=127.0.0.1",
            f"--mysql-port={port}", "--mysql-user=app", "--mysql-password=app",
            "--mysql-db=sbtest", *TABLES, *options, command]


def prepare(port):
    subprocess.run(_command(port, "oltp_read_write", "prepare", ()), check=True,
                   capture_output=True, timeout=240)


class Sysbench:
    """A running load; `with` ends it. finish() waits for its end and checks that it went well."""

    def __init__(self, port, script, *, seconds, threads=64, options=()):
        self._process = subprocess.Popen(
            _command(port, script, "run", (f"--threads={threads}", f"--time={seconds}", *options)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._seconds = seconds

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    @property
    def running(self):
        return self._process.poll() is None

    def finish(self):
        output, errors = self._process.communicate(timeout=self._seconds + 180)
        assert self._process.returncode == 0, output[-3000:] + errors[-3000:]
        assert "FATAL" not in output, output[-3000:]
        result = Result(output)
        assert result.reconnects == 0, output
        return result


class Result:
    """The counts of a run; `ignored` are the deadlocks and lock timeouts that sysbench repeats."""

    def __init__(self, output):
        def number(name):
            return int(re.search(rf"^\s*{name}:\s+(\d+)", output, re.MULTILINE)[1])

        self.reads = number("read")
        self.writes = number("write")
        self.queries = number("queries")
        self.transactions = number("transactions")
        self.ignored = number("ignored errors")
        self.reconnects = number("reconnects")
        self.latency_p95 = float(re.search(r"95th percentile:\s+([\d.]+)", output)[1])

    def __str__(self):
        return (f"{self.queries} queries ({self.reads} reads, {self.writes} writes), "
                f"{self.transactions} transactions, {self.ignored} ignored errors, "
                f"{self.reconnects} reconnects, p95 {self.latency_p95} ms")


def run(port, script, **options):
    with Sysbench(port, script, **options) as load:
        return load.finish()
