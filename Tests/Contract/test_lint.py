"""httplint reads the main answers: it may advise, but finds no error. hadolint reads the Containerfile."""

import pathlib
import subprocess
import sys

import pytest
from httplint import HttpResponseLinter, levels

from conftest import ROOT, parse

TARGETS = [
    "/", "/js/main.js", "/css/base.css", "/openapi.json", "/healthz", "/readyz", "/metrics", "/problems/internal",
    "/v1/connections", "/v1/listeners", "/v1/segments", "/v1/segments?format=text", "/v1/engine", "/v1/session",
    "/nothing", "/v1/connections?limit=x",
]


@pytest.mark.parametrize("target", TARGETS)
def test_no_error_is_found(service, target):
    answer, _ = service.talk(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    head = answer.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    linter = HttpResponseLinter()
    linter.process_response_topline(*head[0].split(b" ", 2))
    linter.process_headers([tuple(line.split(b": ", 1)) for line in head[1:]])
    linter.feed_content(parse(answer, ["GET"], True)[0].body)
    linter.finish_content(True)
    assert [note.summary for note in linter.notes if note.level == levels.BAD] == []


def test_hadolint_finds_nothing_in_the_containerfile():
    hadolint = pathlib.Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, "--no-color", ROOT / "deploy/Containerfile"], capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
