"""Asked values of records: what a form asks of a product, service or resource by name."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.catalog.asked_characteristics import asked_values
from trunkline.catalog.entry import Specification
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.screens.asked_value import Ask, AskedValue


def asked_by(kind: type[Specification], name: str) -> Ask:
    """Return what asks for the characteristics of the specification that a record names."""

    def ask(work: Work, document: dict[str, Json]) -> Sequence[AskedValue]:
        ident = _id_at(document, name)
        found = work.get(kind, ident) if ident else None
        return asked_values(found.characteristics, (), work.now) if found is not None else ()

    return ask


def asked_of_product(work: Work, document: dict[str, Json]) -> Sequence[AskedValue]:
    """Return what is asked for of a product: by its specification, as its offering narrows it."""
    ident = _id_at(document, "productOffering")
    offering = work.get(ProductOffering, ident) if ident else None
    named = _id_at(document, "productSpecification")
    if named is None and offering is not None and offering.product_specification is not None:
        named = offering.product_specification.id
    found = work.get(ProductSpecification, named) if named else None
    uses = offering.prod_spec_char_value_use if offering is not None else ()
    return asked_values(found.characteristics, uses, work.now) if found is not None else ()


def _id_at(document: dict[str, Json], name: str) -> str | None:
    held = document.get(name)
    ident = held.get("id") if isinstance(held, dict) else None
    return ident if isinstance(ident, str) else None
