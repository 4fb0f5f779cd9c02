"""The C++ library, by its own test program, in front of real servers."""

import os
import pathlib
import subprocess

import pytest


@pytest.fixture(scope="module")
def program(binary):
    path = os.environ.get("UNDERSTUDY_CLIENT_TEST")
    path = pathlib.Path(path or pathlib.Path(binary).parent / "tests" / "client_library_test")
    if not path.is_file():
        pytest.skip(f"{path} is missing: build it, or set UNDERSTUDY_CLIENT_TEST")
    return path


def test_library(program, cluster):
    done = subprocess.run(
        [str(program)], capture_output=True, text=True, timeout=300,
        env={**os.environ, "UNDERSTUDY_TEST_CONFIG": str(cluster.config)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SKIPPED" not in done.stdout
