"""Changing what is in a cart, as a page does it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.documents.shape import Json

MERGE = "application/merge-patch+json"


def with_item(items: Iterable[Json], offering: str, site: str) -> list[Json]:
    """Return the items of a cart with one more, which adds an offering at a site."""
    product: dict[str, Json] = {}
    if site:
        place = {"id": site, "role": "installation", "@referredType": "GeographicSite"}
        product["place"] = [place]
    item: dict[str, Json] = {
        "action": "add", "quantity": 1, "productOffering": {"id": offering}, "product": product
    }  # fmt: skip
    return [*items, item]
