#!/usr/bin/python3
"""A cluster, Understudy in front of it, an application, failures.

Usage: demo.py [NAME] [--flavour mysql] [--once]

`./dev demo` builds what it takes and calls it. Without --once it stays up until Ctrl-C. Exit
status: 0 if everything went as it has to, 1 if not, 2 for a demo that there is none of.

The demo NAME is tools/demo/NAME.py: SETUP, what it stands on, and show(stage), which raises what
is not as it has to be.
"""

import argparse
import importlib
import os
import pathlib
import signal
import subprocess
import sys

import pymysql

ROOT = pathlib.Path(__file__).resolve().parents[1]
# The integration tests' sandbox and proxy: what is shown is started as what is tested.
sys.path[:0] = [str(ROOT / "tools" / "demo"), str(ROOT / "tests" / "support")]

import flavours  # noqa: E402
from narration import Unexpected  # noqa: E402
from stage import Stage  # noqa: E402

# Of these, those that there are; the first one is shown if none is named.
DEMOS = [name for name in ("catalog", "analytics", "social")
         if (ROOT / "tools" / "demo" / f"{name}.py").is_file()]


def arguments(words):
    """The demo's name, its servers' flavour, and whether it ends by itself."""
    parser = argparse.ArgumentParser(prog="demo", usage=argparse.SUPPRESS)
    parser.add_argument("name", nargs="?", choices=DEMOS, default=DEMOS[0])
    parser.add_argument("--flavour", choices=flavours.FLAVOURS, default=flavours.chosen().name)
    parser.add_argument("--once", action="store_true")
    return parser.parse_args(words)


def run(name, once):
    binary = pathlib.Path(os.environ.get("UNDERSTUDY_BIN", ROOT / "build" / "understudy"))
    if not binary.is_file():
        raise Unexpected(f"{binary} is missing; run ./dev build")
    demo = importlib.import_module(name)
    with Stage(binary.resolve(), name, demo.SETUP) as stage:
        demo.show(stage)
        print("\nEverything went as it has to.", flush=True)
        if not once:
            stage.stay_up()
        stage.end()


def main():
    chosen = arguments(sys.argv[1:])
    os.environ["UNDERSTUDY_FLAVOUR"] = chosen.flavour

    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        run(chosen.name, chosen.once)
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 1
    except (AssertionError, OSError, pymysql.MySQLError, subprocess.SubprocessError,
            Unexpected) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
