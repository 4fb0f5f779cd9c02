"""`cmake --install`, and a program built against the installed tree alone."""

import os
import pathlib
import re
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "install"


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=300, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def build(binary):
    folders = pathlib.Path(binary).parents
    found = next(folder for folder in folders if (folder / "CMakeCache.txt").is_file())
    cache = (found / "CMakeCache.txt").read_text()
    sanitizers = re.search(r"^UNDERSTUDY_SANITIZE:\w+=(.*)$", cache, re.M)
    if sanitizers and sanitizers[1]:
        pytest.skip(f"built with -fsanitize={sanitizers[1]}, which nobody installs")
    return found


@pytest.fixture(scope="module")
def prefix(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", build, "--prefix", folder)
    return folder


def test_what_is_installed(prefix):
    assert "understudy" in run(prefix / "bin" / "understudy", "version")
    headers = {path.name for path in (prefix / "include" / "understudy").iterdir()}
    assert {"cluster.h", "error.h", "result.h", "value.h"} <= headers


def test_a_program_on_the_installed_library(prefix, cluster, tmp_path):
    cluster.make_schema("installed")
    environment = {**os.environ, "CMAKE_PREFIX_PATH": str(prefix)}
    run("cmake", "-S", SOURCE, "-B", tmp_path, "-DCMAKE_BUILD_TYPE=Debug", env=environment)
    run("cmake", "--build", tmp_path)
    lines = run(tmp_path / "installed", cluster.config).splitlines()
    assert lines[:2] == ["write: db1", "transaction: 42"]
    assert lines[2] in ("read: 42 db2", "read: 42 db3")
