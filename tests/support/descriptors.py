"""How many files and sockets a process may have open."""

import resource


def raise_descriptor_limit(wanted):
    """For this process and those that it starts from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == resource.RLIM_INFINITY or hard >= wanted, f"ulimit -Hn is {hard}, not {wanted}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
