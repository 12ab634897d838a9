"""Shipped profiles: the ways of working that an installation may turn on; all begin turned off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.documents.shape import Json
from trunkline.governance.profile import Profile
from trunkline.governance.shipping import first_shipped
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system

_shipped: dict[str, Mapping[str, Json]] = {}


def ship_profile(code: str, said: Mapping[str, Json]) -> None:
    """Declare a profile that every installation has; `said` is its document without the code."""
    if code in _shipped:
        raise ValueError(f"the profile {code} is shipped twice")
    _shipped[code] = said


def shipped_codes() -> Sequence[str]:
    """Return the codes of the shipped profiles."""
    return tuple(_shipped)


def ensure_profiles(services: Services) -> list[str]:
    """Make the shipped profiles that were never made, and return their codes.

    What was made once is the operator's: neither edited again nor brought back.
    """
    with as_system(services, "setup") as work:
        made = first_shipped(work, (f"profile {code}" for code in _shipped))
        new = [
            Profile.wrap({"code": code, **said})
            for code, said in _shipped.items() if f"profile {code}" in made
        ]  # fmt: skip
        if new:
            work.add(*new)
    return [one.code for one in new]
