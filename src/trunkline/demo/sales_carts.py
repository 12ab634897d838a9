"""Carts of the demonstration operator: one begun on the web, one with an alternate to take over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.demo import orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.rest.writing import create
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.sales.qualified_asking import ask_from

WEB, SHOP = ({"id": one.lower(), "name": one, "role": "startedIn"} for one in ("Web", "Shop"))
Item = dict[str, Any]


def add_carts(services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Store a cart that waits for its customer, and one that was checked for its place."""
    homes = [one for one in people if one.kind in {"consumer", "household"}]
    with as_system(services, "demo") as work:
        _cart(work, homes[6], "Fibre, begun at home", WEB, [
            orders.item(catalog, "1", "Fibre 500M", homes[6].sites[0],
                        downloadSpeed=500, uploadSpeed=250, installation="technician"),
            orders.item(catalog, "2", "TV Basic", homes[6].sites[0]) | {"status": "saveForLater"},
        ])  # fmt: skip
        checked = _cart(work, homes[7], "Fibre and a telephone", SHOP, [
            orders.item(catalog, "1", "Fibre 1G", homes[7].sites[0],
                        downloadSpeed=1000, uploadSpeed=500, installation="self"),
            orders.item(catalog, "2", "Voice Flat", homes[7].sites[0], lines=1),
        ])  # fmt: skip
        ask_from(work, checked)


def _cart(
    work: Work, one: DemoCustomer, name: str, channel: Item, items: Sequence[Item]
) -> ShoppingCart:
    body: Item = {
        "description": name,
        "relatedParty": [{"id": one.id, "role": "customer", "@referredType": "Customer"}],
        "billingAccount": {"id": one.billing_account},
        "channel": [channel],
        "cartItem": list(items),
    }
    made = create(work, ShoppingCart.resource, body)
    assert isinstance(made, ShoppingCart)
    return made
