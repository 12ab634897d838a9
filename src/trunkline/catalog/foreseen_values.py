"""Foreseen values: what specifications let a characteristic be is the operator's, no person's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.privacy.pseudonym import Foreseen
from trunkline.privacy.stores import foreseen_by

SELECT = "select doc from {}"
SPECIFICATIONS = (ProductSpecification, ServiceSpecification, ResourceSpecification)
VALUES = ("Value", "Specification")
"""How the lists end in which a characteristic's specification names its values."""


@foreseen_by
def values_of_specifications(work: Work) -> Foreseen:
    """Tell values that a specification names for a characteristic; read when first asked for."""
    known: set[tuple[str, bytes]] = set()
    is_read = False

    def foreseen(name: str, value: Json) -> bool:
        nonlocal is_read
        if not is_read:
            is_read = True
            for kind in SPECIFICATIONS:
                sql = SELECT.format(kind.resource.table)
                rows = work.connection.execute(sql).fetchall()
                for (doc,) in rows:
                    known.update(_named(load(doc)))
        return (name, encode(value)) in known

    return foreseen


def _named(value: Any) -> Iterator[tuple[str, bytes]]:
    """Yield each characteristic's name with each value that a specification names for it."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        for name, held in value.items():
            if isinstance(held, list) and name.endswith(VALUES) and "name" in value:
                values = (one["value"] for one in held if isinstance(one, dict) and "value" in one)
                yield from ((str(value["name"]), encode(one)) for one in values)
            yield from _named(held)
