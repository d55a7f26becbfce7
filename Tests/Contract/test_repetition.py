"""Retries and conditions: nothing is sent twice that was sent, what sent nothing may be asked anew, and nothing is replaced that
was not meant to be."""

import socket

import pytest
from conftest import call

VIRTUAL = b"0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
# Nobody answers a RST.
ON_THE_WIRE = b"0 < R 0:0(0) win 0\n+0 > . 1:1(0) ack 1\n"


def newest(service):
    return call(service, "GET", "/v1/segments?last=1").json["next"]


def script(service, target, body, key=None, *fields):
    named = [f"Idempotency-Key: {key}"] if key else []
    fields = ["Content-Type: text/x-packetdrill", *named, *fields]
    return service.ask("PUT" if target.count("/") == 3 else "POST", target, fields=fields, body=body)


def is_replayed(answer):
    return answer.fields.get("idempotent-replayed") == "true"


def test_a_crafted_segment_that_nobody_answered_is_not_sent_again(service):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        body = {"remote": f"127.0.0.1:{listening.getsockname()[1]}", "flags": ["RST"]}
        target, key = "/v1/segments?wait=reply&timeout=50ms", ["Idempotency-Key: unanswered"]
        first = call(service, "POST", target, body, key)
        sent = newest(service)
        second = call(service, "POST", target, body, key)
    assert (first.status, second.status) == (504, 504)
    assert is_replayed(second) and second.json["segments"] == first.json["segments"]
    assert newest(service) == sent


def test_a_script_that_failed_on_the_wire_is_not_run_again(service):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = f"/v1/scenarios?clock=real&remote=127.0.0.1:{listening.getsockname()[1]}"
        first = script(service, target, ON_THE_WIRE, "wire")
        assert first.status == 422 and b"/problems/scenario-failed" in first.body, first
        sent = newest(service)
        second = script(service, target, ON_THE_WIRE, "wire")
    assert is_replayed(second) and second.body == first.body
    assert newest(service) == sent


@pytest.mark.parametrize("body, status", [(VIRTUAL, 200), (VIRTUAL + b"+0 bind(3, ..., ...) = -1\n", 422)])
def test_a_script_on_virtual_time_is_run_anew(service, body, status):
    for text in [body, body, b"// nothing\n"]:
        answer = script(service, "/v1/scenarios", text, f"virtual-{status}")
        assert answer.status == (200 if text == b"// nothing\n" else status), answer
        assert not is_replayed(answer)


def test_a_release_that_found_nothing_is_asked_anew(service):
    made = call(service, "POST", "/v1/impairments", {"name": "empty", "type": "hold", "toxicity": 0})
    for _ in range(2):
        answer = call(service, "POST", made.fields["location"] + "/release", fields=["Idempotency-Key: release"])
        assert answer.status == 200 and not is_replayed(answer)
    call(service, "DELETE", made.fields["location"])


def put_option(service, name, *fields):
    return call(service, "PUT", f"/v1/options/{name}", {"kind": 180, "attach": "never"}, list(fields))


def put_scenario(service, name, *fields):
    return script(service, f"/v1/scenarios/{name}", VIRTUAL, None, *fields)


@pytest.mark.parametrize("kind, put", [("options", put_option), ("scenarios", put_scenario)])
def test_a_put_replaces_only_what_it_means(service, kind, put):
    assert put(service, "guarded", "If-Match: *").status == 412
    assert call(service, "GET", f"/v1/{kind}/guarded").status == 404
    assert put(service, "guarded", "If-None-Match: *").status == 201
    again = put(service, "guarded", "If-None-Match: *")
    assert again.status == 412 and b"/problems/precondition-failed" in again.body
    assert put(service, "guarded", "If-Match: *").status == 200
    assert put(service, "guarded", 'If-Match: "a tag of somebody else\'s"').status == 412
    assert put(service, "guarded", 'If-None-Match: "a tag"').status == 200
    assert call(service, "DELETE", f"/v1/{kind}/guarded").status == 204
