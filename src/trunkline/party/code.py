"""Codes: the keys that people give customers and organizations, each given once.

A code is kept in capitals. A record is found by it as by its number, wherever one is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.documents.errors import Fault
from trunkline.governance.register_rules import hold_name
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.organization import Organization
from trunkline.rest.own_names import find_by

Coded = Customer | Organization

find_by(Customer, "code")
find_by(Organization, "code")


def _code_moved(old: Coded, new: Coded) -> bool:
    return old.code != new.code


@enrich(Customer, Organization, again=_code_moved)
def write_the_code_in_capitals(_work: Work, new: Coded) -> None:
    """Bring a code into the form in which codes are kept and compared."""
    if isinstance(new.code, str) and new.code != new.code.upper():
        new.code = new.code.upper()


@rule(Customer, Organization)
def code_is_given_once(work: Work, old: Coded | None, new: Coded) -> Iterator[Fault]:
    """Refuse a code that another record of the kind has, and name that one by its number."""
    if not new.code or (old is not None and old.code == new.code):
        return
    hold_name(work, str(new.resource), new.code)
    kind: type[Any] = type(new)
    for one in work.find(kind, {"code": new.code}, limit=1):
        yield Fault(
            "code",
            "conflictCode",
            f"{new.code} is the code of {one.key} already; choose another one or open {one.key}",
        )
