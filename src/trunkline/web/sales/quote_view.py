"""What the page of a quote shows: its lines by site, what they cost, what is next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from trunkline.documents.shape import Json
from trunkline.ordering.price_effect import PriceEffect, PriceKind, amounts_of
from trunkline.sales.lines import QUOTE_WORDS, Line, Words
from trunkline.sales.quote.comparing import Comparison, Difference, LineComparison, name_of
from trunkline.sales.quote.moving import Move, moves_open
from trunkline.shared.price import OrderPrice
from trunkline.web.capture.money import bar, changes
from trunkline.web.records import Mention
from trunkline.web.values import number, price
from trunkline.web.wording import words

ACTIONS = {"add": "", "modify": "Change", "delete": "End", "noChange": "Stays"}
OPERATIONS = {"suspend": "Suspend", "resume": "Resume", "move": "Move"}
TITLES: Mapping[Move, str] = {
    "present": "Offer to the customer",
    "submit": "Send to review",
    "approve": "Approve",
    "recall": "Take back to draft",
    "accept": "Customer accepts",
    "complete": "Complete",
    "close": "Close quote",
    "sendBack": "Send back",
    "cancel": "Cancel quote",
}
PASSING: tuple[Move, ...] = ("present", "approve")
FIRST: tuple[Move, ...] = ("present", "accept", "complete", "approve")
"""Of what may be done next, the first of these is the one that leads on."""
ASKS: tuple[Move, ...] = ("sendBack", "cancel", "accept")
"""What asks for a few words."""
KINDS = {"same": "Unchanged", "changed": "Changed", "added": "New", "removed": "Taken out"}
TONES = {"same": "idle", "changed": "busy", "added": "good", "removed": "bad"}
NAMES = {"offering": "Offering", "place": "Place", "quantity": "Quantity", "price": "Price",
         "terms": "Terms", "action": "Action", "relatedParty": "Customer", "termMonths": "Term",
         "billingAccount": "Account", "agreement": "Agreement",
         "expectedFulfillmentStartDate": "Expected start"}  # fmt: skip


def sites_shown(
    document: Mapping[str, Json], mentions: Mapping[str, Mention]
) -> list[dict[str, Any]]:
    """Return the lines of a quote by the site that they are for, each with those inside it."""
    groups: dict[str, dict[str, Any]] = {}
    for line in document.get(QUOTE_WORDS.item) or ():
        place = place_of(line)
        known = mentions.get(place)
        group = groups.setdefault(
            place,
            {"name": known.label if known else "", "address": known.address if known else "",
             "lines": []},
        )  # fmt: skip
        group["lines"] += rows_of(line, mentions, place)
    return list(groups.values())


def place_of(line: Mapping[str, Json]) -> str:
    """Return the id of the place that a line is for; empty where it says none."""
    for held in (line.get("product") or {}, line.get("current") or {}):
        for one in held.get("place") or ():
            if one.get("id"):
                return str(one["id"])
    return ""


def rows_of(
    line: Line, mentions: Mapping[str, Mention], at: str, depth: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield a line and those inside it as rows of a table; `at` is the place of the whole."""
    quantity = line.get("quantity")
    ordered = line.get("orderedQuantity") or 0
    own = mentions.get(place_of(line)) if place_of(line) != at else None
    most = 1 if quantity is None else int(quantity)
    yield {
        "id": line.get("id"),
        "depth": min(depth, 4),
        "name": name_of(line),
        "place": {"label": own.label, "address": own.address} if own else None,
        "action": OPERATIONS.get(str(line.get("operation")), "")
        or ACTIONS.get(str(line.get("action")), ""),
        "tone": "bad" if line.get("action") == "delete" else "busy",
        "quantity": number(most),
        "ordered": number(ordered) if ordered else "",
        "left": max(0, most - ordered),
        "is_new": line.get("action") == "add",
        "values": [
            {"name": words(str(one.get("name"))), "value": text_of(one.get("value"))}
            for one in (line.get("product") or {}).get("productCharacteristic") or ()
        ],
        "before": before_and_after(line),
        "prices": changes(effects_in(line)),
        "listed": listed_of(line),
        "adjustments": (),
    }
    for part in line.get(QUOTE_WORDS.item) or ():
        yield from rows_of(part, mentions, at, depth + 1)


def listed_of(line: Mapping[str, Json]) -> list[str]:
    """Return what each price of a line would be, had nobody changed it by hand."""
    listed = [OrderPrice.wrap(dict(one)) for one in line.get("listPrice") or ()]
    return [price(amount, kind.currency) for kind, amount in amounts_of(listed)]


def can_be_captured(document: Mapping[str, Json], called: Words = QUOTE_WORDS) -> bool:
    """Tell whether the page of orders can hold the lines: like parts of a line are alike there."""
    return all(_is_even(one, called) for one in document.get(called.item) or ())


def _is_even(line: Mapping[str, Json], called: Words) -> bool:
    seen: dict[str, Any] = {}
    for part in line.get(called.item) or ():
        ident = str((part.get("productOffering") or {}).get("id"))
        said = [_values(part.get("product") or {}), len(part.get(called.item) or ())]
        if seen.setdefault(ident, said) != said or not _is_even(part, called):
            return False
    return True


def before_and_after(line: Mapping[str, Json]) -> list[dict[str, str]]:
    """Return what a changed product is now and would be: its offering and each of its values."""
    held = line.get("current")
    if not held or line.get("action") != "modify":
        return []
    old, new = _values(held), _values(line.get("product") or {})
    sold = (line.get("productOffering") or {}).get("name")
    told = [{
        "name": "Offering", "old": str((held.get("productOffering") or {}).get("name") or "–"),
        "new": str(sold or (held.get("productOffering") or {}).get("name") or "–"),
    }]  # fmt: skip
    for name in dict.fromkeys([*old, *new]):
        before = old.get(name, "–")
        told.append({"name": words(name), "old": before, "new": new.get(name, before)})
    return [one | {"differs": "yes" if one["old"] != one["new"] else ""} for one in told]


def _values(product: Mapping[str, Json]) -> dict[str, str]:
    found = product.get("productCharacteristic") or ()
    return {str(one.get("name")): text_of(one.get("value")) for one in found}


def effects_in(held: Mapping[str, Json]) -> list[PriceEffect]:
    """Return what a quote or a line keeps of what it costs before and after."""
    return [
        PriceEffect(
            PriceKind(one["priceType"], one.get("recurringChargePeriod"), one["unit"]),
            Decimal(one["old"]),
            Decimal(one["new"]),
        )
        for one in held.get("priceEffect") or ()
    ]


def totals_shown(document: Mapping[str, Json]) -> list[dict[str, Any]]:
    """Return what the whole quote comes to: each period, once, in a year and over its term."""
    found = [one | {"text": ""} for one in bar(effects_in(document))]
    over = [
        {"head": head, "changes": [], "text": price(Decimal(amount["value"]), str(amount["unit"]))}
        for head, name in (("Per year", "annualTotal"), ("Contract value", "contractValue"))
        if (amount := document.get(name))
    ]
    return found + over


def doings_shown(
    state: str, *, may_update: bool, may_approve: bool, waits_for_others: bool = False
) -> list[dict[str, Any]]:
    """Return what may be done with a quote now: first what leads on, at the end what ends it.

    Whose prices wait for another person is not offered to let them pass.
    """
    if not may_update:
        return []
    approving = ("approve", "sendBack")
    found = [one for one in TITLES if one in moves_open(state)]
    found = [one for one in found if may_approve or one not in approving]
    if waits_for_others:
        found = [one for one in found if one not in PASSING]
    first = next((one for one in (*FIRST, "submit") if one in found), "")
    return [
        {"move": one, "title": TITLES[one], "is_first": one == first, "asks": one in ASKS,
         "needs": one in ("sendBack", "cancel"), "danger": one == "cancel"}
        for one in found
    ]  # fmt: skip


def comparison_shown(found: Comparison, names: Mapping[str, Mention]) -> dict[str, Any]:
    """Return two revisions side by side, line by line."""
    return {
        "head": [_difference(one, names) for one in found.head],
        "lines": [_compared(one, names) for one in found.lines],
        "old": changes(effects_in({"priceEffect": found.old_price})),
        "new": changes(effects_in({"priceEffect": found.new_price})),
    }


def _compared(line: LineComparison, names: Mapping[str, Mention]) -> dict[str, Any]:
    return {
        "name": line.name,
        "id": line.id,
        "is_part": line.whole is not None,
        "kind": KINDS[line.kind],
        "tone": TONES[line.kind],
        "differences": [_difference(one, names) for one in line.differences],
        "old": changes(effects_in({"priceEffect": line.old_price})),
        "new": changes(effects_in({"priceEffect": line.new_price})),
    }


def _difference(one: Difference, names: Mapping[str, Mention]) -> dict[str, str]:
    name = one.name.removeprefix("characteristic ")
    return {
        "name": words(name) if name != one.name else NAMES.get(name, words(name)),
        "old": text_of(one.old, names),
        "new": text_of(one.new, names),
    }


def text_of(value: Json, names: Mapping[str, Mention] | None = None) -> str:
    """Return a value in short; what is not there as a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _object_text(value, names or {})
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(text_of(one, names) for one in value)
    known = (names or {}).get(str(value))
    return known.label if known else str(value)


def _object_text(value: Mapping[str, Json], names: Mapping[str, Mention]) -> str:
    known = names.get(str(value.get("id")))
    if known:
        return known.label
    amount = (value.get("price") or {}).get("dutyFreeAmount") if "price" in value else None
    if amount:
        return price(Decimal(amount.get("value") or 0), str(amount.get("unit") or ""))
    return str(value.get("name") or value.get("id") or value.get("value") or "…")
