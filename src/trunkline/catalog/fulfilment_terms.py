"""Terms of fulfilment: how what a specification makes is carried out, in the operator's words."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from trunkline.documents.shape import Limits, Shape, many

FulfilmentKind: TypeAlias = Literal["automatic", "callout", "manual", "timer", "fieldWork"]
NoReturn: TypeAlias = Literal["none", "soft", "hard"]
Reaches: TypeAlias = Literal["line", "bundle", "order"]
OnChange: TypeAlias = Literal["update", "redo", "undo", "undoThenRedo", "nothing"]
OnCancel: TypeAlias = Literal["undo", "nothing"]
SlaLevel: TypeAlias = Literal["low", "medium", "high", "critical"]

NAME = Limits(length_max=120)


class ItemSla(Shape):
    """The service level of a step: the minutes of work in which it has to be done.

    They are counted by the calendar of who does it, beside `duration_minutes`, by which it is
    planned. After `warn_percent` of them (75 where nothing is said) the step is on the level
    `warn_level` (medium), after all of them on `breach_level` (high); then who has the role
    `escalate_to` is told.
    """

    minutes: Annotated[int, Limits(minimum=1)]
    warn_percent: Annotated[int | None, Limits(minimum=1, maximum=100)] = None
    warn_level: SlaLevel | None = None
    breach_level: SlaLevel | None = None
    escalate_to: Annotated[str | None, Limits(length_max=63)] = None


class Compensation(Shape):
    """What becomes of a step that was begun when its order is changed or canceled.

    `on_change` (default: update) holds where what the step is about changes, `on_cancel`
    (default: undo) where it goes. Changes of the `insignificant` characteristics alone leave the
    step as it is.
    """

    on_change: OnChange | None = None
    on_cancel: OnCancel | None = None
    insignificant: list[Annotated[str, NAME]] = many()


class FulfilmentTerms(Shape):
    """By whom, how and how fast a step is done, and from when on its order stays as it is.

    `point_of_no_return` may be true or false, too: true is hard.
    """

    kind: FulfilmentKind | None = None
    title: Annotated[str | None, NAME] = None
    role: Annotated[str | None, Limits(length_max=63)] = None
    system: Annotated[str | None, NAME] = None
    duration_minutes: Annotated[int | None, Limits(minimum=0)] = None
    delay_seconds: Annotated[int | None, Limits(minimum=0)] = None
    point_of_no_return: Annotated[NoReturn | None, Limits(is_open=True)] = None
    point_of_no_return_reaches: Reaches | None = None
    sla: ItemSla | None = None
    compensation: Compensation | None = None
