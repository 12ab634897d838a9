"""Content: what of an order a revision may change, taken from it and put back into it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.ordering.line_dates import lines_inside
from trunkline.ordering.product_order import ProductOrder

ITEMS = "productOrderItem"
PROMISE = "committedCompletionDate"
PRIORITY = "priority"
HEADER = (
    "relatedParty",
    "billingAccount",
    "requestedStartDate",
    "requestedCompletionDate",
    "notificationContact",
)
"""The attributes of the order itself that a revision may change."""
# What the program notes on an item on its way is not asked for by anybody.
NOTED = ("state", "internalState", "stateReason", "milestone", "serviceOrder", "resourceOrder",
         "expectedCompletionDate", "jeopardyLevel")  # fmt: skip
LINE_CANCELED = "canceled/item/"
"""What the key of the milestone begins with at which a line that was taken out is canceled."""
GONE = frozenset({"canceled", "cancellationInProgress"})
"""The internal states of items that were taken out of their order."""


def content_of(order: ProductOrder) -> dict[str, Json]:
    """Return what an order asks for at present, as a revision would say it."""
    raw = order.raw
    found = {name: copied(raw[name]) for name in HEADER if raw.get(name) is not None}
    return {**found, ITEMS: asked_items(raw.get(ITEMS) or ())}


def asked_for(order: ProductOrder, said: Mapping[str, Json]) -> dict[str, Json]:
    """Return the whole picture that an order shall have: what is not said of it stays as it is.

    What is said to be nothing is taken out.
    """
    told = {name: said[name] for name in (*HEADER, ITEMS) if name in said}
    found = {name: one for name, one in (content_of(order) | told).items() if one not in (None, [])}
    return {**found, ITEMS: asked_items(found.get(ITEMS) or ())}


def header_of(content: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a picture says of the order itself."""
    return {name: content[name] for name in HEADER if content.get(name) not in (None, [])}


def ever_asked(order: ProductOrder) -> dict[str, Json]:
    """Return what an order asks for together with what was taken out of it again."""
    body: dict[str, Json] = copied(order.raw)
    for item in _flat(body.get(ITEMS) or ()):
        item.pop("internalState", None)
    return {**content_of(order), ITEMS: asked_items(body.get(ITEMS) or ())}


def asked_items(items: Iterable[Json]) -> list[Json]:
    """Return what items ask for, without what is noted on them and those that were taken out."""
    return [_asked(copied(one)) for one in items if one.get("internalState") not in GONE]


def without_line(items: Iterable[Json], line: str) -> list[Json]:
    """Return items without one of them, and all that lies inside it, nested or by its relations."""
    listed = list(items)
    gone = lines_inside(ProductOrder.wrap({ITEMS: listed})).get(line, {line})
    return _without(listed, gone)


def _without(items: Iterable[Json], gone: Collection[str]) -> list[Json]:
    return [
        {**one, ITEMS: _without(one[ITEMS], gone)} if one.get(ITEMS) else one
        for one in items
        if one.get("id") not in gone
    ]


def _asked(item: dict[str, Json]) -> dict[str, Json]:
    kept = {name: value for name, value in item.items() if name not in NOTED}
    product = kept.get("product")
    if kept.get("action") == "add" and isinstance(product, dict) and "id" in product:
        kept["product"] = {
            name: one for name, one in product.items() if name not in ("id", "@referredType")
        }
    if ITEMS in kept:
        kept[ITEMS] = asked_items(kept[ITEMS])
    return kept


def revised(
    order: ProductOrder, content: dict[str, Json], why: dict[str, Json] | None = None
) -> dict[str, Json]:
    """Return an order's body as a revision makes it, with what is noted on items that stay.

    Items that the content lacks stay with their order as such that are being called off. `why` is
    the note that says why it is revised; it is kept where a promised date or a priority moves.
    """
    body = {**_without_header(order), **copied(header_of(content))}
    body[ITEMS] = _merged(body.get(ITEMS) or [], copied(content.get(ITEMS) or []))
    if why is not None and _needs_reason(order.raw.get(ITEMS) or [], body[ITEMS]):
        held = body.get("note") or []  # it may have come with the very patch that asks for it
        said = (None, why.get("date"))
        alike = (one for one in held if one.get("text") == why["text"] and one.get("date") in said)
        same: dict[str, Json] = next(alike, {})
        body["note"] = [*(one for one in held if one is not same), {**same, **why}]
    return body


def _needs_reason(before: list[Json], after: list[Json]) -> bool:
    """Tell whether a promised date comes or moves, or the priority that a line had."""
    former = {one["id"]: one for one in _flat(before)}
    for item in _flat(after):
        old = former.get(item["id"], {PRIORITY: item.get(PRIORITY)})
        if any(old.get(name) != item.get(name) for name in (PROMISE, PRIORITY)):
            return True
    return False


def _without_header(order: ProductOrder) -> dict[str, Json]:
    body: dict[str, Json] = copied(order.raw)
    return {name: one for name, one in body.items() if name not in HEADER}


def picture(order: ProductOrder, content: dict[str, Json]) -> dict[str, Json]:
    """Return an order's body with the items of a content alone, as it would be broken down."""
    body: dict[str, Json] = {**_without_header(order), **copied(content)}
    known = {one["id"]: one for one in _flat(order.raw.get(ITEMS) or [])}
    for item in _flat(body[ITEMS]):
        _keep_noted(item, known.get(item.get("id")))
    return body


def _merged(held: list[Json], asked: list[Json]) -> list[Json]:
    known = {one["id"]: one for one in _flat(held)}
    stay = {one.get("id") for one in _flat(asked)}
    for item in _flat(asked):
        _keep_noted(item, known.get(item.get("id")))
    return asked + [_taken_out(one, stay) for one in held if one["id"] not in stay]


def _taken_out(item: dict[str, Json], stay: set[Json]) -> dict[str, Json]:
    """Return an item that goes, without those inside it that stay elsewhere."""
    if item.get("internalState") != "canceled":
        item["internalState"], item["state"] = "cancellationInProgress", "pendingCancellation"
    inside = [_taken_out(one, stay) for one in item.get(ITEMS, ()) if one["id"] not in stay]
    item.pop(ITEMS, None)
    return {**item, ITEMS: inside} if inside else item


def _keep_noted(item: dict[str, Json], held: dict[str, Json] | None) -> None:
    if held is None or held.get("internalState") in GONE:
        item["internalState"], item["state"] = "inProgress", "inProgress"
        return
    for name in NOTED:
        if name in held:
            item[name] = held[name]
    made = held.get("product")
    if item.get("action") == "add" and isinstance(made, dict) and "id" in made:
        item.setdefault("product", {}).update(
            {name: made[name] for name in ("id", "@referredType") if name in made}
        )


def _flat(items: Iterable[Json]) -> list[dict[str, Json]]:
    """Return items with all that are inside them."""
    found: list[dict[str, Json]] = []
    for one in items:
        found += [one, *_flat(one.get(ITEMS) or ())]
    return found
