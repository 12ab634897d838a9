"""What a record is asked for by the specification that it refers to, while it is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from trunkline.catalog.asked_values import asked_values
from trunkline.catalog.entry import Specification
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.screens.asked_value import AskedValue
from trunkline.screens.read_ahead import held

D = TypeVar("D", bound=Document)


def asked_by(
    kind: type[Specification], name: str
) -> Callable[[Work, dict[str, Json]], list[AskedValue]]:
    """Return what asks for the characteristics of the specification that a record refers to."""

    def ask(work: Work, document: dict[str, Json]) -> list[AskedValue]:
        specification = _held(work, kind, document.get(name))
        if specification is None:
            return []
        return asked_values(specification.characteristics, (), work.now)

    return ask


def asked_of_product(work: Work, document: dict[str, Json]) -> list[AskedValue]:
    """Return what a product is asked for: its specification, narrowed by the offering sold."""
    offering = _held(work, ProductOffering, document.get("productOffering"))
    named = document.get("productSpecification")
    if named is None and offering is not None:
        named = offering.raw.get("productSpecification")
    specification = _held(work, ProductSpecification, named)
    if specification is None:
        return []
    uses = offering.prod_spec_char_value_use if offering is not None else ()
    return asked_values(specification.characteristics, uses, work.now)


def _held(work: Work, kind: type[D], reference: Json) -> D | None:
    """Return the record that a reference names, None where it is not for the visitor to read."""
    ident = reference.get("id") if isinstance(reference, dict) else None
    if not isinstance(ident, str) or work.actor.grant(kind.resource, "read") is None:
        return None
    return held(work, kind, ident)
