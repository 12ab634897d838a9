"""Putting away: a customer goes into the archive with the party that it is, and comes back."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.care.archive.party_in_use import is_in_use
from trunkline.documents.errors import Conflict, Fault
from trunkline.documents.shape import format_instant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.rest.archived import RESTORE, lies_in_archive

PARTIES: tuple[type[Document], ...] = (Individual, Organization)


def put_away(work: Work, customer: Customer) -> None:
    """Archive a customer; its party goes along where it is nothing else in sight."""
    _mark(work, customer)
    party = party_of(work, customer)
    if party is None:
        return
    if not is_in_use(work, customer, party.id):
        _mark(work, party)


def restore(work: Work, ident: str) -> Customer:
    """Take a customer and its party out of the archive; refuses (409) one that is not in it.

    The time of its rules begins anew.
    """
    work.actor.must_have(RESTORE)
    customer = work.lock(Customer, ident)
    if not lies_in_archive(customer.raw):
        raise Conflict("conflictNotArchived", f"{customer.key} is not archived")
    party = party_of(work, customer)
    for one in (customer, party):
        if one is not None and lies_in_archive(one.raw):
            with work.edit(type(one), one.id) as held:
                del held.raw["isArchived"], held.raw["archivedAt"]
                held.raw["restoredAt"] = _now(work)
    return work.lock(Customer, customer.id)


def party_of(work: Work, customer: Customer) -> Document | None:
    """Return the person or company that a customer is."""
    for kind in PARTIES:
        found = work.get(kind, customer.engaged_party.id)
        if found is not None:
            return found
    return None


def _mark(work: Work, document: Document) -> None:
    with work.edit(type(document), document.id) as held:
        if not lies_in_archive(held.raw):
            held.raw["isArchived"], held.raw["archivedAt"] = True, _now(work)


def _now(work: Work) -> str:
    return format_instant(work.now)


@rule(Customer, Individual, Organization)
def archived_records_rest(work: Work, old: Document | None, new: Document) -> Iterator[Fault]:
    """Refuse to change what is archived; the program itself may, to merge or to erase."""
    if old is None or work.actor.kind == "system":
        return
    if lies_in_archive(old.raw) and lies_in_archive(new.raw):
        message = "is archived and cannot be changed; restore it first"
        yield Fault("isArchived", "archived", message)
