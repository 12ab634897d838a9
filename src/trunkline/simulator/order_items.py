"""Orders of products (TMF622) and of resources (TMF652), read as commands.

What their items are about is kept in the form in which the simulator keeps services.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .command import Action, Api, Command, Item, fingerprint
from .document import Document, part, parts, text
from .refusal import Fault, invalid

STATES = {"suspended": "inactive", "active": "active"}


@dataclass(frozen=True)
class _Form:
    """How an interface calls its items, what they are about, its values and what is ordered."""

    api: Api
    items: str
    part: str
    values: str
    ordered: str


_PRODUCTS = _Form(
    Api.PARTNER, "productOrderItem", "product", "productCharacteristic", "productOffering"
)
_RESOURCES = _Form(
    Api.RESOURCES, "orderItem", "resource", "resourceCharacteristic", "resourceSpecification"
)


def product_command(body: Any, *, key: str) -> Command:
    """Check a product order and make it a command; each `add` names an offering."""
    return _command(body, _PRODUCTS, key=key)


def resource_command(body: Any, *, key: str) -> Command:
    """Check a resource order and make it a command; each `add` names a specification."""
    return _command(body, _RESOURCES, key=key)


def _command(body: Any, form: _Form, *, key: str) -> Command:
    if not isinstance(body, dict):
        raise invalid([Fault("$", "bodyNotObject", "send a JSON object")])
    faults = list(_faults(body, form))
    if faults:
        raise invalid(faults)
    items = tuple(
        Item(str(one["id"]), Action(one["action"]), _as_service(one, form))
        for one in parts(body, form.items)
    )
    return Command(key, form.api, items, body, fingerprint(items))


def _faults(body: Document, form: _Form) -> Iterator[Fault]:
    given = body.get(form.items)
    if not isinstance(given, list) or not given:
        yield Fault(form.items, "itemsMissing", "send at least one order item")
        return
    for position, item in enumerate(given):
        path = f"{form.items}[{position}]"
        if not isinstance(item, dict) or text(item, "id") is None:
            yield Fault(f"{path}.id", "itemIdMissing", "give each item an id, as text")
            continue
        action = item.get("action")
        if action not in list(Action):
            yield Fault(f"{path}.action", "actionUnknown", f"send one of {', '.join(Action)}")
        elif action == Action.ADD and text(_ordered(item, form), "id") is None:
            yield Fault(f"{path}.{form.ordered}", "orderedMissing", "name what is ordered")
        elif action != Action.ADD and text(part(item, form.part), "id") is None:
            message = f"say which {form.part} to {action}"
            yield Fault(f"{path}.{form.part}.id", f"{form.part}Missing", message)


def _ordered(item: Document, form: _Form) -> Document:
    """Return what an item orders: named beside what it is about, or inside."""
    return part(item, form.ordered) or part(part(item, form.part), form.ordered)


def _as_service(item: Document, form: _Form) -> Document:
    """Return what an item is about in the form in which the simulator keeps services."""
    about, ordered = part(item, form.part), _ordered(item, form)
    kept: Document = {
        "name": text(about, "name") or text(ordered, "name") or "",
        "serviceSpecification": {"id": text(ordered, "id") or "", "name": ordered.get("name")},
        "serviceCharacteristic": list(parts(about, form.values)),
    }
    if text(about, "id") is not None:
        kept["id"] = about["id"]
    state = STATES.get(str(about.get("status")))
    return kept | ({"state": state} if state else {})
