"""What the documents say can be used as it stands."""

import os
import pathlib
import re
import subprocess

import pytest
from certificates import Certificates

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("src/*.md"),
                    *ROOT.glob("src/*/README.md"), *ROOT.glob("examples/*/README.md"),
                    *ROOT.glob("bench/*.md"), *ROOT.glob("tests/*/README.md")])
CONFIGURATIONS = [(file.name, text) for file in DOCUMENTS
                  for text in re.findall(r"```toml\n(.*?)```", file.read_text(), re.DOTALL)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What the examples have in /etc/understudy."""
    made = Certificates(tmp_path_factory.mktemp("understudy"))
    made.issue("server")
    for name in ("clients-ca.pem", "servers-ca.pem"):
        (made.folder / name).write_text(made.ca.read_text())
    (made.folder / "password").write_text("secret\n")
    return made.folder


def test_there_are_examples():
    assert len(CONFIGURATIONS) >= 3


@pytest.mark.parametrize("name, text", CONFIGURATIONS)
def test_a_configuration_in_a_document_is_accepted(binary, tmp_path, files, name, text):
    file = tmp_path / "example.toml"
    file.write_text(text.replace("/etc/understudy/", f"{files}/"))
    done = subprocess.run([binary, "check", "--config", str(file)], capture_output=True, text=True,
                          timeout=60, env={**os.environ, "UNDERSTUDY_PASSWORD": "secret"})
    assert done.returncode != 2, done.stderr  # the servers need not be there


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        if "://" not in link:
            assert (document.parent / link).exists(), f"{document}: {link}"


def quotes():
    """Of each piece of code that a document says is a part of a file: document, file, code."""
    for document in DOCUMENTS:
        found = re.findall(r"[Ff]rom\s+\[[^\]]*\]\(([^)]+)\):\n\n```\w*\n(.*?)\n```",
                           document.read_text(), re.DOTALL)
        yield from ((document, document.parent / file, code) for file, code in found)


def test_the_library_is_taught_by_the_applications():
    taught = {file.resolve().parent.name for document, file, _ in quotes()
              if document.name == "library.md"}
    assert taught == {"analytics", "catalog", "social"}


@pytest.mark.parametrize("document, file, code", quotes())
def test_a_quoted_piece_of_code_is_in_its_file(document, file, code):
    assert code in file.read_text(), f"{document.name} quotes {file} wrongly: {code}"
