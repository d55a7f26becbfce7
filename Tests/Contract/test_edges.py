"""The edges of the contract: nothing to wait for, nothing in the body, an end that another brings about."""

import json
import socket
import struct
import time

import pytest
from conftest import PATIENCE, call, parse


@pytest.mark.parametrize("query", ["minimum=0", "limit=0", "minimum=5&limit=0"])
def test_nobody_waits_for_no_bytes(service, talk, query):
    location, _ = talk
    start = time.monotonic()
    answer = service.ask("GET", f"{location}/received?wait=60s&{query}")
    assert answer.status == 200 and answer.body == b""
    assert time.monotonic() - start < 50


def test_a_followed_stream_of_a_connection_that_is_deleted_ends_as_streams_do(service, talk):
    location, peer = talk
    peer.sendall(b"so far")
    assert service.ask("GET", f"{location}/received?minimum=6&wait=60s&release=0").body == b"so far"
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as follower:
        follower.sendall(
            f"GET {location}/received?follow=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while b"so far" not in received:
            received += follower.recv(65536)
        assert call(service, "DELETE", location).status == 204
        while piece := follower.recv(65536):
            received += piece
    # h11 takes nothing for whole whose last chunk is missing.
    (answer,) = parse(received, ["GET"], True)
    assert answer.status == 200 and answer.body == b"so far"


def test_releasing_all_takes_no_body(service):
    made = call(service, "POST", "/v1/impairments", {"name": "parked", "type": "hold", "toxicity": 0})
    target = made.fields["location"] + "/release"
    answer = call(service, "POST", target)
    assert answer.status == 200 and answer.json == {"segments": []}
    for fields, body, status in [
        ((), b"{}", 415),
        (("Content-Type: text/plain",), b"{}", 415),
        (("Content-Type: application/json",), b"{}", 200),
    ]:
        assert service.ask("POST", target, fields=fields, body=body).status == status
    call(service, "DELETE", made.fields["location"])


@pytest.mark.parametrize("query", ["limit=2", "limit=1", "after=999999"])
def test_a_table_is_indented_too(service, talk, query):
    target = f"/v1/segments?format=columns&{query}"
    plain = service.ask("GET", target)
    pretty = service.ask("GET", target + "&pretty=1")
    assert pretty.body.startswith(b'{\n  "run": ') and pretty.body.endswith(b"\n}\n")
    assert json.loads(pretty.body) == json.loads(plain.body)


@pytest.mark.parametrize("framing, piece", [
    ("Content-Length: 1000", b"half of it"), ("Transfer-Encoding: chunked", b"a\r\nhalf of it\r\n"),
])
def test_who_pauses_in_a_body_is_told_at_once_that_the_peer_is_gone(service, talk, framing, piece):
    location, peer = talk
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as client:
        client.sendall(
            f"POST {location}/send HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n{framing}\r\n\r\n"
            .encode() + piece)
        assert peer.recv(100) == b"half of it"
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        # Without that it would be 408, after the time that a body has.
        received = b""
        while part := client.recv(65536):
            received += part
    (answer,) = parse(received, ["POST"], True)
    problem = json.loads(answer.body)
    assert answer.status == 502 and problem["type"] == "/problems/connection-reset", problem
    assert (problem["offset"], problem["nextOffset"], problem["accepted"]) == (0, 10, 10)
    assert answer.fields["connection"] == "close"
