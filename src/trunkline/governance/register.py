"""Registers: lists of codes that the operator keeps, each with names, an order and a validity."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.api import GOVERNANCE
from trunkline.governance.configured import configures
from trunkline.kernel.resource import Document, Promoted, resource

Color = Literal["grey", "blue", "green", "amber", "red", "violet", "teal"]
CODE = Limits(length_max=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+/-]*$")


class Translation(Shape):
    """What something is called in one language."""

    language: Annotated[str, Limits(length_max=20, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    name: Annotated[str | None, Limits(length_max=120)] = None
    description: Annotated[str | None, Limits(length_max=500)] = None


class Validity(Shape):
    """From when until when something holds; the end is the first moment that it does not."""

    start_date_time: datetime | None = None
    end_date_time: datetime | None = None


class OwnValue(Shape):
    """An attribute that a value of a register has of its own."""

    name: Annotated[str, Limits(length_max=60)]
    value: Any


class RegisterRef(Shape, targets=("Register",)):
    """A reference to a register."""

    id: str
    href: str | None = None
    name: str | None = None
    referred_type: str | None = None


@configures
@resource(
    api=GOVERNANCE,
    path="register",
    prefix="REG",
    immutable=("code",),
    promote=(Promoted("code"), Promoted("name")),
    columns=("key", "code", "name", "description"),
    live_name=True,
)
class Register(Document):
    """A list of codes, known by its own code."""

    code: Annotated[str, CODE]
    name: Annotated[str, Limits(length_max=120)]
    description: Annotated[str | None, Limits(length_max=500)] = None
    translation: list[Translation] = many()


@configures
@resource(
    api=GOVERNANCE,
    path="registerValue",
    prefix="RGV",
    immutable=("code", "register"),
    promote=(Promoted("code"), Promoted("register.id"), Promoted("position", "number")),
    columns=("key", "register.name", "code", "name", "position", "validFor.endDateTime"),
)
class RegisterValue(Document):
    """One code of a register: what it is called, where it stands, and until when it is chosen.

    `name` is what it is called where there is no translation; `attribute` are values that the
    operator keeps beside it.
    """

    register: RegisterRef
    code: Annotated[str, CODE]
    name: Annotated[str, Limits(length_max=120)]
    description: Annotated[str | None, Limits(length_max=500)] = None
    translation: list[Translation] = many()
    position: Annotated[int | None, Limits(minimum=0)] = None
    color: Color | None = None
    icon: Annotated[str | None, Limits(length_max=40, pattern=r"^[a-z][a-z0-9-]*$")] = None
    valid_for: Validity | None = None
    attribute: list[OwnValue] = many()
