"""`./dev demo`, as far as it needs no setup."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest
from waiting import wait_until

DEMO = pathlib.Path(__file__).resolve().parents[2] / "tools" / "demo.py"


@pytest.fixture(scope="module")
def environment(binary):
    return {**os.environ, "UNDERSTUDY_BIN": binary}


def left_over():
    """Processes that a demo started."""
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    return [line for line in lines.splitlines() if "/understudy-demo-" in line]


@pytest.mark.parametrize("name", ["catalog", "analytics", "social"])
def test_once(environment, name):
    done = subprocess.run([sys.executable, DEMO, name, "--once"], env=environment,
                          capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything went as it has to." in done.stdout
    assert not left_over()


@pytest.mark.parametrize("after", ["== A primary", "== The page"])
def test_interrupted_it_leaves_nothing_behind(environment, after):
    process = subprocess.Popen([sys.executable, DEMO], env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        while not next(process.stdout).startswith(after):
            pass
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        process.communicate(timeout=120)
        assert process.returncode != 0
        wait_until(lambda: not left_over(), what="no process is left")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_an_unknown_demo(environment):
    done = subprocess.run([sys.executable, DEMO, "casino"], env=environment, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "casino" in done.stderr
