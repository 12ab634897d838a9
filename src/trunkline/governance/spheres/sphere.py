"""Spheres: by what the records of one owner are told apart from those of another, for rights.

A dimension, such as the team that looks after somebody, is read from attributes that the operator
names; its values are spheres. Rights may be limited to some of them, in roles and privileges.
"""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.api import GOVERNANCE
from trunkline.governance.configured import configures, followed_by
from trunkline.governance.register import Translation
from trunkline.kernel.resource import Document, Promoted, resource

PATH = r"^[A-Za-z@][A-Za-z0-9_@]*(\[[A-Za-z0-9 _.:/-]{1,60}\])?(\.[A-Za-z@][A-Za-z0-9_@]*(\[[A-Za-z0-9 _.:/-]{1,60}\])?)*$"  # noqa: E501 - one pattern
_telling: list[type[Document]] = []


class SphereSource(Shape):
    """Where a dimension is read: a kind of record, and the path of an attribute in it."""

    record_type: Annotated[str, Limits(length_max=60)]
    path: Annotated[str, Limits(length_max=200, pattern=PATH)]


@configures
@followed_by("define_sphere")
@resource(
    api=GOVERNANCE,
    path="sphere",
    prefix="SPH",
    immutable=("code",),
    promote=(Promoted("code"), Promoted("name")),
    columns=("key", "code", "name", "description"),
    live_name=True,
)
class Sphere(Document):
    """A dimension by which rights may be limited, known by its code."""

    code: Annotated[str, Limits(length_max=40, pattern=r"^[a-z][A-Za-z0-9]*$")]
    name: Annotated[str, Limits(length_max=120)]
    description: Annotated[str | None, Limits(length_max=500)] = None
    source: Annotated[list[SphereSource], Limits(items_min=1)]
    translation: list[Translation] = many()


def telling(*kinds: type[Document]) -> None:
    """Say that records of some kinds may tell in which spheres their owner lies."""
    for kind in kinds:
        followed_by("place_owner")(kind)
        _telling.append(kind)


def told_by() -> list[type[Document]]:
    """Return the kinds whose records may tell it."""
    return list(_telling)
