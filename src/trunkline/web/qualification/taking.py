"""Taking an offering over from an answer into a draft order, by the rules of the interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline.documents.errors import Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.writing import change, create
from trunkline.web.records import Record

MERGE = "application/merge-patch+json"
ITEMS = "productOfferingQualificationItem"


def take_over(work: Work, check: Record, item: str, alternate: str) -> str:
    """Add an offering to the draft that was begun from an answer, or begin one; return its key.

    Without an `alternate` (the id of a proposal) it is what was asked about. Refuses what the
    answer does not have, and an answer that is about no customer.
    """
    work.actor.must(ProductOrder.resource, "create")
    customer = customer_of(check)
    if not customer:
        message = "the check is about no customer; check again for one, then take it over"
        raise Invalid("customerMissing", message)
    line = _line(check, item, alternate)
    wanted: dict[str, Json] = {
        "productOfferingQualification.id": check.id, "internalState": "draft"
    }  # fmt: skip
    drafts = work.find(ProductOrder, wanted, limit=1)
    if drafts:
        order = work.lock(ProductOrder, drafts[0].id)
        lines = [one.raw for one in order.product_order_item]
        line["id"] = _free_id({str(one["id"]) for one in lines})
        change(work, order, {"productOrderItem": [*lines, line]}, MERGE)
        return order.key
    body: dict[str, Json] = {
        "state": "pending",
        "relatedParty": [{"id": customer, "role": "customer"}],
        "productOfferingQualification": [{"id": check.id}],
        "productOrderItem": [line],
    }
    return create(work, ProductOrder.resource, body).key


def customer_of(check: Record) -> str:
    """Return the customer that an answer is about; empty where it is about none."""
    parties = [one for one in check.document.get("relatedParty") or () if isinstance(one, dict)]
    named = (one for one in parties if str(one.get("role") or "").lower() == "customer")
    return str(next(named, {}).get("id") or "")


def site_of(check: Record) -> dict[str, Json]:
    """Return the place of an answer where it is a record and the only one, as a reference."""
    places = [one for one in check.document.get("place") or () if isinstance(one, dict)]
    return _only(places or [one for item in _items(check) for one in places_of(item)])


def places_of(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the places at which an item of an answer was asked about, beside the answer's."""
    product = item.get("product")
    held = product.get("place") if isinstance(product, dict) else None
    return [one for one in held or () if isinstance(one, dict)]


def _only(places: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
    known = {one.get("id"): one for one in places}
    if len(known) != 1 or None in known:
        return {}
    (found,) = known.values()
    return {name: found[name] for name in ("id", "role", "@referredType") if name in found}


def _line(check: Record, ident: str, alternate: str) -> dict[str, Json]:
    item: Mapping[str, Any] = next((one for one in _items(check) if one.get("id") == ident), {})
    offering = item.get("productOffering")
    if alternate:
        proposals = item.get("alternateProductOfferingProposal") or ()
        one: Mapping[str, Any] = next(
            (each for each in proposals if each.get("id") == alternate), {}
        )
        offering = one.get("alternateProductOffering")
    if not isinstance(offering, dict):
        raise NotFound("notFound", "the answer has no such offering any more; check it again")
    product: dict[str, Json] = {}
    site = _only(places_of(item)) or site_of(check)
    if site:
        product["place"] = [site]
    line: dict[str, Json] = {
        "id": "1", "action": "add", "quantity": 1, "product": product,
        "productOffering": {"id": offering["id"]}, "qualification": [{"id": check.id}],
    }  # fmt: skip
    held = item.get("product")
    if isinstance(held, dict) and not alternate and held.get("productCharacteristic"):
        product["productCharacteristic"] = held["productCharacteristic"]
    if item.get("action") == "modify" and isinstance(held, dict) and held.get("id"):
        product.pop("place", None)
        line |= {"action": "modify", "product": {"id": held["id"], **product}}
    return line


def _items(check: Record) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in check.document.get(ITEMS) or () if isinstance(one, dict))


def _free_id(taken: set[str]) -> str:
    return next(str(one) for one in range(1, len(taken) + 2) if str(one) not in taken)
