"""Own values: what the operator keeps of a customer beside the standard's attributes, as told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from trunkline.catalog.asked_values import asked_values
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.installed import values_of
from trunkline.pages.language import spoken
from trunkline.web.editing.named_inputs import called
from trunkline.web.governed import Governed, governed
from trunkline.web.values import cell, told_value
from trunkline.web.wording import words

TOLD = ("public", "personal")
"""The classes of the operator's attributes that the portal shows; the others are the staff's."""


def values_told(work: Work, document: Document, zone: ZoneInfo) -> list[dict[str, str]]:
    """Return label and value of each of the operator's attributes that a record's owner reads."""
    resource = document.resource
    grant = work.actor.grant(resource, "read")
    hidden = hidden_paths(resource, grant.sees) if grant is not None else None
    defined, known = work.defined(resource), governed(work, resource, document.raw)
    return [
        {"label": known.label(name), "value": _text(known, name, document.raw[name], zone)}
        for name in known.extras
        if document.raw.get(name) not in (None, "", [])
        and name in defined and defined[name].data_class in TOLD
        and not (hidden is not None and is_hidden(hidden, name))
    ]  # fmt: skip


def product_values(work: Work, product: Product) -> list[tuple[str, str]]:
    """Return what each value of a product is called where it is chosen, and the value."""
    named = product.product_specification
    kind = None
    if named is not None and work.actor.grant(ProductSpecification.resource, "read") is not None:
        kind = work.get(ProductSpecification, named.id or "")
    listed = kind.characteristics if kind is not None else ()
    asked = {one.name: called(one) for one in asked_values(listed, (), work.now, spoken().code)}
    return [
        (asked.get(name) or words(name), told_value(value))
        for name, value in values_of(product.product_characteristic).items()
        if value not in (None, "", [])
    ]


def _text(known: Governed, name: str, value: Json, zone: ZoneInfo) -> str:
    if isinstance(value, list):
        return ", ".join(_text(known, name, one, zone) for one in value)
    if name in known.bound:
        return known.named(name, str(value))
    found = known.cell(name, value) or cell(name, value, zone)
    return f"{found.text} {found.more}".strip() or told_value(value)
