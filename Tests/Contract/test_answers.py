"""What answers say, and what clients may build on: the same everywhere, complete, and with the names that lead on."""

import re
import socket
import struct

import pytest
from conftest import Service, call


class Peer:
    """A listener on the kernel's TCP, and the sockets that it has accepted."""

    def __init__(self, backlog=16):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.remote = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def close(self):
        self.socket.close()


@pytest.fixture
def peer(service):
    listening = Peer()
    yield listening
    # A service with open connections takes its time to stop.
    assert call(service, "POST", "/v1/reset").status == 204
    listening.close()


def opened(service, peer, **options):
    answer = call(service, "POST", "/v1/connections", {"remote": peer.remote, **options})
    assert answer.status == 201, answer
    return answer


def test_times_are_the_same_in_every_answer(service, peer):
    connection = opened(service, peer, lease="60s")
    times = {(connection.json["openedAt"], connection.json["establishedAt"], connection.json["lease"]["expiresAt"])}
    for _ in range(20):
        again = call(service, "GET", connection.fields["location"]).json
        times.add((again["openedAt"], again["establishedAt"], again["lease"]["expiresAt"]))
    assert len(times) == 1


def test_the_time_of_the_handshake_is_told_to_the_microsecond(service, peer):
    for _ in range(5):
        timing = opened(service, peer).fields["server-timing"]
        assert re.fullmatch(r"handshake;dur=\d+\.\d{1,3}", timing), timing


def test_a_port_in_use_names_the_connection_that_holds_it(service, peer):
    holder = opened(service, peer).json
    answer = call(
        service, "POST", "/v1/connections",
        {"remote": peer.remote, "local": f"127.0.0.1:{holder['local']['port']}"})
    assert answer.status == 409 and answer.json["type"] == "/problems/port-in-use"
    assert answer.json["connection"] == holder["id"]


@pytest.mark.parametrize("wrong, right", [("keepalive", "keepAlive"), ("usertimeout", "userTimeout")])
def test_the_nearest_name_is_one_that_there_is(service, wrong, right):
    answer = call(service, "POST", "/v1/connections", {"remote": "127.0.0.1:1", wrong: None})
    assert answer.status == 422 and answer.json["type"] == "/problems/unknown-member"
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{wrong}"]
    assert f'"{right}"' in answer.json["errors"][0]["detail"]


def test_a_wrong_flag_is_named_by_its_place(service):
    answer = call(service, "POST", "/v1/segments", {"remote": "127.0.0.1:1", "flags": ["SYN", "syn"]})
    assert [error["pointer"] for error in answer.json["errors"]] == ["/flags/1"]


@pytest.mark.parametrize("query, body", [("push=2", {"text": "x"}), ("offset=-1", {"text": "x"}), ("", {})])
def test_a_failed_send_tells_how_far_the_stream_is(service, peer, query, body):
    connection = opened(service, peer)
    location = connection.fields["location"]
    assert call(service, "POST", f"{location}/send", {"text": "abc"}).status == 200
    answer = call(service, "POST", f"{location}/send?{query}", body)
    assert answer.status == 422
    wanted = {"offset": 3, "nextOffset": 3, "accepted": 0, "acked": 0}
    assert {name: answer.json[name] for name in wanted} == wanted
    assert answer.json["firstSequence"] == answer.json["nextSequence"]
    assert answer.json["segments"] == {"first": None, "last": None, "count": 0}
    assert answer.json["connection"] == connection.json["id"]


def test_bytes_for_a_peer_that_has_not_answered_wait_for_the_handshake(service):
    silent = Peer(backlog=0)
    fillers = [socket.socket() for _ in range(2)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(silent.socket.getsockname())
    answer = call(service, "POST", "/v1/connections?wait=none", {"remote": silent.remote})
    late = call(service, "POST", answer.fields["location"] + "/send?timeout=100ms", {"text": "early"})
    assert late.status == 504 and late.json["type"] == "/problems/timed-out"
    assert late.json["accepted"] == 5 and "SYN-SENT" in late.json["detail"]
    # Else its SYN would be repeated into the log that other tests look at.
    assert call(service, "DELETE", answer.fields["location"]).status == 204
    for each in [silent, *fillers]:
        each.close()


def test_accepted_connections_come_in_pages(service):
    listener = call(service, "POST", "/v1/listeners", {"local": "127.0.0.1:0"})
    address = ("127.0.0.1", listener.json["local"]["port"])
    clients = [socket.create_connection(address) for _ in range(3)]
    accepted = listener.fields["location"] + "/accepted"
    while call(service, "GET", f"{accepted}?after=2&wait=5s").json["next"] < 3:
        pass
    pages, after = [], 0
    while page := call(service, "GET", f"{accepted}?after={after}&limit=2").json:
        if not page["connections"]:
            break
        pages.append([connection["id"] for connection in page["connections"]])
        after = page["next"]
    assert [len(page) for page in pages] == [2, 1] and after == 3
    for client in clients:
        client.close()


def test_the_newest_are_as_many_as_were_asked_for(service, peer):
    for _ in range(40):
        location = opened(service, peer).fields["location"]
        peer.socket.accept()[0].close()
        call(service, "DELETE", location)
    everything = call(service, "GET", "/v1/segments?limit=10000").json["segments"]
    assert len(everything) > 130
    newest = call(service, "GET", "/v1/segments?last=130").json["segments"]
    assert [one["number"] for one in newest] == [one["number"] for one in everything[-130:]]
    assert len(call(service, "GET", "/v1/segments?last=130&limit=7").json["segments"]) == 7
    assert len(call(service, "GET", "/v1/segments").json["segments"]) == 100


def test_limits_are_set_by_the_names_that_the_engine_lists(peer):
    running = Service("--limit", "connections=1", "--limit", "listeners=1", "--limit", "halfOpen=9")
    limits = call(running, "GET", "/v1/engine").json["limits"]
    assert (limits["connections"], limits["listeners"], limits["halfOpen"]) == (1, 1, 9)
    opened(running, peer)
    refused = call(running, "POST", "/v1/connections", {"remote": peer.remote})
    assert refused.status == 503 and refused.json["type"] == "/problems/too-many-connections"
    assert int(refused.fields["retry-after"]) >= 1
    assert call(running, "POST", "/v1/listeners", {"local": 0}).status == 201
    refused = call(running, "POST", "/v1/listeners", {"local": 0})
    assert refused.status == 503 and refused.json["type"] == "/problems/too-many-listeners"
    assert call(running, "POST", "/v1/reset").status == 204
    running.stop()


def test_an_observed_connection_is_followed_until_it_is_over(tmp_path):
    token = tmp_path / "token"
    token.write_text("a-token-for-tests\n")
    running = Service("--observe", "--token-file", str(token))
    right = ["Authorization: Bearer a-token-for-tests"]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        server = listening.accept()[0]
        ends = [f"127.0.0.1:{port}" for port in (client.getsockname()[1], listening.getsockname()[1])]
        observation = call(running, "POST", "/v1/observations", {"local": ends[0], "remote": ends[1]}, right)
        assert observation.status == 201, observation
        with socket.create_connection(("127.0.0.1", running.port), timeout=20) as follower:
            target = f"/v1/segments?format=text&follow=1&connection={observation.json['id']}"
            head = [f"GET {target} HTTP/1.1", "Host: localhost", *right, "Connection: close"]
            follower.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
            lines = follower.makefile("rb")
            while lines.readline() != b"\r\n":
                pass
            client.sendall(b"watched")
            text = b""
            while b"length 7" not in text:
                text += lines.readline()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            text += lines.read()
            assert b"Flags [R.]" in text and text.endswith(b"0\r\n\r\n"), text
        server.close()
    running.stop()
