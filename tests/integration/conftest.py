"""Fixtures: the program under test, real servers, and the proxy in front of them."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = pathlib.Path(__file__).parent / "node"
sys.path.insert(0, str(ROOT / "tests" / "support"))

from sandbox import Sandbox  # noqa: E402
from understudy import Understudy  # noqa: E402


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("UNDERSTUDY_BIN", ROOT / "build" / "understudy")).resolve()
    assert path.is_file(), f"{path} is missing: build first, or set UNDERSTUDY_BIN"
    return str(path)


@pytest.fixture(scope="module")
def settings():
    """What a file's proxy is configured with beyond the sandbox's understudy.toml; override it."""
    return {}


@pytest.fixture(scope="module")
def semi_sync():
    """Whether commits wait for a replica; override it where acknowledged writes must survive."""
    return False


@pytest.fixture(scope="module")
def cluster(binary, semi_sync):
    # Not pytest's own directory: Unix socket paths are limited to 107 bytes.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-it-"))
    sandbox = Sandbox(binary, directory / "sandbox", semi_sync=semi_sync)
    try:
        sandbox.up()
        yield sandbox
    finally:
        try:
            if sandbox.directory.exists():
                sandbox.stop()
        finally:
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def understudy(binary, cluster, settings):
    proxy = Understudy(binary, cluster, settings)
    try:
        proxy.start()
        yield proxy
        proxy.stop()
    finally:
        proxy.kill()


@pytest.fixture
def client(understudy):
    with understudy.session() as connection:
        yield connection


@pytest.fixture(scope="session")
def node():
    """The command, with the packages that the scripts in NODE need."""
    # Files of tests run side by side: one of them installs, the others wait.
    with (NODE / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (NODE / "node_modules" / "mysql2").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True,
                           capture_output=True, timeout=300)
    return shutil.which("node")
