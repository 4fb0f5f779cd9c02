"""Fixtures: the servers that the analytics run on, two of them for heavy reads only."""

import pytest

HEAVY = {"tags": ["analytics"], "weight": 0, "priority": 1}


@pytest.fixture(scope="module")
def replicas():
    return 3


@pytest.fixture(scope="module")
def semi_sync():
    return True


@pytest.fixture(scope="module")
def servers():
    return {"db3": HEAVY, "db4": HEAVY}


@pytest.fixture(scope="module")
def settings():
    return {
        "cache": {"enabled": True, "tables": ["analytics.*", "analytics_test.*"]},
        "failover": {"hold": "60s"},  # time enough on a busy machine
    }
