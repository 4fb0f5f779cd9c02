#!/usr/bin/python3
"""A cluster, Understudy in front of it, an application, failures: demo.py [NAME] [--once]

`./dev demo` builds what it takes and calls it. Without --once it stays up until Ctrl-C. Exit
status: 0 if everything went as it has to, 1 if not, 2 for a demo that there is none of.
"""

import os
import pathlib
import shutil
import signal
import sys
import tempfile

import pymysql

ROOT = pathlib.Path(__file__).resolve().parents[1]
# The integration tests' sandbox and proxy: what is shown is started as what is tested.
sys.path[:0] = [str(ROOT / "tools" / "demo"), str(ROOT / "tests" / "support")]

import failures  # noqa: E402
import shop  # noqa: E402
import sql  # noqa: E402
from narration import Unexpected, heading, say  # noqa: E402
from sandbox import Sandbox  # noqa: E402
from understudy import Understudy  # noqa: E402

DEMOS = ("catalog",)
SETTINGS = {
    "failover": {"mode": "manual", "hold": "60s"},
    # On a busy machine a replica may take long to catch up; the primary shall not answer for it.
    "reads": {"wait": "20s"},
}


def arguments(words):
    """The demo's name and whether it ends by itself."""
    once = "--once" in words
    names = [word for word in words if word != "--once"] or [DEMOS[0]]
    if len(names) > 1 or names[0] not in DEMOS:
        known = ", ".join(DEMOS)
        print(f"demo: there is no demo '{' '.join(names)}'; there is: {known} [--once]",
              file=sys.stderr)
        sys.exit(2)
    return names[0], once


def program(variable, path):
    file = pathlib.Path(os.environ.get(variable, ROOT / "build" / path)).resolve()
    if not file.is_file():
        raise Unexpected(f"{file} is missing; run ./dev build")
    return file


def introduce(sandbox, proxy):
    heading("A primary, two replicas, Understudy in front of them")
    for name in sandbox.names:
        role = "primary" if name == sandbox.names[0] else "replica"
        say(f"{name}  127.0.0.1:{sandbox.port(name)}  {role}")
    say(f"understudy  127.0.0.1:{proxy.port}")
    with proxy.session() as client:
        sql.execute(client, "CREATE DATABASE catalog")
    sandbox.wait_for_replicas()


def stay_up(sandbox, proxy):
    heading("It stays up until Ctrl-C")
    say(f"proxy    127.0.0.1:{proxy.port} (account app, password app)")
    say(f"admin    http://127.0.0.1:{proxy.admin_port}/api/status")
    say(f"to try   mariadb -h 127.0.0.1 -P {proxy.port} -u app -papp catalog")
    say("         SHOW UNDERSTUDY ROUTE; says who answered the statement before it")
    say(f"to break {sandbox.binary} sandbox kill|start {sandbox.directory} db2")
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()


def show(sandbox, proxy, catalog, once):
    introduce(sandbox, proxy)
    shop.by_library(sandbox, proxy, catalog)
    shop.by_client(sandbox, proxy)
    shop.flash_sale(sandbox, proxy, catalog)
    failures.replica_dies(sandbox, proxy)
    failures.primary_dies(sandbox, proxy)
    print("\nEverything went as it has to.", flush=True)
    if not once:
        stay_up(sandbox, proxy)


def run(once):
    """Leaves no process and no file behind, whatever happens."""
    binary = program("UNDERSTUDY_BIN", "understudy")
    catalog = program("CATALOG_BIN", "examples/catalog/catalog")
    # Not TMPDIR: paths of Unix sockets are limited to 107 bytes.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-demo-", dir="/tmp"))
    sandbox = Sandbox(str(binary), directory / "sandbox")
    proxy = None
    try:
        sandbox.up()
        proxy = Understudy(str(binary), sandbox, SETTINGS)
        proxy.start()
        show(sandbox, proxy, str(catalog), once)
        proxy.stop()
    finally:
        # Another Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if proxy is not None:
            proxy.kill()
        if sandbox.directory.exists():
            sandbox.stop()
        shutil.rmtree(directory, ignore_errors=True)


def main():
    _, once = arguments(sys.argv[1:])

    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        run(once)
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 1
    except (AssertionError, OSError, pymysql.MySQLError, Unexpected) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
