"""Packages from npm, for scripts and pages that need some."""

import fcntl
import subprocess


def install(folder):
    """`npm ci` there, unless what its package-lock.json names is there already."""
    lock = folder / "package-lock.json"
    done = folder / "node_modules" / ".package-lock.json"
    # Files of tests run side by side: one of them installs, the others wait.
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
            return
        run = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, timeout=300,
                             capture_output=True, text=True)
        assert run.returncode == 0, f"npm ci in {folder}: {run.stderr[-2000:]}"
