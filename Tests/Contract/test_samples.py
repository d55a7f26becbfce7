"""The curl lines of the description and of the documents run as they are written, but for ports; and each answer has the members
that the description names, and no other."""

import json
import re
import socket
import subprocess

import jsonschema
import pytest
from conftest import PATIENCE, ROOT, Service, call

DESCRIPTION = json.loads((ROOT / "Public/openapi.json").read_text())


def closed(schema):
    """The schema without room for members that it does not name."""
    if isinstance(schema, list):
        return [closed(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    if "allOf" in schema:
        parts = [DESCRIPTION["components"]["schemas"].get(part.get("$ref", "").split("/")[-1], part) for part in schema["allOf"]]
        schema = {
            "type": "object", "properties": {name: value for part in parts for name, value in part["properties"].items()},
            "required": [name for part in parts for name in part["required"]],
        }
    inner = {name: closed(value) for name, value in schema.items()}
    return {"additionalProperties": False, **inner} if isinstance(schema.get("properties"), dict) else inner


COMPONENTS = closed(DESCRIPTION["components"])
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
}
TOKEN = "a-token-for-tests"
RIGHT = [f"Authorization: Bearer {TOKEN}"]


def stage(key):
    """What makes things comes before what looks at them, and what takes them away comes behind."""
    method, path = key.split(" ")
    if path == "/v1/reset":
        return 5
    if method in ("GET", "PATCH"):
        return 2
    if method == "DELETE":
        return 4
    return 3 if path.endswith("/close") else 0 if "/{id}" not in path and "/runs" not in path else 1


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def bench(echo, tmp_path_factory):
    """A service that lets everything be done, a folder to stand in, and what the lines' ports stand for."""
    folder = tmp_path_factory.mktemp("samples")
    (folder / "token").write_text(TOKEN)
    (folder / ".curlrc").write_text(
        f'silent\nshow-error\nfail-with-body\nheader = "{RIGHT[0]}"\nwrite-out = "\\n%{{http_code}} %{{content_type}}"\n')
    (folder / "Tests").symlink_to(ROOT / "Tests")
    running = Service("--observe", "--token-file", str(folder / "token"), "--capture-dir", str(folder / "captures"))
    watched = socket.create_connection(("127.0.0.1", echo))
    ports = {"8080": running.port, "6666": echo, "7001": free_port(), "40000": watched.getsockname()[1]}
    call(running, "POST", "/v1/impairments", {"name": "park", "type": "hold", "toxicity": 0}, RIGHT)
    # Two connections for the comparison; a further one is made by its own line.
    for _ in range(2):
        assert call(running, "POST", "/v1/connections", {"remote": f"127.0.0.1:{echo}"}, RIGHT).status == 201
    yield running, folder, ports
    watched.close()
    running.stop()


def run(line, folder, ports):
    line = re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda port: str(ports.get(port.group(), port.group())), line)
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace('"token": "…"', f'"token": "{TOKEN}"')], cwd=folder,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CURL_HOME": str(folder)}, capture_output=True, timeout=PATIENCE)


def check_answer(operation, text):
    """What curl has written, the status and the content type behind it, is one of the operation's answers."""
    body, _, ending = text.rpartition(b"\n")
    status, _, kind = ending.decode().partition(" ")
    content = operation["responses"][status].get("content", {})
    assert bool(content) == bool(kind), operation["operationId"]
    if kind:
        schema = content[kind.partition(";")[0]]["schema"]
        if kind == "application/json":
            document = {**closed(schema), "components": COMPONENTS}
            jsonschema.Draft202012Validator(document).validate(json.loads(body))


def test_every_line_of_the_description_runs(bench):
    _, folder, ports = bench
    clients = []
    for key in sorted(OPERATIONS, key=stage):
        line = OPERATIONS[key]["x-codeSamples"][0]["source"]
        outcome = run(line, folder, ports)
        assert outcome.returncode == 0, f"{key}: {line}\n{outcome.stdout.decode()}{outcome.stderr.decode()}"
        if "|" not in line and "-i " not in line:
            check_answer(OPERATIONS[key], outcome.stdout)
        if key == "POST /v1/listeners":
            clients.append(socket.create_connection(("127.0.0.1", ports["7001"])))
    assert list(folder.glob("*.pcapng"))
    for client in clients:
        client.close()


def commands(text):
    """The commands of a document's fences: a block of sh is one, in one of console they stand behind a prompt."""
    for kind, block in re.findall(r"^```(console|sh)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if kind == "sh":
            yield block
            continue
        lines = iter(block.splitlines())
        for line in lines:
            if not line.startswith("$ "):
                continue
            command = [line[2:]]
            end = re.search(r"<<'(\w+)'", line)
            while command[-1].endswith("\\") or end and command[-1] != end.group(1):
                command.append(next(lines))
            yield "\n".join(command)


# The cookbook has a test of its own, and docs/operation.md is about other programs.
@pytest.mark.parametrize("document", ["README.md", "docs/log.md", "docs/lab.md", "docs/recovery.md", "docs/scripts.md"])
def test_every_line_of_a_document_runs(echo, tmp_path, document):
    lines = [line for line in commands((ROOT / document).read_text()) if "curl" in line or "cat >" in line]
    # Wireshark has a window.
    lines = [line for line in lines if "wireshark" not in line]
    assert lines
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    running = Service()
    ports = {"8080": running.port, "6666": echo, "1017": free_port()}
    opened = call(running, "POST", "/v1/connections", {"remote": f"127.0.0.1:{echo}", "name": "demo"})
    assert opened.json["id"] == "c1"
    for line in lines:
        outcome = run(line, tmp_path, ports)
        assert outcome.returncode == 0, f"{line}\n{outcome.stdout.decode()}{outcome.stderr.decode()}"
    assert call(running, "POST", "/v1/reset").status == 204
    running.stop()
