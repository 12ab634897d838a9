"""Orders of the three layers as one page shows them: where each kind has what, and its items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from trunkline.documents.shape import Json, Shape
from trunkline.kernel.resource import Document
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.cancel_resource_order import CancelResourceOrder
from trunkline.ordering.cancel_service_order import CancelServiceOrder
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.pages.language import say
from trunkline.web.facts import Teller
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, instant, state, told_value
from trunkline.web.wording import words

Kind: TypeAlias = type[Document]


@dataclass(frozen=True)
class OrderKind:
    """One kind of order: the JSON names of its items, of what they are about and made from.

    `cancel` is the task by which such an order is called off.
    """

    type: Kind
    base: str
    items: str
    subject: str
    made_from: str
    chosen: str
    cancel: Kind

    @property
    def reference(self) -> str:
        """The JSON name of a reference to such an order."""
        name = self.type.resource.name
        return name[:1].lower() + name[1:]


WHOLES = ("productOrder", "serviceOrder", "resourceOrder")
"""Where an order names the one that it was broken down from."""
PRODUCT_ORDER = OrderKind(
    ProductOrder, "/order/", "productOrderItem", "product", "productOffering",
    "productCharacteristic", CancelProductOrder,
)  # fmt: skip
SERVICE_ORDER = OrderKind(
    ServiceOrder, "/service-order/", "serviceOrderItem", "service", "serviceSpecification",
    "serviceCharacteristic", CancelServiceOrder,
)  # fmt: skip
RESOURCE_ORDER = OrderKind(
    ResourceOrder, "/resource-order/", "orderItem", "resource", "resourceSpecification",
    "resourceCharacteristic", CancelResourceOrder,
)  # fmt: skip


def kind_of_plan(kind: OrderKind, order: Record) -> OrderKind:
    """Return the kind of the order whose plan the steps of an order of a kind stand in."""
    named = (order.document.get(name) for name in WHOLES)
    found = zip(WHOLES, named, strict=True)
    whole = next((name for name, one in found if isinstance(one, dict) and one.get("id")), "")
    is_part = order.resource is not ProductOrder.resource and whole
    kinds = {one.reference: one for one in (PRODUCT_ORDER, SERVICE_ORDER, RESOURCE_ORDER)}
    return kinds[whole] if is_part else kind


def order_address(key: str) -> str:
    """Return where the page of an order is, by its key; a search where the key is of no kind."""
    for kind in (PRODUCT_ORDER, SERVICE_ORDER, RESOURCE_ORDER):
        if key.startswith(kind.type.resource.prefix):
            return f"{kind.base}{quote(key, safe='')}"
    return f"/go?q={quote(key, safe='')}"


def items_of(kind: OrderKind, order: Record, teller: Teller) -> list[dict[str, Any]]:
    """Return the items of an order, those inside others indented below them."""
    shape = kind.type.by_json_name()[kind.items].shape
    assert shape is not None
    rows: list[dict[str, Any]] = []
    _collect(kind, order.document.get(kind.items), shape, teller, 0, rows)
    return rows


def item_states(kind: OrderKind, order: Record) -> list[Cell]:
    """Return the state of each item of an order, in the order in which its page lists them."""
    return [state(str(one["state"])) if one.get("state") else EMPTY
            for one in _flat(kind, order.document.get(kind.items))]  # fmt: skip


def _flat(kind: OrderKind, found: Json) -> Iterator[dict[str, Json]]:
    for one in found if isinstance(found, list) else ():
        yield one
        yield from _flat(kind, one.get(kind.items))


def _collect(
    kind: OrderKind,
    found: Json,
    shape: type[Shape],
    teller: Teller,
    depth: int,
    rows: list[dict[str, Any]],
) -> None:
    for one in found if isinstance(found, list) else ():
        subject = one.get(kind.subject)
        held = subject if isinstance(subject, dict) else {}
        own = shape.by_json_name()[kind.subject].shape
        chosen = held.get(kind.chosen)
        rows.append(
            {
                "id": one.get("id", ""),
                "depth": depth,
                "action": words(str(one.get("action", ""))),
                "quantity": one.get("quantity") or 1,
                "made_from": _link(shape, one, kind.made_from, teller)
                or _link(own, held, kind.made_from, teller)
                or EMPTY,
                "subject": teller.link(own, held) or EMPTY,
                "name": str(held.get("name") or ""),
                "state": state(str(one["state"])) if one.get("state") else EMPTY,
                "begins": instant(one.get("requestedStartDate"), teller.zone),
                "due": instant(one.get("requestedCompletionDate"), teller.zone),
                "characteristics": [
                    f"{say(words(str(each.get('name'))))} {told_value(each.get('value'))}"
                    for each in chosen or ()
                    if isinstance(each, dict)
                ],
            }
        )
        _collect(kind, one.get(kind.items), shape, teller, depth + 1, rows)


def _link(
    shape: type[Shape] | None, holder: dict[str, Json], name: str, teller: Teller
) -> Cell | None:
    """Return the link of a reference that an object holds under a name, None where it does not."""
    attribute = shape.by_json_name().get(name) if shape is not None else None
    value = holder.get(name)
    if attribute is None or not isinstance(value, dict):
        return None
    return teller.link(attribute.shape, value)
