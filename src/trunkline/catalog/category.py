"""Categories (TMF620): the tree in which a catalog shows its offerings."""

from __future__ import annotations

from trunkline.catalog.api import TMF620
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    PROMOTED,
    TranslatedEntry,
)
from trunkline.documents.shape import many
from trunkline.kernel.resource import resource
from trunkline.shared.catalog_reference import CategoryRef, ProductOfferingRef


@resource(
    api=TMF620,
    path="category",
    prefix="CTG",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
)
class Category(TranslatedEntry):
    """A branch of a catalog's tree; `order` among its sisters is our extension."""

    is_root: bool | None = None
    parent_id: str | None = None
    product_offering: list[ProductOfferingRef] = many()
    sub_category: list[CategoryRef] = many()
    order: int | None = None
