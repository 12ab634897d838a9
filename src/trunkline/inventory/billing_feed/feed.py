"""The billing feed: a port behind which any system that bills may stand. Off unless connected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from trunkline.documents.shape import Json
from trunkline.kernel.services import Services


class NotTold(Exception):
    """A message that was not taken; a final one is not sent again by itself.

    With `pause_s` it was not sent, and may be in so many seconds.
    """

    def __init__(
        self, code: str, message: str, *, is_final: bool = False, pause_s: float = 0
    ) -> None:
        """Keep why, and whether another try makes sense, and when."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.is_final = is_final
        self.pause_s = pause_s


class BillingFeed(Protocol):
    """A system that bills what customers have."""

    def tell(self, message: Mapping[str, Json], *, key: str) -> None:
        """Tell it one message, under a key that a repetition keeps. Raises NotTold."""


_PORT = "billing_feed"


def use_feed(services: Services, feed: BillingFeed | None) -> None:
    """Let a system that bills be told what customers have."""
    services.extra[_PORT] = feed


def feed_of(services: Services) -> BillingFeed | None:
    """Return the system that is connected, or None."""
    found: BillingFeed | None = services.extra.get(_PORT)
    return found
