"""Given systems: those whose address the program is given, within their pace and hours too.

A record of outside systems with the code of one says how often it may be called, and when not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trunkline.geography.address_register import address_register_of
from trunkline.geography.validation import ASK
from trunkline.inventory.billing_feed.feed import feed_of
from trunkline.inventory.billing_feed.telling import TELL
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.onboarding.company_register import register_of
from trunkline.ordering.design.calling import pause_beside_orders, pause_of
from trunkline.ordering.design.outside_system import GIVEN, NETWORK, systems_of
from trunkline.ordering.design.places import Waits

ADDRESSES, COMPANIES, BILLING = "address-register", "company-register", "billing-feed"
PACE = "outside.pace"


@dataclass(frozen=True)
class GivenSystem:
    """One of them; `kinds` are those of the work that waits until it can be called."""

    code: str
    title: str
    is_connected: Callable[[Services], bool]
    kinds: tuple[str, ...] = ()


_GIVEN: dict[str, GivenSystem] = {}


def given(system: GivenSystem) -> None:
    """Let the program know a system whose address it is given."""
    _GIVEN[system.code] = system
    GIVEN.add(system.code)


def given_systems() -> Mapping[str, GivenSystem]:
    """Return them by their code."""
    return _GIVEN


def pause_for(
    services: Services, code: str, waits: str, *, kind: str | None = None, root: str | None = None
) -> float:
    """Return in how many seconds a given system may be called; 0 where it may now, and is.

    `waits` is the id of what is called for by work of a kind: it keeps its place until then. What
    is called for an order, the `root`, goes by its priority.
    """
    with as_system(services, PACE) as work:
        system = systems_of(work).get(code)
        return pause_of(work, system, Waits(waits, kind, root)) if system is not None else 0


def pause_of_asker(services: Services, code: str) -> float:
    """Return the same for somebody who waits for the answer: without end while it is closed."""
    with as_system(services, PACE) as work:
        system = systems_of(work).get(code)
        if system is not None and system.closed_until(work.now) is not None:
            return math.inf
        return pause_beside_orders(work, system) if system is not None else 0


given(GivenSystem(NETWORK, "Network", lambda _: True))
given(GivenSystem(ADDRESSES, "Register of addresses", lambda one: bool(address_register_of(one)),
                  (ASK,)))  # fmt: skip
given(GivenSystem(COMPANIES, "Register of companies", lambda one: bool(register_of(one))))
given(GivenSystem(BILLING, "System that bills", lambda one: bool(feed_of(one)), (TELL,)))
