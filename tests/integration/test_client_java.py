"""MariaDB Connector/J sees the same directly and through the proxy."""

import subprocess

import pytest
from drivers import CLIENTS, certificates, cluster, drivers, settings  # noqa: F401

DRIVER = "/usr/share/java/mariadb-java-client.jar"
SECTIONS = ["connect", "types", "metadata", "prepared", "several", "procedures", "writes",
            "transactions", "streams", "large", "infile", "cancel", "pool", "session", "errors",
            "batches", "catalog"]


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    made = tmp_path_factory.mktemp("java")
    done = subprocess.run(["javac", "-d", made, "-cp", DRIVER,
                           *sorted((CLIENTS / "java").glob("*.java"))],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.parametrize("section", SECTIONS)
def test_java(drivers, classes, section):  # noqa: F811
    # Quick to start, rather than quick in the end.
    drivers.compare(["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp",
                     f"{DRIVER}:{classes}", "Client"], section)
