"""Taking theirs: our inventory corrected by what the other one says, under the special right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.geography.address import GeographicAddress
from trunkline.geography.location import GeographicLocation
from trunkline.geography.site import GeographicSite
from trunkline.inventory.api import STATE_BY_HAND
from trunkline.inventory.reconciling.comparing import like, values_in
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.inventory.reconciling.theirs import OWN, SPECIFICATIONS, STATES, VALUES, Theirs
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.writing import change, create

MERGE = "application/merge-patch+json"
KINDS: Mapping[str, type[Service] | type[Resource]] = {"Service": Service, "Resource": Resource}
GONE: Mapping[str, str] = {"Service": "terminated", "Resource": "unknown"}
"""What a record of ours becomes that the other inventory does not know."""
NEW: Mapping[str, str] = {"Service": "active", "Resource": "available"}
PLACES = (GeographicSite, GeographicAddress, GeographicLocation)


def take_theirs(work: Work, difference: InventoryDifference, reason: str) -> Document:
    """Bring our record to what theirs says; return it. Refuses (403) who lacks the special right.

    What only theirs knows is made here; what only we know ends, and its id there is not valid any
    more.
    """
    work.actor.must_have(STATE_BY_HAND.permission)
    kind = KINDS[difference.record_kind]
    if difference.difference_kind == "missingHere":
        return create(work, kind.resource, _new(work, difference, reason))
    if difference.difference_kind == "ambiguous":
        message = "several of ours could be it; give one of them the id of theirs by hand"
        raise Conflict("conflictAmbiguous", message)
    document = work.lock(kind, difference.record.id if difference.record is not None else "")
    change(work, document, _patch(work, difference, document.raw, reason), MERGE)
    return document


def _patch(
    work: Work, difference: InventoryDifference, raw: Mapping[str, Any], reason: str
) -> dict[str, Json]:
    kind, name = difference.record_kind, str(difference.attribute)
    match difference.difference_kind:
        case "missingThere":
            return _ended(work, difference, raw, reason)
        case "identifier":
            listed = retired(raw, difference.system, reason, format_instant(work.now))
            return {"externalIdentifier": [*listed, _identifier(difference)]}
        case "state":
            return {STATES[kind]: difference.theirs, "stateReason": reason}
        case "place":
            place = _place(work, difference.detail)
            return {"place": [place] if kind == "Service" else place}
        case "owner":
            others = [one for one in raw.get("relatedParty") or () if one.get("role") != "customer"]
            return {"relatedParty": [_customer(work, difference.detail), *others]}
    if name in OWN and kind == "Resource":
        return {name: difference.theirs}
    return {VALUES[kind]: with_value(kind, raw, name, difference.theirs)}


def _ended(
    work: Work, difference: InventoryDifference, raw: Mapping[str, Any], reason: str
) -> dict[str, Json]:
    kind = difference.record_kind
    patch: dict[str, Json] = {
        "externalIdentifier": retired(raw, difference.system, reason, format_instant(work.now))
    }
    if raw.get(STATES[kind]) != GONE[kind]:
        patch |= {STATES[kind]: GONE[kind], "stateReason": reason}
    return patch


def retired(raw: Mapping[str, Any], system: str, reason: str, now: str) -> list[Json]:
    """Return the outside ids of a record, that of a system marked as not valid any more."""
    return [
        {**one, "isValid": False, "reason": reason[:200], "checkedAt": now}
        if one.get("owner") == system and one.get("isValid") is not False else one
        for one in raw.get("externalIdentifier") or ()
    ]  # fmt: skip


def with_value(kind: str, raw: Mapping[str, Any], name: str, value: Json) -> list[Json]:
    """Return the characteristics of a record with another value of one of them."""
    listed = list(raw.get(VALUES[kind]) or ())
    value = like(value, values_in(kind, raw).get(name))
    if not any(one["name"] == name for one in listed):
        return [*listed, {"name": name, "value": value}]
    return [{**one, "value": value} if one["name"] == name else one for one in listed]


def _identifier(difference: InventoryDifference) -> dict[str, Json]:
    ident = difference.external_id
    return {"id": ident, "owner": difference.system, "isValid": True}


def _new(work: Work, difference: InventoryDifference, reason: str) -> dict[str, Json]:
    kind, theirs = difference.record_kind, Theirs.of(difference.detail)
    body: dict[str, Json] = {
        "name": theirs.name or theirs.id,
        STATES[kind]: theirs.state or NEW[kind],
        "externalIdentifier": [_identifier(difference)],
        "stateReason": reason,
        VALUES[kind]: [{"name": name, "value": value} for name, value in theirs.values.items()
                       if kind == "Service" or name not in OWN],
    }  # fmt: skip
    if kind == "Resource":
        body |= {name: theirs.values[name] for name in OWN if name in theirs.values}
    if theirs.place is not None:
        place = _place(work, theirs.place)
        body["place"] = [place] if kind == "Service" else place
    if theirs.owner is not None:
        body["relatedParty"] = [_customer(work, theirs.owner)]
    if theirs.specification is not None:
        body[SPECIFICATIONS[kind]] = _specification(work, kind, theirs.specification)
    return body


def _place(work: Work, told: Any) -> dict[str, Json]:
    for text in _texts(told):
        for kind in PLACES:
            found: Document | None = work.get(kind, text)
            if found is not None:
                return {"id": found.id, "role": "installation",
                        "@referredType": found.resource.name}  # fmt: skip
    sites = [one for text in _texts(told) for one in work.find(GeographicSite, {"name": text})]
    if len(sites) == 1:
        return {"id": sites[0].id, "role": "installation", "@referredType": "GeographicSite"}
    raise _unknown("place", "one place", told)


def _customer(work: Work, told: Any) -> dict[str, Json]:
    for text in _texts(told):
        found = work.get(Customer, text)
        if found is not None:
            return {"id": found.id, "role": "customer", "@referredType": "Customer"}
    raise _unknown("relatedParty", "customer", told)


def _specification(work: Work, kind: str, text: str) -> dict[str, Json]:
    catalog: type[ServiceSpecification] | type[ResourceSpecification] = (
        ServiceSpecification if kind == "Service" else ResourceSpecification
    )
    found = work.get(catalog, text) or next(iter(work.find(catalog, {"name": text}, limit=1)), None)
    if found is None:
        raise _unknown(SPECIFICATIONS[kind], "specification", {"name": text})
    return {"id": found.id, "name": text}


def _texts(told: Any) -> list[str]:
    return [str(told[name]) for name in ("id", "name") if told and told.get(name)]


def _unknown(path: str, what: str, told: Any) -> Invalid:
    named = (_texts(told) or ["?"])[-1][:80]
    message = f"names {named}, which is no {what} here; make it, or correct the record by hand"
    return Invalid.of([Fault(path, "unknown", message)])
