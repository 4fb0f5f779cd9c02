"""The disk of the primary is full, and has room again later."""

import contextlib
import os
import shutil
import subprocess

import pytest
from faults import primary, wait_for_new_primary, wait_until_all_well, wait_until_same
from history import clock
from waiting import wait_until


@contextlib.contextmanager
def small_disk(directory, megabytes):
    """What is in the directory moves to a file system of its own."""
    aside = directory.with_name(directory.name + ".aside")
    directory.rename(aside)
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", directory],
                   check=True, capture_output=True)
    try:
        shutil.copytree(aside, directory, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True, capture_output=True)


def fill(directory):
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filler


@pytest.fixture
def full_soon(cluster):
    """The directory of the primary, which has a little room left."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    name = cluster.names[0]
    cluster.execute_as_root("SHUTDOWN", name)
    wait_until(lambda: cluster.status()[0]["state"] != "running", what="the primary ends")
    with small_disk(cluster.directory / name, 400):
        cluster.start(name, "--writable")
        yield cluster.directory / name
        cluster.stop()


@pytest.fixture
def settings():
    return {"failover": {"after": "1s"}}


def test_another_leads_while_the_disk_is_full(cluster, full_soon, understudy, load):
    with load:
        old, full = primary(understudy), clock()
        filler = fill(full_soon)
        wait_for_new_primary(understudy, old)
        load.wait_for_writes()
        print(f"\nfull disk: pause {load.longest_pause(full):.0f} ms")
        filler.unlink()
        wait_until_all_well(cluster, understudy)
        load.wait_for_writes()
    wait_until_same(cluster, understudy)
    load.check(cluster)
    assert not load.failures(), load.failures()[:5]
