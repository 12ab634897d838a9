"""Bundle parts: what a customer takes into a bundle that is there, and takes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.ordering.installed import is_live, place_of
from trunkline.web.offer_names import PLAIN, OfferNames
from trunkline.web.portal.configuring import parts_told

PREFIX = "part."
ASKED = "parts"


def optional_parts(
    bundle: ProductOffering | None, product: Product, held: Mapping[str, Product],
    typed: Callable[[str], str], names: OfferNames = PLAIN,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the parts that may come and go: which there are, and which were chosen; pure.

    `held` are the products with what is inside them; a form that asked for parts says `parts`.
    """
    if bundle is None:
        return []
    inside = [held[one.id] for one in product.product if one.id is not None and one.id in held]
    found = []
    for one in parts_told(bundle, (), names):
        if one["must"]:
            continue
        own = [each.id for each in inside if is_live(each) and _is_of(each, one["id"])]
        chosen = bool(typed(f"{PREFIX}{one['id']}")) if typed(ASKED) else bool(own)
        found.append({
            "id": one["id"], "name": one["name"], "count": one["count"], "products": own,
            "field": f"{PREFIX}{one['id']}", "held": bool(own), "chosen": chosen,
        })  # fmt: skip
    return found


def part_changes(parts: Sequence[Mapping[str, Any]], product: Product) -> list[Json]:
    """Return the items that add what was chosen and end what was not; pure."""
    place = place_of(product)
    found: list[Json] = []
    for one in parts:
        if one["chosen"] and not one["held"]:
            added: dict[str, Json] = {"place": [place]} if place else {}
            found.append({
                "id": f"1.{len(found) + 1}", "action": "add", "quantity": one["count"],
                "productOffering": {"id": one["id"]}, "product": added,
            })  # fmt: skip
        elif one["held"] and not one["chosen"]:
            found += [
                {"id": f"1.{len(found) + number}", "action": "delete", "product": {"id": ident}}
                for number, ident in enumerate(one["products"], 1)
            ]
    return found


def _is_of(product: Product, offering: str) -> bool:
    return product.product_offering is not None and product.product_offering.id == offering
