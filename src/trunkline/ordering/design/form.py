"""Forms: what a person is asked with a task of a plan definition, as characteristics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from trunkline.catalog.characteristic import CharacteristicSpecification
from trunkline.catalog.value_type import value_type
from trunkline.documents.shape import Json


def fields_of(form: Iterable[Mapping[str, Json]]) -> list[CharacteristicSpecification]:
    """Return the fields of a form in the way in which specifications say what they ask for."""
    return [_field(one) for one in form]


def choice_of(text: str, kind: str) -> Json:
    """Return a choice as a value of the kind that its field asks for; None where it is none."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text)
    if kind == "number":
        try:
            number = Decimal(text)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return text if value_type(kind).fits(text) else None


def _field(field: Mapping[str, Json]) -> CharacteristicSpecification:
    kind = field.get("valueType") or "string"
    read = (choice_of(one, kind) for one in field.get("choice") or ())
    choices = [{"value": one} for one in read if one is not None]
    return CharacteristicSpecification.wrap(
        {
            "name": field["name"],
            "description": field.get("title") or field["name"],
            "valueType": kind,
            "configurable": True,
            "minCardinality": 1 if field.get("isRequired") else 0,
            "maxCardinality": 1,
            "characteristicValueSpecification": choices,
        }
    )
