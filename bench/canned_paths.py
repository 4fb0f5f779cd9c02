"""The canned server on one core, and the ways to it: direct, and through proxies on another."""

import os

from paths import Direct, HAProxy, Proxy, Understudy, accepts, free_ports, wait_for

CONFIG = """\
servers = ["127.0.0.1:{port}"]

[service]
user = "understudy"
password = "understudy"
"""


def cores():
    """The core of the canned server and the load, and that of the proxy."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit("bench: it takes two cores, one of them for the proxy alone")
    return usable[0], usable[1]


class CannedServer(Proxy):
    """Stands where paths.py expects a cluster."""

    def __init__(self, understudy, program, folder):
        self.understudy = understudy
        self.program = program
        self.folder = folder
        self.core = cores()[0]
        self.primary_port = free_ports(1)
        self.config = folder / "cluster.toml"

    def __enter__(self):
        self.config.write_text(CONFIG.format(port=self.primary_port))
        self.launch([self.program, "--port", str(self.primary_port)], self.folder / "canned.log")
        wait_for(lambda: accepts(self.primary_port), "start of the canned server", self.process)
        return self


class CannedDirect(Direct):
    comment = ""


class CannedHAProxy(HAProxy):
    comment = ""
    core = cores()[1]


class CannedUnderstudy(Understudy):
    """Its control thread shares the core with one worker."""

    comment = ""
    core = cores()[1]
    settings = "workers = 1\n"  # with_listen() has [listen] at the end


class CachedUnderstudy(CannedUnderstudy):
    """Answers from its cache: the load asks for the same rows again and again."""

    name = "understudy, cache hit"
    comment = "/* understudy: cache */ "
    settings = CannedUnderstudy.settings + "\n[cache]\nenabled = true\n"

