"""The edges of the contract: nothing to wait for, nothing in the body, an end that another brings about."""

import json
import signal
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


@pytest.mark.parametrize("query", ["connection=c999999", "connection=o999", "connection=nobody", "listener=l999"])
def test_the_log_of_what_never_was_is_not_there(service, query):
    for form in ["json", "ndjson", "pcapng", "sse", "columns"]:
        answer = call(service, "GET", f"/v1/segments?format={form}&{query}")
        assert answer.status == 404 and answer.json["type"] == "/problems/not-found"


def test_the_log_of_a_deleted_connection_is_still_there(service, talk):
    location, _ = talk
    assert call(service, "DELETE", location).status == 204
    answer = call(service, "GET", f"/v1/segments?connection={location.rsplit('/', 1)[1]}")
    assert answer.status == 200 and len(answer.json["segments"]) >= 3


@pytest.mark.parametrize("name", [
    "endOfOptions", "noOperation", "mss", "windowScale", "sackPermitted", "sack", "timestamps", "userTimeout", "fastOpen",
    "unknown", "malformed",
])
def test_no_option_takes_a_name_that_records_show_already(service, name):
    answer = call(service, "PUT", f"/v1/options/{name}", {"kind": 181, "attach": "never"})
    assert answer.status == 409 and answer.json["type"] == "/problems/name-in-use"


@pytest.mark.parametrize("method, target", [
    ("POST", "/v1/reset"), ("POST", "{connection}/close"), ("DELETE", "{connection}"), ("POST", "/v1/scenarios/handshake/runs"),
])
def test_what_takes_no_body_takes_none_but_an_empty_object(service, talk, method, target):
    target = target.format(connection=talk[0])
    for fields, body, status in [
        ((), b"{}", 415),
        (("Content-Type: application/x-www-form-urlencoded",), b"a=b", 415),
        (("Content-Type: application/json",), b"{", 400),
        (("Content-Type: application/json",), b'{"unknown": 1}', 422),
    ]:
        assert service.ask(method, target, fields=fields, body=body).status == status
    # Some clients send a content type with everything.
    assert service.ask(method, target, fields=["Content-Type: application/json"]).status in (200, 204)


def test_a_packed_packet_is_no_packet(service):
    fields = ["Content-Type: application/octet-stream", "Content-Encoding: gzip"]
    assert service.ask("POST", "/v1/segments/decode", fields=fields, body=b"E" * 40).status == 415


@pytest.mark.parametrize("form", ["json", "columns"])
def test_back_from_the_oldest_record_there_is_no_page(service, talk, form):
    target, pages = f"/v1/segments?format={form}&limit=500&before=1000000", 0
    while target:
        answer = service.ask("GET", target)
        assert answer.status == 200 and pages < 100
        pages += 1
        link = answer.fields.get("link")
        target = link and link[1:link.index(">")]
    assert pages >= 1


def test_a_seed_comes_back_as_it_was_given(service):
    fields = ["Content-Type: text/x-packetdrill"]
    largest = 2**53 - 1
    answer = service.ask("POST", f"/v1/scenarios?seed={largest}", fields=fields, body=b"// nothing\n")
    assert json.loads(answer.body)["seed"] == largest
    assert service.ask("POST", f"/v1/scenarios?seed={largest + 1}", fields=fields, body=b"// nothing\n").status == 422


@pytest.mark.parametrize("query, fields, body, status", [
    ("colour=red", [], {"text": "x"}, 422), ("pretty=maybe", [], {"text": "x"}, 422),
    ("", ["Accept: image/png"], {"text": "x"}, 406),
    ("", ["Idempotency-Key: " + "x" * 256], {"text": "x"}, 422), ("", ["Idempotency-Key: edge"], {"text": "other"}, 422),
    ("", ["Idempotency-Key: long"], {"text": "x" * (1 << 20)}, 422),
])
def test_whatever_fails_a_send_it_tells_how_far_the_stream_is(service, talk, query, fields, body, status):
    location, _ = talk
    assert call(service, "POST", f"{location}/send", {"text": "abc"}, ["Idempotency-Key: edge"]).status == 200
    answer = call(service, "POST", f"{location}/send?{query}", body, fields)
    assert answer.status == status
    wanted = {"offset": 3, "nextOffset": 3, "accepted": 0, "acked": 0, "connection": location.rsplit("/", 1)[1]}
    assert {name: answer.json.get(name) for name in wanted} == wanted


def test_a_hangup_where_there_is_no_certificate_changes_nothing(service, talk):
    location, _ = talk
    service.process.send_signal(signal.SIGHUP)
    while not any("no certificate" in line for line in service.log):
        assert service.process.poll() is None
        time.sleep(0.01)
    assert call(service, "GET", location).json["state"] == "ESTABLISHED"
