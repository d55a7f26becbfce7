"""Streams over HTTP: an event stream taken up where it broke off loses and repeats nothing, across a restart too; received octets
are followed to their end; a live capture is a capture file. And no header is made of what a client names."""

import json
import re
import shutil
import socket
import struct
import subprocess
import threading

import pytest

from conftest import Service

TSHARK = shutil.which("tshark")


def ask(service, method, target, body=None):
    octets = json.dumps(body).encode() if body is not None else b""
    fields = ["Content-Type: application/json"] if body is not None else []
    return service.ask(method, target, fields=fields, body=octets)


def conversation(service, port, text="hello"):
    """Opens, sends, and closes, without the minute of TIME-WAIT; the connection's id."""
    opened = ask(service, "POST", "/v1/connections", {"remote": f"127.0.0.1:{port}", "timeWait": "1ms"})
    assert opened.status == 201, opened
    path = "/v1/connections/" + json.loads(opened.body)["id"]
    assert ask(service, "POST", f"{path}/send", {"text": text}).status == 200
    assert ask(service, "POST", f"{path}/close?wait=closed&timeout=10s").status == 200
    return path.rsplit("/", 1)[1]


class EventStream:
    """Server-sent events, one after the other, off a connection that may be dropped at any of them."""

    def __init__(self, service, target, last=None):
        self.client = socket.create_connection(("127.0.0.1", service.port), timeout=20)
        resume = f"Last-Event-ID: {last}\r\n" if last else ""
        # HTTP/1.0: no chunks between us and the events.
        head = f"GET {target} HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n{resume}\r\n"
        self.client.sendall(head.encode())
        self.file = self.client.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def __iter__(self):
        event = {}
        for line in self.file:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif "event" in event:
                yield event
                event = {}
            else:
                event = {}

    def close(self):
        self.file.close()
        self.client.close()


def test_a_stream_that_breaks_off_is_taken_up_without_loss_or_repetition(service, echo):
    target = f"/v1/segments?connection={conversation(service, echo)}&after=0"
    whole = [event["id"] for event in EventStream(service, target)]
    assert len(whole) > 8 and len(set(whole)) == len(whole)
    for index, last in enumerate(whole[:-1]):
        stream = EventStream(service, target, last)
        assert [event["id"] for event in stream] == whole[index + 1 :]
    # Nothing is left: an EventSource is told to stop asking.
    assert EventStream(service, target, whole[-1]).status == 204


def test_after_a_restart_the_stream_says_so_and_begins_anew(echo):
    first = Service()
    conversation(first, echo)
    stream = EventStream(first, "/v1/segments?after=0")
    last = next(iter(stream))["id"]
    stream.close()
    first.stop()
    second = Service()
    conversation(second, echo)
    events = iter(EventStream(second, "/v1/segments", last))
    gap, following = next(events), next(events)
    second.stop()
    assert (gap["event"], json.loads(gap["data"])) == ("gap", {"reason": "restarted"})
    run, _, position = following["id"].partition("-")
    assert run != last.partition("-")[0] and position.startswith(("0.", "1."))


def test_received_octets_are_followed_to_the_peers_end(service, echo):
    opened = ask(service, "POST", "/v1/connections", {"remote": f"127.0.0.1:{echo}"})
    path = "/v1/connections/" + json.loads(opened.body)["id"]
    received = []
    follower = threading.Thread(
        target=lambda: received.append(service.talk(
            f"GET {path}/received?follow=1 HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())))
    follower.start()
    for word in ("one ", "two ", "three"):
        assert ask(service, "POST", f"{path}/send", {"text": word}).status == 200
    assert ask(service, "POST", f"{path}/close").status == 200
    follower.join(20)
    ((octets, closed),) = received
    assert closed and octets.split(b"\r\n\r\n", 1)[1] == b"one two three"


def blocks(octets):
    """The types of a pcapng file's blocks; raises if one is cut."""
    types, at = [], 0
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        assert struct.unpack_from("<I", octets, at + length - 4)[0] == length
        types.append(kind)
        at += length
    return types


def test_a_capture_that_is_followed_is_a_capture_file(service, echo, tmp_path):
    identity = conversation(service, echo)
    target = f"/v1/segments?connection={identity}&after=0"
    answer = service.ask("GET", f"{target}&format=pcapng&follow=1", version="1.0")
    count = len(json.loads(service.ask("GET", target).body)["segments"])
    kinds = blocks(answer.body)
    # Section header, interface description, enhanced packets.
    assert kinds[:2] == [0x0A0D0D0A, 1] and kinds.count(6) == count
    if TSHARK:
        file = tmp_path / "live.pcapng"
        file.write_bytes(answer.body)
        lines = subprocess.run([TSHARK, "-n", "-r", file], capture_output=True, text=True, check=True).stdout
        assert len(lines.splitlines()) == count


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x=1", "a\nb", "a\rb", "a\u0000b", "\u2028", "a b", "../c1"])
def test_no_header_is_made_of_a_name(service, echo, name):
    """Locations carry names; whatever is not one is refused."""
    for target, body in [
        ("/v1/connections", {"remote": f"127.0.0.1:{echo}", "name": name}),
        ("/v1/listeners", {"local": "127.0.0.1:0", "name": name}),
    ]:
        answer = ask(service, "POST", target, body)
        assert answer.status == 422, answer
        assert "set-cookie" not in answer.fields


@pytest.mark.parametrize("remote", [
    "127.1:80", "0x7f000001:80", "2130706433:80", "0177.0.0.1:80", "0.0.0.0:80", "[::]:80", "255.255.255.255:80",
    "224.0.0.1:80", "[::ffff:10.0.0.1]:80", "10.0.0.1:80", "169.254.0.1:80",
])
def test_no_spelling_of_a_target_gets_past_the_policy(service, remote):
    answer = ask(service, "POST", "/v1/connections", {"remote": remote})
    assert answer.status in (403, 422), answer
    assert re.search(rb'"type":"/problems/(target-not-allowed|invalid-request)"', answer.body), answer
