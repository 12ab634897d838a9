"""Product catalogs (TMF620): which categories of offerings belong together."""

from __future__ import annotations

from trunkline.catalog.api import TMF620
from trunkline.catalog.entry import (
    CATALOG_LIFECYCLE,
    COLUMNS,
    DEFAULTS,
    PROMOTED,
    CatalogEntry,
)
from trunkline.documents.shape import many
from trunkline.kernel.resource import resource
from trunkline.shared.catalog_reference import CategoryRef
from trunkline.shared.party_reference import RelatedParty


@resource(
    api=TMF620,
    path="catalog",
    prefix="CAT",
    lifecycle=CATALOG_LIFECYCLE,
    defaults=DEFAULTS,
    promote=PROMOTED,
    columns=COLUMNS,
    data_class="public",
)
class Catalog(CatalogEntry):
    """A collection of offerings, arranged in categories."""

    catalog_type: str | None = None
    category: list[CategoryRef] = many()
    related_party: list[RelatedParty] = many()
