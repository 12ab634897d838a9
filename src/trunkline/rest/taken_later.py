"""Taken later: kinds of records that are made in the background for clients that prefer that.

Who does it declares it; the description of the interface tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource

_later: dict[str, tuple[str, Mapping[str, Json]]] = {}


def take_later(resource: Resource, name: str, schema: Mapping[str, Json]) -> None:
    """Say that a client may wish to be answered (202) before a record of a kind is made.

    `schema`, under its name, is what the answer holds.
    """
    _later[resource.name] = (name, schema)


def taken_later(resource: Resource) -> tuple[str, Mapping[str, Json]] | None:
    """Return the name and the schema of such an answer, or None where there is none."""
    return _later.get(resource.name)
