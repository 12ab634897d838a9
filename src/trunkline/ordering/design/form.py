"""Forms: what a person is asked with a task of a plan definition, as characteristics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trunkline.catalog.characteristic import CharacteristicSpecification
from trunkline.documents.shape import Json


def fields_of(form: Iterable[Mapping[str, Json]]) -> list[CharacteristicSpecification]:
    """Return the fields of a form in the way in which specifications say what they ask for."""
    return [_field(one) for one in form]


def _field(field: Mapping[str, Json]) -> CharacteristicSpecification:
    choices = [{"value": one} for one in field.get("choice") or ()]
    return CharacteristicSpecification.wrap(
        {
            "name": field["name"],
            "description": field.get("title") or field["name"],
            "valueType": field.get("valueType") or "string",
            "configurable": True,
            "minCardinality": 1 if field.get("isRequired") else 0,
            "maxCardinality": 1,
            "characteristicValueSpecification": choices,
        }
    )
