"""Mailers: a port behind which any way to send e-mail may stand.

Without one, messages wait for an outside system that reports by their state what became of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from trunkline.kernel.services import Services


@dataclass(frozen=True)
class Letter:
    """An e-mail as it goes out; `id` stays the same however often it is tried.

    `sender` is the name before the operator's address. `answers` and `thread` are ids of letters:
    the one before and the first of the thread, empty where this is the first.
    """

    id: str
    to: tuple[str, ...]
    sender: str
    subject: str
    text: str
    at: datetime
    answers: str = ""
    thread: str = ""


class NotMailed(Exception):
    """Says why a letter was not taken; a final one is not tried again.

    Where others were reached, `left` are the addresses to try again, whatever is final for more.
    """

    def __init__(self, message: str, *, is_final: bool = False, left: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.is_final = is_final
        self.left = left


class Mailer(Protocol):
    """What sends e-mail."""

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises NotMailed, a final one for what is refused for good."""


_PORT = "mailer"


def use_mailer(services: Services, mailer: Mailer) -> None:
    """Let messages be sent by a mailer."""
    services.extra[_PORT] = mailer


def mailer_of(services: Services) -> Mailer | None:
    """Return the mailer that is connected, or None."""
    found: Mailer | None = services.extra.get(_PORT)
    return found
