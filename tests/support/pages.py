"""Scripts in a browser (tests/integration/browser/*.mjs), and what is done for them meanwhile."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

import npm
from application import Application, program

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests" / "integration" / "browser"


@contextlib.contextmanager
def application(binary, proxy, name):
    """The application NAME, on a schema of its name, behind a proxy; serve() is up to the test."""
    with proxy.session() as client, client.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {name}")
    running = Application(program(binary, name), proxy.config)
    try:
        yield running
        running.stop()
    finally:
        running.kill()
        # pytest shows it where the test failed.
        print(running.log()[-4000:])


def run(script, application, steps=None, **given):
    """Runs browser/SCRIPT against the page of an application that serves.

    The script's `await step(name, values)` calls steps[name](**values); what that returns is the
    answer. It sees `given` beside the page's address. Screenshots go to the application's folder
    when UNDERSTUDY_SCREENSHOTS=1.
    """
    npm.install(SCRIPTS)
    wanted = os.environ.get("UNDERSTUDY_SCREENSHOTS") == "1"
    folder = str(ROOT / "examples" / application.name) if wanted else None
    given = {"address": application.address, "screenshots": folder, **given}
    command = [shutil.which("node"), str(SCRIPTS / script), json.dumps(given)]
    with tempfile.TemporaryDirectory(prefix="understudy-browser-") as home, \
            tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, "HOME": home, "TMPDIR": home}, start_new_session=True)
        _take_part(process, steps or {}, errors)


def _take_part(process, steps, errors, timeout=300):
    """Does the steps that a script asks for, until it ends, which it has to do well."""
    limit = threading.Timer(timeout, os.killpg, [process.pid, signal.SIGKILL])
    limit.start()
    try:
        for line in process.stdout:
            asked = json.loads(line)
            answer = steps[asked["step"]](**asked["values"])
            process.stdin.write(json.dumps(answer) + "\n")
            process.stdin.flush()
    finally:
        # A script that waits for an answer ends when the pipe does, and its browser with it.
        process.stdin.close()
        status = process.wait()
        limit.cancel()
        process.stdout.close()
    errors.seek(0)
    assert status == 0, errors.read()[-8000:]
