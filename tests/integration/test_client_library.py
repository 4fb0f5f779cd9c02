"""The C++ library and the example on it, by their own test programs, in front of real servers."""

import os
import pathlib
import subprocess

import pytest

PROGRAMS = ["tests/client_library_test", "examples/catalog/catalog_test"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program, cluster, binary):
    build = next(folder for folder in pathlib.Path(binary).parents if (folder / program).is_file())
    done = subprocess.run(
        [str(build / program)], capture_output=True, text=True, timeout=300,
        env={**os.environ, "UNDERSTUDY_TEST_CONFIG": str(cluster.config)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SKIPPED" not in done.stdout
