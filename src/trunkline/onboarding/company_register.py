"""The register of companies: a port behind which any register of a country may stand.

Without one everything works; what would be filled in is typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from trunkline.kernel.services import Services


@dataclass(frozen=True)
class CompanyFacts:
    """What a register says of a company; empty where it does not."""

    country: str
    company_id: str
    name: str
    legal_form: str = ""
    tax_id: str = ""
    street_name: str = ""
    street_nr: str = ""
    postcode: str = ""
    city: str = ""


class CompanyRegister(Protocol):
    """A register of companies, of one country or of several."""

    def find(self, country: str, company_id: str) -> CompanyFacts | None:
        """Return what it has under a number, or None. Raises Unready where it does not answer."""


_PORT = "company_register"


def use_register(services: Services, register: CompanyRegister) -> None:
    """Let companies be looked up in a register."""
    services.extra[_PORT] = register


def register_of(services: Services) -> CompanyRegister | None:
    """Return the register that is connected, or None."""
    found: CompanyRegister | None = services.extra.get(_PORT)
    return found
