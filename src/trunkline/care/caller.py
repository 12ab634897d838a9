"""Who calls: the customers whom a number, an address or a key belongs to; and somebody new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunkline.care.behind import customers_behind
from trunkline.care.contact import begin_contact, channel_faults
from trunkline.care.interaction import PartyInteraction
from trunkline.care.registers import REASON, code_faults
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.inventory.line_numbers import DIALED
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.rest.reads import note_read
from trunkline.rest.writing import create
from trunkline.workspace.search import find

DIGITS_MIN = 6
INSTALLED = (Product, Service, Resource)
KINDS: Mapping[str, type[Document]] = {
    one.resource.name: one for one in (Customer, Individual, Organization, PartyRole, *INSTALLED)
}
GONE = frozenset({"terminated", "cancelled", "aborted", "retired"})
"""States in which what was sold is no line of anybody any more."""
FOUND_MAX = 20


@dataclass(frozen=True)
class Caller:
    """By what somebody is known: a phone number, an e-mail address, or the key of a customer."""

    number: str = ""
    email: str = ""
    key: str = ""

    @property
    def said(self) -> str:
        """What is known, the surest first."""
        return self.key or self.number or self.email


def customers_of(work: Work, caller: Caller) -> list[Customer]:
    """Return the customers within reach that a caller may be or call for, newest first.

    Numbers and addresses are those of the customer, of the party that it is, of its contacts, and
    of the lines that it has of us. That the asker was told of them is noted.
    """
    grant = work.actor.must(Customer.resource, "read")
    found = _customers_of(work, caller)
    for one in found:
        note_read(work.services, work.actor, grant, Customer.resource, one.id)
    return found


def _customers_of(work: Work, caller: Caller) -> list[Customer]:
    if caller.key:
        one = work.get(Customer, caller.key.strip().upper())
        return [one] if one is not None else []
    if not caller.said.strip():
        return []
    hits = find(work.services, work.actor, caller.said, kinds=list(KINDS), many=True)
    idents: dict[str, list[str]] = {}
    for hit in hits:
        idents.setdefault(hit.kind, []).append(hit.record)
    mine: list[Document] = []
    for name, kind in KINDS.items():
        held = work.many(kind, idents.get(name, ()))
        mine += [one for one in held.values() if is_of(one, caller)]
    found = {one.id: one for some in customers_behind(work, mine).values() for one in some}
    return sorted(found.values(), key=lambda one: one.id, reverse=True)[:FOUND_MAX]


def is_of(one: Document, caller: Caller) -> bool:
    """Tell whether a caller is reached by a record's media, or calls from its line; pure."""
    if isinstance(one, INSTALLED):
        return bool(caller.number) and called_from(one.raw, caller.number)
    return reached_by(one.raw, caller)


def called_from(raw: Mapping[str, Json], number: str) -> bool:
    """Tell whether a number is that of a line as the inventory holds it, while it is one; pure."""
    if {raw.get("status"), raw.get("state"), raw.get("resourceStatus")} & GONE:
        return False
    values = [raw.get("value")]
    for name in ("productCharacteristic", "serviceCharacteristic", "resourceCharacteristic"):
        values += [
            each.get("value")
            for each in raw.get(name) or ()
            if isinstance(each, dict) and each.get("name") in DIALED
        ]
    return any(same_number(str(one), number) for one in values if isinstance(one, str | int))


def reached_by(raw: Mapping[str, Json], caller: Caller) -> bool:
    """Tell whether a number or address is one of those by which a record is reached; pure."""
    for one in raw.get("contactMedium") or ():
        said = one.get("characteristic") if isinstance(one, dict) else None
        if not isinstance(said, dict):
            continue
        if caller.number and same_number(str(said.get("phoneNumber") or ""), caller.number):
            return True
        mail = str(said.get("emailAddress") or "").strip().lower()
        if caller.email and mail and mail == caller.email.strip().lower():
            return True
    return False


def same_number(one: str, other: str) -> bool:
    """Tell whether two numbers are the same line, with or without country and area code; pure."""
    first, second = (_digits(each) for each in (one, other))
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= DIGITS_MIN and longer.endswith(shorter)


def _digits(number: str) -> str:
    return "".join(one for one in number if one.isdigit()).lstrip("0")


@dataclass(frozen=True)
class Stranger:
    """What is known of somebody who is not known yet; a family name will do."""

    family_name: str
    given_name: str = ""
    number: str = ""
    email: str = ""


def take_in(
    work: Work, said: Stranger, *, channel: str, direction: str = "inbound", reason: str = "other"
) -> tuple[Customer, PartyInteraction]:
    """Make a person and a prospect of a caller, with little data, and begin the contact."""
    faults = []
    if not said.family_name.strip():
        faults.append(Fault("familyName", "required", "ask for a name, at least the family name"))
    if not said.number.strip() and not said.email.strip():
        message = "note a phone number or an e-mail address to reach the caller again"
        faults.append(Fault("number", "required", message))
    refuse([*faults, *channel_faults(channel), *code_faults(work, REASON, "reason", reason)])
    given, family = said.given_name.strip() or "?", said.family_name.strip()
    party: dict[str, Json] = {
        "givenName": given,
        "familyName": family,
        "contactMedium": [*_media(said)],
    }
    person = create(work, Individual.resource, party)
    name = family if given == "?" else f"{given} {family}"
    body = {
        "name": name,
        "status": "prospect",
        "engagedParty": {"id": person.id, "@referredType": "Individual"},
    }
    customer = create(work, Customer.resource, body)
    assert isinstance(customer, Customer), "it was made of its own resource"
    contact = begin_contact(work, customer, channel=channel, direction=direction, reason=reason)
    return customer, contact


def _media(said: Stranger) -> Iterator[dict[str, Json]]:
    if said.number.strip():
        yield {"mediumType": "phone", "preferred": True,
               "characteristic": {"phoneNumber": said.number.strip()}}  # fmt: skip
    if said.email.strip():
        yield {"mediumType": "email", "preferred": not said.number.strip(),
               "characteristic": {"emailAddress": said.email.strip()}}  # fmt: skip
