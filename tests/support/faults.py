"""What happens to servers, and what is waited for afterwards."""

from waiting import wait_until


def primary(understudy):
    return understudy.status()["primary"]


def wait_for_new_primary(understudy, old, timeout=30):
    return wait_until(lambda: primary(understudy) not in (None, old) and primary(understudy),
                      timeout=timeout, what=f"another one than {old} leads")


def wait_until_all_well(cluster, understudy, timeout=60):
    """Every server is up, and all but the primary replicate from it."""
    def well():
        roles = [server["role"] for server in understudy.status()["servers"]]
        return (understudy.healthy(*cluster.names) and roles.count("primary") == 1
                and roles.count("replica") == len(roles) - 1)
    wait_until(well, timeout=timeout, what="all servers are well again")


def wait_until_same(cluster, understudy, timeout=60):
    """Nobody writes any more, and every server has what the primary has."""
    wait_until_all_well(cluster, understudy, timeout)
    cluster.wait_for_same(primary(understudy), timeout)
