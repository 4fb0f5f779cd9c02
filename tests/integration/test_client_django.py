"""An application of Django sees the same directly and through the proxy."""

import pytest
from drivers import CLIENTS, SCHEMA, certificates, cluster, drivers, settings  # noqa: F401


@pytest.mark.parametrize("section", ["migrations", "objects", "atomic"])
def test_django(drivers, cluster, section):  # noqa: F811
    def from_nothing():
        cluster.make_schema(f"{SCHEMA}_django")

    drivers.compare(["/usr/bin/python3", CLIENTS / "django" / "main.py"], section,
                    before=from_nothing)
