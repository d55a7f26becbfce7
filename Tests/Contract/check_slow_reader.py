"""Readers of the log that do not keep up do not slow the engine down: its throughput with them is at least 0.95 of that
without, in interleaved runs. On a machine that does much else besides, the figure tells little; so
`make check` and `make bench-readers` run this, and `make test` does not."""

import json
import socket
import statistics
import threading
import time

from conftest import Service

READERS = 4
ROUNDS = 9
OCTETS = 24 << 20
# As on Ethernet: loopback's own 64 KiB would make a record of the log from as much as 45 do otherwise.
SEGMENT = 1_448


class Sink:
    """A kernel peer that takes all that comes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            peer, _ = self.listener.accept()
            threading.Thread(target=self.drain, args=(peer,), daemon=True).start()

    @staticmethod
    def drain(peer):
        buffer = bytearray(1 << 20)
        try:
            while peer.recv_into(buffer):
                pass
        except ConnectionError:
            pass  # the connection was deleted: its end is a reset
        peer.close()


class SlowReader:
    """Follows the log and takes a little of it now and then."""

    def __init__(self, service, kind):
        self.client = socket.create_connection(("127.0.0.1", service.port))
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        head = f"GET /v1/segments?follow=1&format={kind} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        self.client.sendall(head.encode())
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while not self.stopped.wait(0.1):
            if not self.client.recv(2_048):
                return

    def stop(self):
        self.stopped.set()
        self.thread.join()
        self.client.close()


def transfer(service, sink, payload):
    """Sends the payload over a connection of its own; seconds until the peer has acknowledged all of it."""
    body = json.dumps({"remote": f"127.0.0.1:{sink.port}", "mss": SEGMENT}).encode()
    answer = service.ask("POST", "/v1/connections", fields=["Content-Type: application/json"], body=body)
    path = "/v1/connections/" + json.loads(answer.body)["id"]
    start = time.monotonic()
    sent = service.ask(
        "POST", f"{path}/send?timeout=30s", fields=["Content-Type: application/octet-stream"], body=payload
    )
    seconds = time.monotonic() - start
    assert json.loads(sent.body)["acked"] == len(payload), sent
    service.ask("DELETE", path)
    return seconds


def undisturbed(times):
    """The median of the fastest third: whatever else the machine does only ever lengthens a run."""
    return statistics.median(sorted(times)[: len(times) // 3])


def readers_of(service):
    return [SlowReader(service, kind) for kind in ("ndjson", "sse", "text", "pcapng")[:READERS]]


def test_slow_readers_do_not_slow_the_engine_down(capsys):
    service, sink, payload = Service(), Sink(), bytes(OCTETS)
    alone, accompanied = [], []
    for number in range(ROUNDS + 1):
        without = transfer(service, sink, payload)
        readers = readers_of(service)
        # Until the buffers on the way to them are full they are as fast as any.
        transfer(service, sink, payload)
        with_them = transfer(service, sink, payload)
        for reader in readers:
            reader.stop()
        # The first round fills buffers and pools.
        if number > 0:
            alone.append(without)
            accompanied.append(with_them)
    service.stop()
    ratio = undisturbed(alone) / undisturbed(accompanied)
    with capsys.disabled():
        print(f"\nthroughput with {READERS} slow readers of the log: {ratio:.3f} of that without")
    assert ratio >= 0.95, (alone, accompanied)
