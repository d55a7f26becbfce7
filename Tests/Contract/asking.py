"""What tests of many requests share: a client without a library's cost, and a peer for the connections that they open."""

import asyncio
import json
import re


class Client:
    """A connection to the service that is kept, with one request after the other."""

    def __init__(self, service):
        self.port = service.port

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_):
        self.writer.close()
        await self.writer.wait_closed()

    async def ask(self, method, target, body=None):
        octets = json.dumps(body).encode() if body is not None else b""
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(octets)}"]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + octets)
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)).decode()
        status = int(head.split(" ", 2)[1])
        if method != "HEAD":
            return status, await self.content(head)
        return status, b""

    async def content(self, head):
        length = re.search(r"(?i)\r\ncontent-length: (\d+)", head)
        if length:
            return await self.reader.readexactly(int(length.group(1)))
        if "chunked" not in head:
            return b""
        content = b""
        while size := int(await self.reader.readline(), 16):
            content += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return content


async def peer():
    """A server on the kernel's TCP that takes connections and what they send."""

    async def hold(reader, writer):
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0, backlog=1024)
    return server, server.sockets[0].getsockname()[1]
