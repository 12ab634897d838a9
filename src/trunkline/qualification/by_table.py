"""Eligibility by decision table: what an operator allows and forbids as rows."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.design.tables import tables_of
from trunkline.qualification.eligibility import Asker

REFUSED = "notEligible"


def table_refuses(
    work: Work, offering: ProductOffering, asker: Asker, *, action: str
) -> Iterator[Fault]:
    """Yield why a table says that a customer may not have an offering; without tables nothing."""
    customer = asker.customer
    given: dict[str, Json] = {
        "offering": offering.name,
        "action": action,
        "channel": sorted(asker.channel),
        "category": [one.name for one in offering.category if one.name],
        "customerSegment": customer.customer_segment if customer is not None else None,
        "customerType": customer.customer_type if customer is not None else None,
    }
    said = tables_of(work).decide("eligibility", given)
    if said is not None and said.result == REFUSED:
        yield Fault("", REFUSED, f"is not for this customer: {said.reason}")
