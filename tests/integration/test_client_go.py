"""go-sql-driver sees the same directly and through the proxy."""

import os
import subprocess

import pytest
from drivers import CLIENTS, certificates, cluster, drivers, settings  # noqa: F401

SECTIONS = ["connect", "types", "metadata", "prepared", "several", "procedures", "writes",
            "transactions", "streams", "large", "infile", "cancel", "pool", "session", "errors"]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program; Debian's packages have the driver's source, nothing is fetched."""
    made = tmp_path_factory.mktemp("go") / "client"
    done = subprocess.run(
        ["go", "build", "-o", made, "."], cwd=CLIENTS / "go", capture_output=True, text=True,
        timeout=300, env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                          "GOFLAGS": ""})
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.parametrize("section", SECTIONS)
def test_go(drivers, program, section):  # noqa: F811
    drivers.compare([program], section)
