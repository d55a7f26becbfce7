"""Lists in pages."""

import contextlib
import json
import socket
import uuid

import pytest


def call(service, method, target, body=None, fields=()):
    octets = json.dumps(body).encode() if body is not None else b""
    fields = [*fields, "Content-Type: application/json"] if body is not None else fields
    answer = service.ask(method, target, fields=fields, body=octets)
    with contextlib.suppress(ValueError):
        answer.json = json.loads(answer.body)
    return answer


def fresh(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


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
