"""Many requests at once and many after another: none is lost, and memory does not grow with their number."""

import asyncio
import json
import re
import resource

import pytest

from asking import Client, peer
from conftest import Service

FOLLOWERS = 1_000
SEQUENTIAL = 10_000
CONCURRENT = 200


@pytest.fixture(scope="module")
def service():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    running = Service("--log-segments", "8192", "--log-payload", "1MiB")
    yield running
    running.stop()


async def handshake(client, port):
    status, body = await client.ask("POST", "/v1/connections", {"remote": f"127.0.0.1:{port}"})
    assert status == 201, body
    connection = json.loads(body)
    assert connection["state"] == "ESTABLISHED"
    return connection["id"]


async def memory(client):
    _, body = await client.ask("GET", "/metrics")
    return int(re.search(rb"\nprocess_resident_memory_bytes (\d+)", body).group(1))


def test_sequential_handshakes_are_all_made_and_leave_nothing_behind(service):
    async def run():
        server, port = await peer()
        async with Client(service) as client:
            sizes = []
            for number in range(SEQUENTIAL):
                if number % (SEQUENTIAL // 4) == 0:
                    sizes.append(await memory(client))
                status, _ = await client.ask("DELETE", f"/v1/connections/{await handshake(client, port)}")
                assert status == 204
            sizes.append(await memory(client))
            # The first quarter fills rings and pools; after it there is nothing left to grow.
            assert sizes[-1] - sizes[1] < 24 << 20, sizes
        server.close()

    asyncio.run(run())


def test_concurrent_handshakes_are_all_made(service):
    async def one(port):
        async with Client(service) as client:
            identity = await handshake(client, port)
            status, body = await client.ask("POST", f"/v1/connections/{identity}/send", {"text": "hello"})
            assert (status, json.loads(body)["acked"]) == (200, 5)
            await client.ask("DELETE", f"/v1/connections/{identity}")
            return identity

    async def run():
        server, port = await peer()
        identities = await asyncio.gather(*(one(port) for _ in range(CONCURRENT)))
        assert len(set(identities)) == CONCURRENT
        server.close()

    asyncio.run(run())


def test_a_thousand_followers_see_every_segment(service):
    async def follow(start, wanted):
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(
            f"GET /v1/segments?after={start} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        seen = []
        while len(seen) < wanted:
            line = await asyncio.wait_for(reader.readline(), 60)
            assert line, "the stream ended"
            if line.startswith(b"data: ") and b'"number"' in line:
                seen.append(json.loads(line[6:])["number"])
        writer.close()
        return seen

    async def run():
        server, port = await peer()
        async with Client(service) as client:
            _, body = await client.ask("GET", "/v1/segments?last=1")
            start = json.loads(body)["next"]
            identity = await handshake(client, port)
            # Three of the handshake, and two for each that follows.
            wanted = 3 + 2 * 10
            tasks = [asyncio.create_task(follow(start, wanted)) for _ in range(FOLLOWERS)]
            for _ in range(10):
                status, _ = await client.ask("POST", f"/v1/connections/{identity}/send", {"text": "x"})
                assert status == 200
            for seen in await asyncio.gather(*tasks):
                assert seen[:wanted] == list(range(start + 1, start + 1 + wanted))
        server.close()

    asyncio.run(run())
