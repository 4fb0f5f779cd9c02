"""Fixtures: a cluster with semi-sync and the proxy in front of it, anew for each test."""

import os
import pathlib
import random
import shutil
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "fault")]

from fault_load import SCHEMA, Load  # noqa: E402
from sandbox import Sandbox  # noqa: E402
from understudy import Understudy  # noqa: E402


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("UNDERSTUDY_BIN", ROOT / "build" / "understudy")).resolve()
    assert path.is_file(), f"{path} is missing: build first, or set UNDERSTUDY_BIN"
    return str(path)


@pytest.fixture
def settings():
    return {}


@pytest.fixture
def cluster(binary):
    # Not pytest's own directory: Unix socket paths are limited to 107 bytes.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-ft-"))
    sandbox = Sandbox(binary, directory / "sandbox", semi_sync=True)
    try:
        sandbox.up()
        sandbox.make_schema("history", *SCHEMA)
        yield sandbox
    finally:
        sandbox.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def understudy(binary, cluster, settings):
    proxy = Understudy(binary, cluster, settings)
    try:
        with proxy:
            yield proxy
    finally:
        # pytest shows it where the test failed.
        print("\n".join(proxy.log().splitlines()[-200:]))


@pytest.fixture
def load(understudy):
    """Not running yet: a test does so by `with load:`. UNDERSTUDY_FAULT_SEED repeats choices."""
    seed = int(os.environ.get("UNDERSTUDY_FAULT_SEED", "0")) or random.randrange(1, 1 << 32)
    print(f"seed {seed}")
    return Load(understudy, seed)
