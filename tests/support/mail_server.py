"""A mail server that keeps what it is handed, and refuses as it is told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast


class MailServer:
    """What came in, and the answers to the next receivers: a code each, 250 where none is left.

    `goodbye` is the answer to the end of a session.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.next_answers: list[int] = []
        self.goodbye = 221
        self.port = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server for a `with` block."""
    kept = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            for line in self.rfile:
                word = line.split(maxsplit=1)[0].upper() if line.strip() else b""
                if word == b"DATA":
                    self._say("354 go on")
                    kept.letters.append(self._letter())
                    self._say("250 taken")
                elif word == b"RCPT":
                    code = kept.next_answers.pop(0) if kept.next_answers else 250
                    self._say(f"{code} said")
                elif word == b"QUIT":
                    self._say(f"{kept.goodbye} bye")
                    return
                else:
                    self._say("250 fine")

        def _letter(self) -> EmailMessage:
            lines: list[bytes] = []
            for line in self.rfile:
                if line == b".\r\n":
                    break
                lines.append(line[1:] if line.startswith(b".") else line)
            return cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default))

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
