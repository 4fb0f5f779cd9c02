#!/usr/bin/env python3
"""Checks who includes whom: check_layers.py [ROOT]

The table in src/README.md gives each folder of src/ its level. Reported, as file:line: an include
of a folder on the same or a higher level; Boost.Asio and Beast outside net/ and admin/, or handed
on by one of their headers; in a pure folder, anything that reads a clock, starts a thread, does
I/O or logs (its *_test.cpp may). Public headers stand alone, and examples/ see nothing but them.
"""

import pathlib
import re
import sys

TABLE_ROW = re.compile(r"\|\s*(\d+)(\s+pure)?\s*\|\s*`(\w+)`\s*\|")
INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')
ASIO = re.compile(r"boost/(asio|beast)\b")
ASIO_FOLDERS = {"net", "admin"}
PUBLIC = "understudy"  # include/understudy: on the level of client/, which implements it

IMPURE_HEADER = re.compile(
    r"(thread|mutex|shared_mutex|condition_variable|atomic|future|semaphore|latch|barrier"
    r"|stop_token|random|iostream|ostream|istream|fstream|filesystem|cstdio|stdio\.h|ctime|time\.h"
    r"|csignal|signal\.h|unistd\.h|fcntl\.h|poll\.h|netdb\.h|pthread\.h|(sys|arpa|netinet)/.*"
    r"|spdlog/.*|fmt/(os|ostream)\.h|boost/asio.*|openssl/rand\.h)")
IMPURE_CALL = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|getenv|std::rand)\b")
IMPURE_ALLOWED = {("src/base/assert.h", "cstdio")}  # an assertion prints before it aborts


def read_levels(root):
    """{folder: level} and the pure folders, from the table in src/README.md."""
    levels, pure = {}, set()
    for level, is_pure, folder in TABLE_ROW.findall((root / "src/README.md").read_text()):
        levels[folder] = int(level)
        if is_pure:
            pure.add(folder)
    return levels, pure


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".h", ".cpp"}:
                yield path


def lines_of(path):
    """(number, text without its // comment) of each line."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        yield number, line.split("//")[0]


def includes_of(path):
    """(number, "..." rather than <...>, what is included) of each include."""
    for number, line in lines_of(path):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


class Checker:
    def __init__(self, root):
        self.root = root
        self.levels, self.pure = read_levels(root)
        self.errors = []
        self.asio_headers = {
            path.relative_to(root / "src").as_posix() for path in sources(root, "src")
            if path.suffix == ".h" and any(ASIO.match(name) for _, _, name in includes_of(path))}

    def report(self, path, number, text):
        self.errors.append(f"{path.relative_to(self.root)}:{number}: {text}")

    def run(self):
        if not self.levels:
            self.report(self.root / "src/README.md", 1, "no table of levels found")
        for path in sources(self.root, "src"):
            self.check_source(path)
        for path in sources(self.root, "include", "examples"):
            for number, _, name in includes_of(path):
                if name.split("/")[0] in self.levels:
                    self.report(path, number, f"{name} is not public: only {PUBLIC}/ is")
        return self.errors

    def check_source(self, path):
        parts = path.relative_to(self.root / "src").parts
        if len(parts) < 2 or parts[0] not in self.levels:
            self.report(path, 1, "its folder is not in the table of src/README.md")
            return
        folder = parts[0]
        is_test = path.stem.endswith("_test")
        for number, quoted, name in includes_of(path):
            if quoted:
                self.check_own(path, number, folder, is_test, name)
            if ASIO.match(name) and folder not in ASIO_FOLDERS:
                self.report(path, number, f"{name}: Asio and Beast stay in net/ and admin/")
            if folder in self.pure and not is_test and IMPURE_HEADER.fullmatch(name):
                if (path.relative_to(self.root).as_posix(), name) not in IMPURE_ALLOWED:
                    self.report(path, number, f"<{name}> in the pure folder {folder}/")
        if folder in self.pure and not is_test:
            self.check_calls(path, folder)

    def check_own(self, path, number, folder, is_test, name):
        """One include of a header of ours, from a file of `folder`."""
        target = "client" if name.startswith(f"{PUBLIC}/") else name.split("/")[0]
        if target not in self.levels:
            if not is_test:  # tests/support is on the path of tests
                self.report(path, number, f'"{name}": include as "folder/file.h"')
        elif target != folder and self.levels[target] >= self.levels[folder]:
            self.report(path, number, f"{folder}/ (level {self.levels[folder]}) includes {name} "
                                      f"(level {self.levels[target]})")
        if target != folder and name in self.asio_headers:
            self.report(path, number, f"{name} brings Asio or Beast along: for {target}/ only")

    def check_calls(self, path, folder):
        for number, line in lines_of(path):
            if match := IMPURE_CALL.search(line):
                self.report(path, number, f"{match[0]} in the pure folder {folder}/")


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1]
    errors = Checker(root.resolve()).run()
    print("\n".join(errors) or "layers: ok")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
