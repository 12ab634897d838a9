"""A listener that takes events: keep-alive connections, every message answered with 204."""

from __future__ import annotations

import asyncio
import os
import sys

ANSWER = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


class _Taker(asyncio.Protocol):
    """One connection: counts whole messages and answers each."""

    taken = 0

    def __init__(self) -> None:
        self.buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            del self.buffer[: end + 4 + length]
            if head.startswith(b"get"):  # how many so far
                text = str(_Taker.taken).encode()
                self.transport.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text)
                )
            else:
                _Taker.taken += 1
                self.transport.write(ANSWER)


async def serve(port: int) -> None:
    """Take messages until the process is ended."""
    server = await asyncio.get_running_loop().create_server(_Taker, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(int(os.environ["PORT"]))))
