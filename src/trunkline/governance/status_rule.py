"""Status rules: what the operator asks of a change of state, beside what the declaration allows.

The declared lifecycle of a kind of record is the base, which nobody changes at run time. A rule
narrows it: it takes a move away, or says who may make it and what must hold before. Where the
declaration leaves the states open, a rule may also add a move, and with it a state.
"""

from __future__ import annotations

from typing import Annotated, Literal

from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.api import GOVERNANCE
from trunkline.governance.configured import configures
from trunkline.kernel.resource import Document, Promoted, resource

TEXT_MAX = 300
STATE = Limits(length_max=60, pattern=r"^[A-Za-z][A-Za-z0-9]*( [A-Za-z0-9]+)*$")

Effect = Literal["require", "forbid", "add"]


class FollowUp(Shape):
    """A task that somebody with a role gets when a record has moved; due after so many days."""

    title: Annotated[str, Limits(length_max=TEXT_MAX)]
    role: Annotated[str, Limits(length_max=63)]
    due_days: Annotated[int | None, Limits(minimum=0)] = None


@configures
@resource(
    api=GOVERNANCE,
    path="statusRule",
    prefix="STR",
    immutable=("applies_to",),
    defaults={"effect": lambda _now: "require"},
    promote=(Promoted("appliesTo"), Promoted("toStatus")),
    columns=("key", "name", "appliesTo", "fromStatus", "toStatus", "effect"),
)
class StatusRule(Document):
    """What holds when records of a kind (`applies_to`) come into a state.

    `effect` is `require` (the default: the move needs what is said), `forbid` (there is no such
    move) or `add` (there is one that the declaration lacks). `from_status` empty stands for every
    state before, and for new records. `condition` and `expression` are CEL over `record`, as it
    would be, and `former`, as it was; the rule is about the records for which the condition is
    true. `role` are the roles of which one is needed, `required_attribute` paths that need a
    value, `check` the names of declared checks; where the expression is not true, `message` says
    so.
    """

    name: Annotated[str | None, Limits(length_max=120)] = None
    applies_to: Annotated[str, Limits(length_max=60)]
    effect: Effect | None = None
    from_status: list[Annotated[str, STATE]] = many()
    to_status: Annotated[str, STATE]
    condition: Annotated[str | None, Limits(length_max=2048)] = None
    role: list[str] = many()
    required_attribute: list[str] = many()
    check: list[str] = many()
    expression: Annotated[str | None, Limits(length_max=2048)] = None
    message: Annotated[str | None, Limits(length_max=TEXT_MAX)] = None
    follow_up: FollowUp | None = None
    description: Annotated[str | None, Limits(length_max=TEXT_MAX)] = None
