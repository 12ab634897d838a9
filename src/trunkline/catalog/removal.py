"""Removal of catalog entries: drafts go, what was live is archived, and prices end."""

from __future__ import annotations

from trunkline.catalog.code_names import name_by_code
from trunkline.catalog.entry import CatalogEntry
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.shape import format_instant
from trunkline.kernel.work import Work
from trunkline.rest.removal import instead_of_removal

ARCHIVED = "Obsolete"


@instead_of_removal(
    ProductOffering, ProductSpecification, ResourceSpecification, ServiceSpecification
)
def archive(work: Work, entry: CatalogEntry) -> bool:
    """Archive an entry that is or was live, by way of its retirement; drafts are removed.

    One that others use is refused like any removal.
    """
    if not entry.is_frozen or _is_used(work, entry):
        return False
    for status in ("Retired", ARCHIVED):
        with work.edit(type(entry), entry.id) as current:
            if current.lifecycle_status != ARCHIVED:
                current.lifecycle_status = status
    name_by_code(work, current)
    return True


@instead_of_removal(ProductOfferingPrice)
def end_price(work: Work, price: ProductOfferingPrice) -> bool:
    """End a price now; one that nobody uses and that has never been in force is removed."""
    held = price.valid_for
    start = held.start_date_time if held is not None else None
    is_to_come = start is not None and start >= work.now
    if is_to_come or (not price.is_frozen and not _is_used(work, price)):
        return False
    if price.is_valid(work.now) or held is None:
        with work.edit(ProductOfferingPrice, price.id) as current:
            period = dict(current.raw.get("validFor") or {})
            current.raw["validFor"] = {**period, "endDateTime": format_instant(work.now)}
    return True


def _is_used(work: Work, entry: CatalogEntry) -> bool:
    """Tell whether a record refers to an entry; none can begin to until the transaction ends."""
    work.connection.execute("select 1 from record where id = %s for update", [entry.id])
    return bool(work.used_by(entry.id, limit=1))
