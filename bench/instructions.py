#!/usr/bin/env python3
"""Counts the instructions that each step of a query's way takes, and compares with the committed
counts (`instructions.csv`): more by over a tenth fails. `./dev check` calls it; --write commits.

Counted by callgrind: the difference of two runs of different length, so it repeats exactly.
"""

import argparse
import csv
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
MORE_ALLOWED = 0.10
TIMES = 200


def total(program, name, times):
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", program, name,
             str(times)],
            capture_output=True, text=True,
        )  # fmt: skip
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or found is None:
        raise SystemExit(f"instructions: counting '{name}' failed:\n{done.stderr[-2000:]}")
    return int(found[1])


def instructions(program, name):
    return round((total(program, name, 2 * TIMES) - total(program, name, TIMES)) / TIMES)


def count_all(program):
    names = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    with ThreadPoolExecutor(2) as pool:
        counts = pool.map(lambda name: instructions(program, name), names.splitlines())
        return dict(zip(names.splitlines(), counts))


def compare(counts, committed):
    """What is wrong, one line each."""
    wrong = [f"{name}: not committed" for name in counts if name not in committed]
    for name, before in committed.items():
        now = counts.get(name)
        if now is None:
            wrong.append(f"{name}: committed, but there is no such step any more")
        elif now > before * (1 + MORE_ALLOWED):
            wrong.append(f"{name}: {now} instructions, {before} are committed")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="commit what is counted")
    parser.add_argument("--program", default=HERE.parent / "build/bench/count_paths", type=Path)
    parser.add_argument("--file", default=HERE / "instructions.csv", type=Path)
    chosen = parser.parse_args()
    if shutil.which("valgrind") is None:
        raise SystemExit("instructions: valgrind missing; run ./dev setup")
    counts = count_all(chosen.program)
    if chosen.write:
        with chosen.file.open("w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(
                [("step", "instructions"), *counts.items()]
            )
        return 0
    with chosen.file.open(newline="") as file:
        committed = {row["step"]: int(row["instructions"]) for row in csv.DictReader(file)}
    wrong = compare(counts, committed)
    for line in wrong:
        print(line)
    if wrong:
        print(f"if that is meant: {Path(__file__).name} --write")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
