"""The command line: what needs no server."""

import json
import re
import subprocess

import pytest


def run(binary, *arguments, text=None):
    return subprocess.run([binary, *map(str, arguments)], input=text, capture_output=True,
                          text=True, timeout=60)


def test_version(binary):
    done = run(binary, "version")
    assert done.returncode == 0
    assert re.search(r"\d+\.\d+\.\d+", done.stdout)


@pytest.mark.parametrize("command", ["serve", "check", "status", "explain", "sandbox"])
def test_help(binary, command):
    done = run(binary, command, "--help")
    assert done.returncode == 0 and "--help" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["serve", "--nonsense"], ["serve"],
                                       ["sandbox"], ["sandbox", "sideways"]])
def test_bad_usage(binary, arguments):
    done = run(binary, *arguments)
    assert done.returncode == 2
    assert done.stderr != ""


@pytest.mark.parametrize("statement, expected", [
    ("SELECT 1", "read"),
    ("SELECT * FROM t WHERE id = 1", "read"),
    ("SELECT * FROM t FOR UPDATE", "primary"),
    ("INSERT INTO t VALUES (1)", "primary"),
    ("SET NAMES utf8mb4", "session"),
    ("LOCK TABLES t READ", "pin"),
])
def test_explain(binary, statement, expected):
    done = run(binary, "explain", "--json", statement)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["class"] == expected
    assert list(answer) == ["class", "reason", "tables", "writes", "cacheable", "cache_reason"]


def test_explain_tells_what_may_be_cached(binary):
    statements = ["SELECT stock FROM shop.product WHERE id = 7", "SELECT stock FROM shop.product",
                  "SELECT NOW(), stock FROM shop.product"]
    done = run(binary, "explain", "--json", text="\n".join(statements))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["cacheable"] for answer in answers] == [True, True, False]
    assert [answer["cache_reason"] for answer in answers] == [
        "one row of shop.product if id is its primary key (pins: id)", "rows of shop.product",
        "depends on the time"]


def test_explain_after_others(binary):
    done = run(binary, "explain", "--json", "--after", "BEGIN", "SELECT 1")
    assert done.returncode == 0
    assert json.loads(done.stdout)["class"] != "read"


def test_explain_reads_lines(binary):
    done = run(binary, "explain", "--json", text="SELECT 1\nSELECT\\n1\nDELETE FROM t\n")
    assert done.returncode == 0
    classes = [json.loads(line)["class"] for line in done.stdout.splitlines()]
    assert classes == ["read", "read", "primary"]


GOOD = 'servers = ["127.0.0.1:1"]\n[service]\nuser = "u"\npassword = "p"\n'


@pytest.mark.parametrize("text, words", [
    ("nonsense = 1\n" + GOOD, ["nonsense", "1"]),
    (GOOD + "[pool]\nmax_per_server = \"many\"\n", ["max_per_server", "6"]),
    (GOOD + "[pool]\nwait = \"5 parsecs\"\n", ["wait", "6"]),
    ("servers = [\n", []),
    ("[service]\nuser = \"u\"\npassword = \"p\"\n", ["servers"]),
    ('[[server]]\nname = "a"\naddress = "127.0.0.1:1"\n[[server]]\nname = "a"\n'
     'address = "127.0.0.1:2"\n[service]\nuser = "u"\npassword = "p"\n', ["name"]),
])
def test_a_bad_configuration_is_told_in_one_line(binary, tmp_path, text, words):
    file = tmp_path / "bad.toml"
    file.write_text(text)
    file.chmod(0o600)
    done = run(binary, "serve", "--config", file)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    for word in ["bad.toml", *words]:
        assert word in done.stderr


def test_a_missing_configuration(binary, tmp_path):
    done = run(binary, "serve", "--config", tmp_path / "missing.toml")
    assert done.returncode == 2 and "missing.toml" in done.stderr


def test_status_without_a_server(binary):
    done = run(binary, "status", "--admin", "127.0.0.1:1")
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
