#!/usr/bin/env python3
"""Checks what clang-format does not: check_style.py [ROOT]

Reported, as file:line: lines over 100 columns, files over 400 lines, functions over 70 lines,
leftover reminders; headers without #pragma once or with `using namespace`.
"""

import ast
import pathlib
import re
import sys

LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70

# What is too long today; these lists may only shrink.
LONG_LINES = {"bench/report.py", "tools/record_conversation.py"}  # strings: prose, SQL
LONG_FILES = set()
LONG_FUNCTIONS = {("src/config/config_test.cpp", "TEST(ConfigTest, EveryKeyIsRead)")}

FOLDERS = ("src", "include", "examples", "bench", "tests", "tools", "cmake")
TOP_FILES = ("CMakeLists.txt", "dev")
SUFFIXES = {".h", ".cpp", ".py", ".mjs", ".cmake"}
SKIPPED = {"node_modules", "corpus", "__pycache__"}

REMINDER = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX")) + r")\b")
# Comments, literals and preprocessor lines: what braces must not be counted in.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\''
    r"|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
NAME = re.compile(r"\b(TEST(?:_[FP])?\(\w+,\s*\w+\))|([\w:~]+|operator\S+)\s*\(")


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES or path.name == "CMakeLists.txt":
                if not SKIPPED.intersection(path.relative_to(root).parts):
                    yield path
    for name in TOP_FILES:
        if (root / name).is_file():
            yield root / name


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def cpp_functions(text):
    """(name, first line, lines) of each function defined outside of functions."""
    text = NOT_CODE.sub(blank, text)
    scopes = []  # of each open brace: None, or the function that it begins as (name, first line)
    head = 0  # where the declaration at hand begins
    for match in re.finditer(r"[{};]", text):
        position, mark = match.start(), match[0]
        if mark == "{":
            declaration = text[head:position]
            inside = any(scope != "scope" for scope in scopes)
            named = NAME.search(declaration)
            if SCOPE.search(declaration.split("(")[0]):
                scopes.append("scope")
            elif named and not inside:
                start = head + len(declaration) - len(declaration.lstrip())
                scopes.append((named[1] or named[2], text.count("\n", 0, start) + 1))
            else:
                scopes.append("block")
        elif mark == "}" and scopes:
            scope = scopes.pop()
            if isinstance(scope, tuple):
                yield scope[0], scope[1], text.count("\n", 0, position) + 2 - scope[1]
        head = match.end()


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno + 1 - node.lineno


def functions_of(path, text):
    if path.suffix in {".h", ".cpp"}:
        return cpp_functions(text)
    return python_functions(text) if path.suffix == ".py" else ()


def check_lines(text, name):
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE_COLUMNS_MAX and name not in LONG_LINES:
            yield number, f"{len(line)} columns, at most {LINE_COLUMNS_MAX}"
        if match := REMINDER.search(line):
            yield number, f"{match[0]}: finish it or leave it out"
        if name.endswith(".h") and re.match(r"\s*using namespace\b", line):
            yield number, "using namespace in a header"


def check_file(path, name):
    """(line, what is wrong) of one file; `name` is its path from the root."""
    text = path.read_text()
    yield from check_lines(text, name)
    if path.suffix == ".h" and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "no #pragma once"
    count = text.count("\n")
    if count > FILE_LINES_MAX and name not in LONG_FILES:
        yield 1, f"{count} lines, at most {FILE_LINES_MAX}"
    for function, number, length in functions_of(path, text):
        if length > FUNCTION_LINES_MAX and (name, function) not in LONG_FUNCTIONS:
            yield number, f"{function} has {length} lines, at most {FUNCTION_LINES_MAX}"


def check(root):
    return [f"{name}:{number}: {text}"
            for path in sources(root) for name in [path.relative_to(root).as_posix()]
            for number, text in sorted(check_file(path, name))]


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1]
    errors = check(root.resolve())
    print("\n".join(errors) or "style: ok")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
