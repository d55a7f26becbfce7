"""One running service for each file of tests."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading

import h11
import pytest

# Seconds that an answer may take. Only what is broken uses them up; a busy machine is slow.
PATIENCE = 60
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("RAWTCPWEB", str(ROOT / ".build/release/rawtcpweb"))


class Service:
    """A service on a free port, and an echo server on the kernel's TCP for it to talk to."""

    def __init__(self, *arguments):
        command = [PROGRAM, "serve", "--listen", "127.0.0.1:0", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, f"not ready: {line} {self.process.stderr.read() if not line else ''}"
        self.port = int(found.group(1))
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, "".join(self.log)

    def talk(self, octets, patience=PATIENCE):
        """Sends octets, and reads until the service closes or has been silent for a while. Returns what came, and whether
        it closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as client:
            client.sendall(octets)
            received = b""
            client.settimeout(patience)
            while True:
                try:
                    piece = client.recv(65536)
                except TimeoutError:
                    return received, False
                if not piece:
                    return received, True
                received += piece

    def ask(self, method, target, *, fields=(), body=b"", version="1.1"):
        """One exchange on a connection of its own, its answer taken apart by h11."""
        lines = [f"{method} {target} HTTP/{version}", "Host: localhost", "Connection: close", *fields]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        octets = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        received, closed = self.talk(octets)
        assert closed
        (answer,) = parse(received, [method], closed)
        return answer


class Answer:
    def __init__(self, head, body):
        self.status = head.status_code
        self.fields = {name.decode().lower(): value.decode() for name, value in head.headers}
        self.body = body
        self.json = None

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:300]}"


def call(service, method, target, body=None, fields=()):
    """An exchange with a JSON body, if any; `json` is what the answer's body says, None where that is something else."""
    octets = json.dumps(body).encode() if body is not None else b""
    fields = [*fields, "Content-Type: application/json"] if body is not None else fields
    answer = service.ask(method, target, fields=fields, body=octets)
    with contextlib.suppress(ValueError):
        answer.json = json.loads(answer.body)
    return answer


def parse(octets, methods, closed):
    """Takes all answers apart with h11, which raises if any is not as RFC 9112 wants it. `methods` are those of the
    requests; those beyond the list are GET."""
    answers = []
    connection = h11.Connection(h11.CLIENT)
    connection.receive_data(octets)
    if closed:
        connection.receive_data(b"")
    while connection.trailing_data[0] or connection.their_state is not h11.SEND_RESPONSE:
        method = methods[len(answers)] if len(answers) < len(methods) else "GET"
        if connection.our_state is h11.IDLE:
            connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
            connection.send(h11.EndOfMessage())
        head, body = None, b""
        while True:
            event = connection.next_event()
            if isinstance(event, h11.InformationalResponse):
                continue
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                answers.append(Answer(head, body))
                break
            else:
                assert head is None, f"an answer is cut: {octets[-200:]}"
                return answers
        if connection.our_state is h11.DONE and connection.their_state is h11.DONE:
            connection.start_next_cycle()
        else:
            assert not connection.trailing_data[0], f"octets behind the last answer: {octets[-200:]}"
            return answers
        if not connection.trailing_data[0]:
            return answers
    return answers


@pytest.fixture(scope="module")
def echo():
    """The port of a server of the kernel's that sends back what comes, and ends when its client does."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)

    def serve(client):
        with client:
            try:
                while octets := client.recv(65536):
                    client.sendall(octets)
            except ConnectionError:
                pass

    def accept():
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listening.getsockname()[1]
    listening.close()


@pytest.fixture(scope="module")
def service():
    running = Service()
    yield running
    metrics = running.ask("GET", "/metrics").body.decode()
    assert "\nrawtcpweb_internal_errors_total 0\n" in metrics
    running.stop()


@pytest.fixture(scope="module")
def guarded_service(tmp_path_factory):
    token = tmp_path_factory.mktemp("token") / "token"
    token.write_text("a-token-for-tests\n")
    running = Service("--token-file", str(token))
    yield running
    running.stop()


@pytest.fixture
def talk(service):
    """A connection, and the kernel's socket at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = call(service, "POST", "/v1/connections", {"remote": f"127.0.0.1:{port}"})
        assert answer.status == 201, answer
        peer, _ = server.accept()
        with peer:
            yield answer.fields["location"], peer
    call(service, "DELETE", answer.fields["location"])
