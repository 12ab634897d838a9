"""Profiles: ways of working that an installation may have, one or several side by side.

A profile hides what is not needed in its way of working and asks for what is. Where one is on, it
holds for everything; where several are, each record goes by the profile of whom it is about.
"""

from __future__ import annotations

from typing import Annotated

from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.api import GOVERNANCE
from trunkline.governance.configured import configures
from trunkline.governance.register import CODE, Translation
from trunkline.kernel.resource import Document, Promoted, resource

TEXT = Limits(length_max=300)
KIND = Limits(length_max=60)
RULE = Limits(length_max=2048)


class HiddenPart(Shape):
    """What pages leave out: a kind of record, one of its attributes, or a page by its address.

    Rights are not touched by it: what is hidden is not needed, not forbidden.
    """

    applies_to: Annotated[str | None, KIND] = None
    attribute: Annotated[str | None, Limits(length_max=120)] = None
    page: Annotated[str | None, Limits(length_max=120, pattern=r"^/[a-z0-9/-]*$")] = None


class NeededValue(Shape):
    """An attribute that records of a kind must have.

    `condition` (CEL over `record`) says which of them, all where it says nothing.
    """

    applies_to: Annotated[str, KIND]
    attribute: Annotated[str, Limits(length_max=120)]
    condition: Annotated[str | None, RULE] = None
    message: Annotated[str | None, TEXT] = None


class NeededCheck(Shape):
    """A declared check that records of a kind must pass, those for which the condition holds."""

    applies_to: Annotated[str, KIND]
    check: Annotated[str, Limits(length_max=60)]
    condition: Annotated[str | None, RULE] = None


@configures
@resource(
    api=GOVERNANCE,
    path="profile",
    prefix="PRF",
    immutable=("code",),
    promote=(Promoted("code"), Promoted("isOn", "boolean")),
    columns=("key", "code", "name", "isOn", "position"),
)
class Profile(Document):
    """A way of working; `is_on` says that this installation works by it.

    `condition` (CEL over `record`) picks whom it is for where several are on; the first in the
    order of `position` whose condition holds is taken. By `operating_model`, its `code` where it
    has none, what the modules declare for other ways of working only is hidden, too, also what
    joins them later; `shown` takes parts out of that again.
    """

    code: Annotated[str, CODE]
    name: Annotated[str, Limits(length_max=120)]
    description: Annotated[str | None, TEXT] = None
    translation: list[Translation] = many()
    is_on: bool | None = None
    position: Annotated[int | None, Limits(minimum=0)] = None
    condition: Annotated[str | None, RULE] = None
    operating_model: Annotated[str | None, CODE] = None
    hidden: list[HiddenPart] = many()
    shown: list[HiddenPart] = many()
    needed: list[NeededValue] = many()
    check: list[NeededCheck] = many()
