"""Fixtures: the program under test, real servers, and the proxy in front of them."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = pathlib.Path(__file__).parent / "node"
sys.path.insert(0, str(ROOT / "tests" / "support"))

import npm  # noqa: E402
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
def replicas():
    """How many there are beside the primary."""
    return 2


@pytest.fixture(scope="module")
def servers():
    """What the configuration says of single servers, see Understudy."""
    return {}


@pytest.fixture(scope="module")
def cluster(binary, replicas, semi_sync):
    # Not pytest's own directory: Unix socket paths are limited to 107 bytes.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="understudy-it-"))
    sandbox = Sandbox(binary, directory / "sandbox", replicas, semi_sync)
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
def understudy(binary, cluster, settings, servers):
    with Understudy(binary, cluster, settings, servers) as proxy:
        yield proxy


@pytest.fixture
def client(understudy):
    with understudy.session() as connection:
        yield connection


@pytest.fixture(scope="session")
def node():
    """The command, with the packages that the scripts in NODE need."""
    npm.install(NODE)
    return shutil.which("node")
