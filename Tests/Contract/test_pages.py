"""Lists in pages, streams in pieces, and changes that would change nothing: what a request asks for is done or refused."""

import json
import socket
import uuid

import pytest
from conftest import call


def fresh(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


def make_impairment(service):
    answer = call(service, "POST", "/v1/impairments", {"name": fresh("i"), "type": "loss", "toxicity": 0})
    return answer.fields["location"], answer.json["name"]


def make_option(service):
    name = fresh("o")
    taken = [option["kind"] for option in call(service, "GET", "/v1/options").json["options"]]
    kind = next(kind for kind in range(100, 200) if kind not in taken)
    answer = call(service, "PUT", f"/v1/options/{name}", {"kind": kind, "attach": "never"})
    return answer.fields["location"], name


def make_scenario(service):
    name = fresh("s")
    answer = service.ask(
        "PUT", f"/v1/scenarios/{name}", fields=["Content-Type: text/x-packetdrill"], body=b"// nothing\n")
    return answer.fields["location"], name


def make_listener(service):
    answer = call(service, "POST", "/v1/listeners", {"local": "127.0.0.1:0", "name": fresh("l")})
    return answer.fields["location"], answer.json["name"]


def make_connection(service):
    remote = f"127.0.0.1:{PEER.getsockname()[1]}"
    answer = call(service, "POST", "/v1/connections", {"remote": remote, "name": fresh("c")})
    return answer.fields["location"], answer.json["name"]


# It accepts nothing: the kernel shakes hands by itself.
PEER = socket.create_server(("127.0.0.1", 0), backlog=64)
MAKERS = {
    "impairments": make_impairment, "options": make_option, "scenarios": make_scenario, "listeners": make_listener,
    "connections": make_connection,
}


def pages(service, kind, *, limit=1, after=None):
    """The names of a list's elements, page by page."""
    while True:
        mark = f"&after={after}" if after else ""
        answer = call(service, "GET", f"/v1/{kind}?limit={limit}{mark}")
        assert answer.status == 200, answer
        yield [element["name"] for element in answer.json[kind]]
        after = answer.json["next"]
        if after is None:
            return


@pytest.mark.parametrize("kind", MAKERS)
def test_a_list_goes_on_where_the_last_element_of_a_page_has_gone(service, kind):
    made = dict(reversed(MAKERS[kind](service)) for _ in range(4))
    seen = []
    for page in pages(service, kind):
        mine = [name for name in page if name in made]
        seen += mine
        for name in mine:
            assert call(service, "DELETE", made[name]).status == 204
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_list_begins_behind_a_name(service, kind):
    made = dict(reversed(MAKERS[kind](service)) for _ in range(3))
    everything = [name for page in pages(service, kind, limit=1_000) for name in page]
    for name in made:
        behind = everything[everything.index(name) + 1:]
        assert [other for page in pages(service, kind, after=name) for other in page] == behind
    for location in made.values():
        call(service, "DELETE", location)


@pytest.mark.parametrize("kind", ["impairments", "listeners", "connections", "observations"])
def test_a_mark_that_never_was_is_refused(service, kind):
    answer = call(service, "GET", f"/v1/{kind}?after=nobody")
    assert answer.status == 422 and answer.json["errors"][0]["parameter"] == "after"


@pytest.mark.parametrize("name", ["nagle", "delayedAck", "congestion", "autoRelease", "ttl", "dscp", "timeWait"])
def test_nothing_is_no_value_for_what_a_connection_must_have(service, talk, name):
    location, _ = talk
    for target in (location, make_listener(service)[0]):
        answer = call(service, "PATCH", target, {name: None})
        assert answer.status == 422 and answer.json["errors"][0]["pointer"] == f"/{name}"


def test_nothing_takes_away_what_a_connection_may_be_without(service, talk):
    location, _ = talk
    change = {"name": fresh("n"), "lease": "60s", "keepAlive": {"idle": "9s"}, "userTimeout": "9s"}
    assert call(service, "PATCH", location, change).status == 200
    answer = call(service, "PATCH", location, {name: None for name in change})
    assert answer.status == 200 and answer.json["name"] is None and answer.json["lease"] is None
    assert answer.json["options"]["keepAlive"] is None and answer.json["options"]["userTimeout"] is None


@pytest.mark.parametrize("change, pointer", [
    ({"observeEcho": None}, "/observeEcho"), ({"limits": None}, "/limits"),
    ({"limits": {"handshakesPerSecond": None}}, "/limits/handshakesPerSecond"),
])
def test_nothing_is_no_setting_of_the_engine(service, change, pointer):
    answer = call(service, "PATCH", "/v1/engine", change)
    assert answer.status == 422 and answer.json["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("name", ["toxicity", "seed", "stream", "attributes"])
def test_nothing_is_no_setting_of_an_impairment(service, name):
    location, _ = make_impairment(service)
    answer = call(service, "PATCH", location, {name: None})
    assert answer.status == 422 and answer.json["errors"][0]["pointer"] == f"/{name}"
    call(service, "DELETE", location)


def test_a_followed_stream_ends_at_its_limit(service, talk):
    location, peer = talk
    peer.sendall(b"0123456789")
    answer = service.ask("GET", f"{location}/received?follow=1&limit=4")
    assert answer.status == 200 and answer.body == b"0123"
    answer = service.ask("GET", f"{location}/received?follow=1&limit=4&offset=4")
    assert answer.body == b"4567"


def test_a_followed_stream_ends_when_nothing_more_comes_in_time(service, talk):
    location, peer = talk
    peer.sendall(b"abc")
    assert service.ask("GET", f"{location}/received?minimum=3&wait=60s&release=0").body == b"abc"
    answer = service.ask("GET", f"{location}/received?follow=1&wait=200ms")
    assert answer.status == 200 and answer.body == b"abc"
    # Less than the minimum is given too, when the time is over.
    answer = service.ask("GET", f"{location}/received?follow=1&wait=200ms&minimum=9&offset=0")
    assert answer.body == b"abc"


def test_a_followed_stream_ends_with_the_peers(service, talk):
    location, peer = talk
    peer.sendall(b"last words")
    peer.shutdown(socket.SHUT_WR)
    answer = service.ask("GET", f"{location}/received?follow=1&minimum=5")
    assert answer.status == 200 and answer.body == b"last words"


@pytest.mark.parametrize("query", ["format=ndjson&follow=1", "format=text&follow=1", "format=sse"])
def test_a_followed_log_goes_forward(service, query):
    answer = call(service, "GET", f"/v1/segments?{query}&before=9")
    assert answer.status == 422 and answer.json["errors"][0]["parameter"] == "before"


def test_bytes_that_are_released_are_gone_and_whose_they_were_is_told(service, talk):
    location, peer = talk
    peer.sendall(b"abcdef")
    assert service.ask("GET", f"{location}/received?minimum=6&wait=5s").body == b"abcdef"
    assert service.ask("GET", f"{location}/received?offset=3").body == b"def"
    answer = call(service, "GET", f"{location}/received?offset=1")
    assert answer.status == 410 and answer.json["type"] == "/problems/offset-released"
    assert answer.json["connection"] == location.rsplit("/", 1)[1] and answer.json["oldest"] == 3


def test_a_key_for_a_body_that_is_too_long_for_it_is_refused_in_favour_of_offset(service, talk):
    location, _ = talk
    fields = ["Content-Type: application/octet-stream", "Idempotency-Key: long"]
    answer = service.ask("POST", f"{location}/send", fields=fields, body=b"x" * (1 << 20) + b"x")
    problem = json.loads(answer.body)
    assert answer.status == 422 and [error["parameter"] for error in problem["errors"]] == ["offset"]
