"""Listeners of events on this machine: a good one, a failing one, a slow one, a dead one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random


@dataclass
class Receiver:
    """A listener that keeps the ids of the messages it took, in order of arrival."""

    name: str
    port: int
    status: Callable[[], int]
    taken: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def callback(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.name}"


@contextmanager
def receiving(name: str, *, failing: float = 0.0, slow_s: float = 0.0) -> Iterator[Receiver]:
    """Listen for a `with` block; `failing` is the share of messages that are answered 500."""
    random, lock = Random(name), threading.Lock()

    def status() -> int:
        time.sleep(random.uniform(0, slow_s))
        return 500 if random.random() < failing else 204

    receiver = Receiver(name, 0, status)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = receiver.status()
            with lock:
                if answer == 204:
                    receiver.taken.append(self.headers["webhook-id"])
                else:
                    receiver.refused += 1
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing: a sender that is killed leaves in the midst."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
