"""Which ones of several go: as a form asks it, and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.work import Work
from trunkline.ordering.installed import Record, place_of
from trunkline.ordering.node import Choice, Copy
from trunkline.ordering.quantity.choice import ITEMS, with_left_out
from trunkline.web.forms import Form
from trunkline.web.values import state

LEFT = "left-"
"""What the name of a field begins with that says which ones of an item go."""


def choices_shown(
    work: Work, choices: Sequence[Choice], chosen: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Return what somebody has to choose from; `chosen` is what was ticked already, by item."""
    named = {each.record for one in choices for each in one.copies if each.record}
    records = _records(work, sorted(named))
    return [
        {
            "item": one.item_id,
            "name": one.name,
            "there": len(one.copies),
            "wanted": one.wanted,
            "gone": len(one.copies) - one.wanted,
            "copies": [
                _copy(number, each, records.get(each.record or ""), chosen.get(one.item_id, ()))
                for number, each in enumerate(one.copies, start=1)
            ],
        }
        for one in choices
    ]


def chosen_said(form: Form) -> dict[str, list[str]]:
    """Return by item which ones were ticked."""
    return {one.removeprefix(LEFT): form.all(one) for one in form.fields if one.startswith(LEFT)}


def with_chosen(form: Form, content: dict[str, Json]) -> dict[str, Json]:
    """Return the picture of an order without those that were ticked to go."""
    return {**content, ITEMS: with_left_out(content.get(ITEMS) or (), chosen_said(form))[0]}


def _copy(number: int, copy: Copy, record: Record | None, chosen: Iterable[str]) -> dict[str, Any]:
    place = place_of(record) if record is not None else None
    return {
        "number": number,
        "value": copy.record or copy.key,
        "key": record.key if record is not None else copy.key,
        "state": state(_state(record)) if record is not None else None,
        "place": (place or {}).get("name") or "",
        "is_chosen": bool({copy.record, copy.key} & set(chosen)),
    }


def _state(record: Record) -> str:
    if isinstance(record, Product):
        return str(record.status or "")
    return str((record.state if isinstance(record, Service) else record.usage_state) or "")


def _records(work: Work, idents: Sequence[str]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for kind in (Product, Service, Resource):
        left = [one for one in idents if one not in found]
        if left and work.actor.grant(kind.resource, "read") is not None:
            found.update(work.many(kind, left))
    return found
