"""Own place: where a customer wants something, made a site when the customer decides for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress, GeographicAddressValue
from trunkline.geography.site import GeographicSite
from trunkline.geography.validation import find_candidates, judge
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import create
from trunkline.sales.api import SELF_CARE

LINES = ("streetNr", "streetName", "postcode", "city", "stateOrProvince", "country")
NEEDED = ("streetName", "streetNr", "city")


def alike(work: Work, lines: Mapping[str, Json]) -> list[GeographicAddress]:
    """Return the known addresses that a typed one may mean; none where it is one of them."""
    submitted = GeographicAddressValue.wrap(dict(lines))
    verdict = judge(submitted, find_candidates(work, submitted))
    return [] if verdict.valid is not None else list(verdict.alternates[:5])


def settling(actor: Actor) -> Actor:
    """Return a customer with the right to make a site for what is wanted there (`own_site`).

    Customers hold no right to make addresses and sites: they are given it for the transaction in
    which they order, so that a site stays only where the order does. Who may not serve himself is
    given nothing.
    """
    own, read = actor.may(SELF_CARE), actor.grant(GeographicSite.resource, "read")
    if own is None or read is None:
        return actor
    rights = {
        "GeographicAddress:create": Grant("all", read.sees),
        "GeographicAddress:read": Grant("all", read.sees),
        "GeographicSite:create": Grant(own.reach, read.sees),
    }
    scopes = actor.scopes | rights.keys() if actor.scopes is not None else None
    return replace(actor, grants={**actor.grants, **rights}, scopes=scopes)


def own_site(work: Work, customer: Customer, place: Mapping[str, Json]) -> str:
    """Return the id of a customer's site at a place, made where there is none yet.

    The one who asks has the rights for it (`settling`).
    """
    work.actor.must_have(SELF_CARE)
    lines: dict[str, Json] = {name: place[name] for name in LINES if place.get(name)}
    refuse([Fault(one, "required", "is needed to find it") for one in NEEDED if one not in lines])
    submitted = GeographicAddressValue.wrap(dict(lines))
    found = judge(submitted, find_candidates(work, submitted)).valid
    if found is not None:
        held = work.find(GeographicSite, {"place.id": found.id}, limit=1)
        if held:
            return held[0].id
    address = found.id if found is not None else _made(work, lines)
    body: dict[str, Json] = {
        "name": f"{lines['streetName']} {lines['streetNr']}, {lines['city']}",
        "status": "active",
        "relatedParty": [{"id": customer.id, "role": "customer", "@referredType": "Customer"}],
        "place": [{"id": address, "role": "address", "@referredType": "GeographicAddress"}],
    }
    return create(work, GeographicSite.resource, body).id


def _made(work: Work, lines: Mapping[str, Json]) -> str:
    return create(work, GeographicAddress.resource, dict(lines)).id
