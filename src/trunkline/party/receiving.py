"""Receiving: whom a message to a customer goes to, and under which address.

A customer is told by the person whose role is for that: the nearest one for the order, the account
or the customer (see `contacts.py`). The customer stays the party of the message, so that it stands
in the customer's history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.party.communication_message import Receiver
from trunkline.party.contacts import Sought, pick
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.shared.contact import ContactMedium

BUYING, TECHNICAL, BILLING = "sales", "technical", "billing"
"""Whose role says who is told of orders, who of visits and delays, and who gets the bills."""
KINDS: tuple[type[Customer | Individual | Organization], ...] = (
    Customer, Individual, Organization,
)  # fmt: skip


def receiver_for(
    work: Work, customer: Mapping[str, Any], role_type: str,
    *, account: str | None = None, product_order: str | None = None,
) -> dict[str, Json]:  # fmt: skip
    """Return the receiver of a message to a customer: who has the role, else the customer.

    `customer` is a reference as records hold it.
    """
    named = {name: customer[name] for name in ("id", "name", "@referredType") if name in customer}
    receiver: dict[str, Json] = {
        "name": customer.get("name") or _name_of(work, str(customer["id"])),
        "party": {**named, "role": "customer"},
    }
    picked = pick(work, Sought(role_type, str(customer["id"]), account, product_order))
    if picked is not None and picked.role is not None:
        person = picked.person
        receiver["name"] = label_of(Individual.resource, person.raw) or receiver["name"]
        receiver["contact"] = {"id": person.id, "@referredType": "Individual", "role": role_type}
    return receiver


def _name_of(work: Work, ident: str) -> str:
    """Return what a customer is called; names of parties are not stored in references."""
    for kind in KINDS:
        held = work.get(kind, ident)
        if held is not None:
            return label_of(kind.resource, held.raw) or ""
    return ""


def bill_contact(work: Work, customer: str, account: str | None) -> dict[str, Json] | None:
    """Return the person whose role the bills of a customer, or of one account, are; None: nobody.

    Holds `id`, `name` and `email`, as far as they are known.
    """
    picked = pick(work, Sought(BILLING, customer, account))
    if picked is None or picked.role is None:
        return None
    person = picked.person
    found: dict[str, Json] = {
        "id": person.id,
        "name": label_of(Individual.resource, person.raw),
        "email": mail_address(work, person.contact_medium),
    }
    return {name: value for name, value in found.items() if value}


def address_of(work: Work, receiver: Receiver) -> str | None:
    """Return the e-mail address of who gets a message, None where none is known.

    One that the message says counts; else that of the contact, then of the customer and of who
    that is.
    """
    if receiver.email:
        return receiver.email
    waiting = [one.id for one in (receiver.contact, receiver.party) if one is not None]
    seen: set[str] = set()
    while waiting:
        ident = waiting.pop(0)
        if ident in seen:
            continue
        seen.add(ident)
        for kind in KINDS:
            held = work.get(kind, ident)
            if held is None:
                continue
            if found := mail_address(work, held.contact_medium):
                return found
            if isinstance(held, Customer):
                waiting.append(held.engaged_party.id)
    return None


def mail_address(work: Work, media: Iterable[ContactMedium]) -> str | None:
    """Return the e-mail address among contact media that holds now, the preferred one first."""
    found = [
        (not one.preferred, one.characteristic.email_address)
        for one in media
        if one.characteristic is not None and one.characteristic.email_address
        and (one.valid_for is None or one.valid_for.contains(work.now))
    ]  # fmt: skip
    return min(found, key=lambda one: one[0])[1] if found else None
