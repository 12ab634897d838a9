"""The customer in one view: all that is said of a customer now, each value with its origin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import NotFound
from trunkline.documents.origins import Datum
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount, PartyAccount
from trunkline.party.customer import Customer, names_of
from trunkline.party.master_system import KINDS, Stale, stale_of
from trunkline.party.role import PartyRole
from trunkline.rest.archived import READ, lies_in_archive, must_see
from trunkline.rest.origins import Origin, origins_of, shown_to
from trunkline.rest.reads import note_read

EACH_MAX = 100
NAMED_BY = "relatedParty.id"
NAMING: tuple[type[Document], ...] = (BillingAccount, PartyAccount, PartyRole)
"""Kinds of records that are a customer's by naming it."""


@dataclass(frozen=True)
class Told:
    """One record of the view as its reader sees it, and its values with their origins.

    `part` says what it is to the customer: customer, party, account, contact or address. `more`
    has the parts of which a customer, the first record, has more than are in the view. `stale`
    says that its master was not heard from in time.
    """

    part: str
    document: Document
    shown: dict[str, Json]
    data: Sequence[Datum[Origin]]
    more: Sequence[str] = ()
    stale: Stale | None = None


def customer_view(work: Work, ident: str, *, asks_for_stale: bool = True) -> list[Told]:
    """Return what is said of a customer: itself, its party, accounts, contacts and addresses.

    What the reader may not read is not in it; refuses (404) a customer that is not there. Whether
    masters were heard from in time is only said where it is asked for.
    """
    work.actor.must(Customer.resource, "read")
    customer = work.get(Customer, ident) if "\0" not in ident else None
    if customer is None:
        raise NotFound("notFound", f"there is no customer {ident}")
    must_see(work.actor, Customer.resource, customer.raw)
    more: set[str] = set()
    parts = [*_parts(work, customer, more)]
    origins = origins_of(work, [one for _, one in parts])
    for _, one in parts:
        grant = work.actor.must(one.resource, "read")
        note_read(work.services, work.actor, grant, one.resource, one.id)
    mastered = {one.id: one.raw for _, one in parts if type(one) in KINDS}
    stale = stale_of(work, mastered) if asks_for_stale else {}
    return [
        Told(
            part,
            one,
            shown_to(work, one),
            origins[one.id],
            sorted(more) if not at else (),
            stale.get(one.id),
        )
        for at, (part, one) in enumerate(parts)
    ]


def _parts(work: Work, customer: Customer, more: set[str]) -> Iterator[tuple[str, Document]]:
    yield "customer", customer
    engaged = customer.raw["engagedParty"]
    kind = work.services.registry.resources.get(str(engaged.get("@referredType")))
    if kind is not None and work.actor.grant(kind, "read") is not None:
        party = work.get(kind.type, str(engaged["id"]))
        if party is not None and not _is_put_away(work, party):
            yield "party", party
    names = names_of(customer.id, customer.raw)
    for naming in NAMING:
        part = "contact" if naming is PartyRole else "account"
        if _sees(work, naming.resource, NAMED_BY):
            found = work.find(naming, {NAMED_BY: names}, limit=EACH_MAX + 1)
            more.update([part] if len(found) > EACH_MAX else ())
            yield from ((part, one) for one in found[:EACH_MAX])
    places = [
        str(one.get("id"))
        for one in customer.raw.get("place") or ()
        if one.get("@referredType") in (None, GeographicAddress.resource.name)
    ]
    if places and _sees(work, GeographicAddress.resource):
        for address in work.many(GeographicAddress, places).values():
            yield "address", address


def _is_put_away(work: Work, document: Document) -> bool:
    """Tell whether a record is archived and its reader may not read the archive."""
    return lies_in_archive(document.raw) and work.actor.may(READ) is None


def _sees(work: Work, resource: Resource, path: str = "") -> bool:
    grant = work.actor.grant(resource, "read")
    hidden = hidden_paths(resource, grant.sees) if grant is not None else None
    return grant is not None and not (path and hidden is not None and is_hidden(hidden, path))
