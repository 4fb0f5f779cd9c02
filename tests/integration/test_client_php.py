"""PHP's mysqli and PDO see the same directly and through the proxy."""

import pytest
from drivers import CLIENTS, certificates, cluster, drivers, settings  # noqa: F401

SECTIONS = ["connect", "types", "metadata", "prepared", "several", "procedures", "writes",
            "transactions", "streams", "large", "infile", "pool", "errors"]


@pytest.mark.parametrize(
    "extension,section", [("mysqli", section) for section in [*SECTIONS, "cancel", "session"]] +
    [("pdo", section) for section in SECTIONS])
def test_php(drivers, extension, section):  # noqa: F811
    drivers.compare(["php", "-d", "memory_limit=1G", "-d", "mysqli.allow_local_infile=On",
                     f"{extension}.php"], section, cwd=CLIENTS / "php")
