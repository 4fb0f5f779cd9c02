"""mysql2 and MariaDB's connector for Node.js see the same directly and through the proxy."""

import pytest
from conftest import NODE
from drivers import certificates, cluster, drivers, settings  # noqa: F401

SECTIONS = ["connect", "types", "metadata", "prepared", "several", "procedures", "writes",
            "transactions", "streams", "large", "infile", "cancel", "pool", "session", "errors"]


@pytest.mark.parametrize(
    "driver,section", [("mysql2", section) for section in SECTIONS] +
    [("mariadb", section) for section in [*SECTIONS, "batches"]])
def test_node(node, drivers, driver, section):  # noqa: F811
    drivers.compare([node, f"clients/{driver}.mjs"], section, cwd=NODE)
