"""The register of addresses: a port behind which an outside one may stand.

Without one, and while it does not answer, addresses are held against those that we know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from trunkline.documents.shape import Json
from trunkline.kernel.services import Services

Result = Literal["success", "partial", "fails"]


class RegisterAway(Exception):
    """The register gave no answer that can be used; the message says why.

    With `pause_s` it was not asked, and may be in so many seconds.
    """

    def __init__(self, message: str, *, pause_s: float = 0) -> None:
        """Keep why, and when to ask again."""
        super().__init__(message)
        self.pause_s = pause_s


@dataclass(frozen=True)
class Found:
    """What a register says of an address: the right form of it, and those that are like it.

    Addresses are in the words of TMF673, without ids: those of a register mean nothing here.
    """

    result: Result
    valid: Mapping[str, Json] | None = None
    alternates: Sequence[Mapping[str, Json]] = ()


class AddressRegister(Protocol):
    """A register of addresses, of one country or of several."""

    def validate(self, submitted: Mapping[str, Json], *, with_alternates: bool) -> Found:
        """Return what it says of an address. Raises RegisterAway within its time-out."""


_PORT = "address_register"


def use_address_register(services: Services, register: AddressRegister) -> None:
    """Let addresses be validated by a register."""
    services.extra[_PORT] = register


def address_register_of(services: Services) -> AddressRegister | None:
    """Return the register that is connected, or None."""
    found: AddressRegister | None = services.extra.get(_PORT)
    return found
