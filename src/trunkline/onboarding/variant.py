"""Variants: what is asked of whom we take on, by what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json

PARTS: Mapping[str, Sequence[str]] = {
    "company": ("tradingName", "country", "companyId", "taxId", "legalForm"),
    "person": ("givenName", "familyName", "birthDate", "nationality", "nationalId", "email",
               "phone"),
    "address": ("streetName", "streetNr", "postcode", "city", "country"),
    "account": ("name", "currency"),
}  # fmt: skip
"""What may be said of each part, in the order in which it is asked for."""

NAMED = ("person.givenName", "person.familyName")
PLACED = ("address.streetName", "address.postcode", "address.city", "address.country")


@dataclass(frozen=True)
class Variant:
    """One way to take a customer on: which parts are asked for, and what of them is needed.

    A part of which nothing is said is not made, unless something of it is needed.
    """

    name: str
    title: str
    description: str
    icon: str
    line_of_business: str
    parts: tuple[str, ...]
    needed: frozenset[str]
    is_company: bool = False

    def faults(self, said: Mapping[str, Json]) -> Iterator[Fault]:
        """Yield what is missing, and what this variant does not ask for."""
        for part, value in said.items():
            if part not in self.parts:
                known = ", ".join(self.parts)
                yield Fault(part, "notKept", f"is not asked for here; there are: {known}")
            elif not isinstance(value, Mapping):
                yield Fault(part, "badType", "must be an object")
            else:
                for name, one in value.items():
                    if name not in PARTS[part]:
                        known = ", ".join(PARTS[part])
                        message = f"is not asked for here; there are: {known}"
                        yield Fault(f"{part}.{name}", "notKept", message)
                    elif not isinstance(one, str):
                        yield Fault(f"{part}.{name}", "badType", "must be text")
        for path in self.asked(said):
            part, _, name = path.partition(".")
            held = said.get(part)
            if not isinstance(held, Mapping) or not held.get(name):
                yield Fault(path, "missing", "is needed; fill it in")

    def asked(self, said: Mapping[str, Json]) -> Iterator[str]:
        """Yield what is needed: by the variant, and to make a part of which something is said."""
        for part in self.parts:
            paths = {"person": NAMED, "address": PLACED}.get(part, ())
            needed = [one for one in self.needed if one.startswith(f"{part}.")]
            if needed or said.get(part):
                yield from dict.fromkeys([*needed, *paths])


VARIANTS: Mapping[str, Variant] = {
    one.name: one
    for one in (
        Variant(
            "consumer", "Domestic consumer", "A person who lives here and buys for themselves.",
            "person", "retail", ("person", "address", "account"),
            frozenset({*NAMED, *PLACED}),
        ),
        Variant(
            "foreignConsumer", "Foreign consumer", "A person with another nationality.",
            "person", "retail", ("person", "address", "account"),
            frozenset({*NAMED, *PLACED, "person.nationality"}),
        ),
        Variant(
            "company", "Company", "A firm or public body, with somebody to talk to.",
            "building", "retail", ("company", "person", "address", "account"),
            frozenset({"company.tradingName", "company.country", "company.companyId", *NAMED,
                       *PLACED}),
            is_company=True,
        ),
        Variant(
            "wholesale", "Wholesale", "An operator that sells on; contract and systems count.",
            "network", "wholesale", ("company", "person", "address", "account"),
            frozenset({"company.tradingName"}),
            is_company=True,
        ),
    )
}  # fmt: skip
