"""PyMySQL and mysqlclient see the same directly and through the proxy."""

import pytest
from drivers import CLIENTS, certificates, cluster, drivers, settings  # noqa: F401

SECTIONS = ["connect", "types", "metadata", "batches", "several", "procedures", "writes",
            "transactions", "streams", "large", "infile", "cancel", "pool", "session", "errors"]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("driver", ["pymysql", "MySQLdb"])
def test_python(drivers, driver, section):  # noqa: F811
    drivers.compare(["/usr/bin/python3", CLIENTS / "python" / "main.py"], section,
                    DB_DRIVER=driver)
