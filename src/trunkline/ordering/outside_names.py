"""Outside names of orders: the ids under which clients have sent them.

Two customers may number their orders alike, so an id that several orders have is no mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.rest.outside_names import OutsideName, outside_names
from trunkline.shared.outside_names import external_id, external_identifiers


@outside_names(ProductOrder, ServiceOrder, ResourceOrder)
def client_ids(raw: Mapping[str, Any]) -> Iterator[OutsideName]:
    """Yield the id that a client has sent with an order, and the further ones of version 5."""
    yield from external_id(raw)
    for one in external_identifiers(raw):
        yield one._replace(owner=None)
