"""Characteristics: named values that a specification foresees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trunkline.documents.shape import many
from trunkline.shared.extensible import Extensible


class CharacteristicRelationship(Extensible):
    """How one characteristic hangs together with another one of the same record."""

    id: str | None = None
    href: str | None = None
    relationship_type: str | None = None


class Characteristic(Extensible):
    """A name with its value; the value may be any JSON."""

    id: str | None = None
    name: str
    value: Any
    value_type: str | None = None
    characteristic_relationship: list[CharacteristicRelationship] = many()


def find_characteristic(held: Iterable[Characteristic], name: str) -> Characteristic | None:
    """Return the characteristic of that name, None where there is none."""
    return next((one for one in held if one.name == name), None)
