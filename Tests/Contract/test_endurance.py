"""Hours' worth of requests, compressed: what a lab's scripts and pages ask of the service ten times a second, as fast as it
answers. Once its rings and pools are full, its memory is flat."""

import asyncio
import itertools
import json
import re

import pytest

from asking import Client, peer
from conftest import Service

HOUR = 3_600 * 10
HOURS = 4
CLIENTS = 8
# The log's ring of segments is small, so that it is full soon; that of events holds 16,384, six for each connection.
RING = ("--log-segments", "4096", "--log-payload", "1MiB")
CONNECTIONS = 3_200
# Ten octets a request. Whatever is kept of each takes more, in every hour; the allocator's own steps, as it spreads over its arenas,
# are larger, but become rare: an hour without one follows.
TOLERANCE = HOUR * 10


@pytest.fixture(scope="module")
def service():
    running = Service(*RING)
    yield running
    running.stop()


async def memory(service):
    async with Client(service) as client:
        _, body = await client.ask("GET", "/metrics")
        return int(re.search(rb"\nprocess_resident_memory_bytes (\d+)", body).group(1))


READING = [
    ("GET", "/healthz", 200), ("GET", "/", 200), ("GET", "/js/main.js", 200), ("HEAD", "/css/base.css", 200),
    ("GET", "/v1/connections", 200), ("GET", "/v1/listeners", 200), ("GET", "/v1/engine", 200), ("GET", "/metrics", 200),
    ("GET", "/v1/segments?last=10", 200), ("GET", "/v1/segments?last=10&format=columns", 200),
    ("GET", "/v1/segments?last=10&format=ndjson", 200), ("GET", "/v1/segments?last=10&format=pcapng", 200),
    ("GET", "/v1/segments?last=5&format=text&filter=tcp.flags.syn==1", 200), ("GET", "/openapi.json", 200),
    ("GET", "/problems/not-found", 200), ("GET", "/v1/segments?limit=0", 422), ("OPTIONS", "/v1/connections", 204),
]


async def converse(client, port):
    """Opens a connection, sends, and deletes it: three requests."""
    found, body = await client.ask("POST", "/v1/connections", {"remote": f"127.0.0.1:{port}"})
    assert found == 201, body
    path = "/v1/connections/" + json.loads(body)["id"]
    found, body = await client.ask("POST", f"{path}/send", {"text": "x" * 500})
    assert (found, json.loads(body)["acked"]) == (200, 500)
    assert (await client.ask("DELETE", path))[0] == 204


async def fill(service, port):
    """What fills the rings."""
    async with Client(service) as client:
        for _ in range(CONNECTIONS // CLIENTS):
            await converse(client, port)


async def work(service, port, number, requests):
    """Reads all there is to read, asks for what is not there, and talks to a peer, in turn."""
    done = 0
    async with Client(service) as client:
        while done < requests:
            for method, target, status in READING:
                found, body = await client.ask(method, target)
                assert found == status, (method, target, body[:200])
            # A path of its own each time: nothing may be remembered that clients invent.
            assert (await client.ask("GET", f"/nothing/{number}-{done}"))[0] == 404
            await converse(client, port)
            done += len(READING) + 4


def test_hours_of_requests_leave_memory_flat(service):
    async def run():
        server, port = await peer()
        await asyncio.gather(*(fill(service, port) for _ in range(CLIENTS)))
        sizes = []
        # One hour more than is compared: the first leaves the pools as the mixture needs them.
        for _ in range(1 + HOURS):
            await asyncio.gather(*(work(service, port, number, HOUR // CLIENTS) for number in range(CLIENTS)))
            sizes.append(await memory(service))
        server.close()
        return sizes

    sizes = asyncio.run(run())
    growth = [after - before for before, after in itertools.pairwise(sizes)]
    assert min(growth) < TOLERANCE, sizes
