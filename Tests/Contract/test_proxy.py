"""Behind nginx: no request passes that nginx does not know of, and the answers come through as they were."""

import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from conftest import parse

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream service {{ server 127.0.0.1:{service}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host localhost;
            proxy_request_buffering off;
        }}
        location /private {{ return 403; }}
    }}
}}
"""


@pytest.fixture(scope="module")
def proxy(service, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, service=service.port, port=port))
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None, (folder / "error.log").read_text()
            time.sleep(0.05)
    yield port, pathlib.Path(folder)
    process.terminate()
    process.wait(10)


def talk(port, octets):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(octets)
        received = b""
        try:
            while piece := client.recv(65536):
                received += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return received


HIDDEN = b"GET /v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /v1/segments/decode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

SMUGGLING = [
    ("length and chunks", POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("chunks and length", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("a disguised coding", POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("a coding behind a space", POST + b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("two lengths", POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN),
    ("a chunk extension with a line feed", POST + b"Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n{}\r\n0\r\n\r\n" + HIDDEN),
    ("a folded coding", POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN),
    ("a size with a sign", POST + b"Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n" + HIDDEN),
]


@pytest.mark.parametrize("name, octets", SMUGGLING, ids=[case[0] for case in SMUGGLING])
def test_no_request_is_smuggled_past_the_proxy(service, proxy, name, octets):
    port, folder = proxy
    before = len(service.log)
    talk(port, octets.replace(HIDDEN, b"") + HIDDEN)
    # The next one on the kept connection between proxy and service still gets its own answer.
    received = talk(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b'{"status":"ok"}' in received
    # nginx has seen each request that the service has: it logs the hidden one if it took it for a request of its own.
    metrics = service.ask("GET", "/metrics").body.decode()
    unknown = sum(
        int(line.rsplit(" ", 1)[1]) for line in metrics.splitlines()
        if line.startswith('rawtcpweb_http_request_duration_seconds_count{method="GET",route="none"')
    )
    seen = (folder / "access.log").read_text().count("GET /v1/hidden")
    passed = sum(
        " 404 " in line for line in (folder / "access.log").read_text().splitlines() if "GET /v1/hidden" in line
    )
    assert unknown <= passed <= seen
    assert len(service.log) >= before


def test_answers_come_through_whole(service, proxy):
    port, _ = proxy
    direct = service.ask("GET", "/openapi.json").body
    received = talk(port, b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    (answer,) = parse(received, ["GET"], True)
    assert answer.body == direct
