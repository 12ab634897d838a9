"""Failure policies: after which failures a step is tried again, how often and when, as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.governance.configured import configures
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.design.outside_system import NETWORK, OutsideSystem, systems_of
from trunkline.ordering.fallout import ORDERING
from trunkline.screens.asked_value import Choice

ErrorKind: TypeAlias = Literal["business", "technical", "unknown"]
StepKind: TypeAlias = Literal["activation", "callout"]
TRIES_MAX = 15
"""How often a step is tried again by itself at the most."""
PAUSE_MAX_S = 86_400
SYSTEMS_MAX = 1_000


@configures
@resource(
    api=ORDERING,
    path="failurePolicy",
    prefix="FLP",
    promote=(Promoted("name"), Promoted("position", "number")),
    columns=("key", "name", "position", "errorKind", "system", "pauseSeconds", "isActive"),
    live_name=True,
)
class FailurePolicy(Document):
    """What holds for some failures of steps that are handed to the network or another system.

    Of several the one with the lowest `position` counts. What stands empty of `error_code`,
    `system` (codes; `network` for the network) and `step_kind` matches all. A refusal is a
    `business` error, a command that did not get through a `technical` one, one of which nobody
    knows whether it did is `unknown`. `pause_seconds` are the pauses before each next try: zeros
    for at once, equal ones for a fixed pause, rising ones for a growing one. When they are used
    up, or where there are none, people are asked. What was refused is sent under a new key, what
    is unknown is asked for at first. What a plan definition says of its own item counts before.
    """

    name: Annotated[str, Limits(length_max=120)]
    position: Annotated[int | None, Limits(minimum=0)] = None
    is_active: bool | None = None
    error_kind: Annotated[list[ErrorKind], Limits(items_min=1)]
    error_code: list[Annotated[str, Limits(length_max=120)]] = many()
    system: list[Annotated[str, Limits(length_max=60)]] = many()
    step_kind: list[StepKind] = many()
    pause_seconds: list[Annotated[int, Limits(minimum=0, maximum=PAUSE_MAX_S)]] = many()
    description: Annotated[str | None, Limits(length_max=300)] = None


@rule(FailurePolicy)
def pauses_are_few(_work: Work, _old: FailurePolicy | None, new: FailurePolicy) -> Iterator[Fault]:
    """Refuse a policy by which a step would be tried again too often."""
    if len(new.pause_seconds) > TRIES_MAX:
        message = f"is tried again {TRIES_MAX} times at the most; take some pauses away"
        yield Fault("pauseSeconds", "tooMany", message)


@rule(FailurePolicy)
def systems_are_there(work: Work, old: FailurePolicy | None, new: FailurePolicy) -> Iterator[Fault]:
    """Refuse a policy about an outside system that there is not."""
    former = set(old.system) if old is not None else set()
    known = {NETWORK, *systems_of(work)}
    for index, code in enumerate(new.system):
        if code not in known and code not in former:
            message = f"there is no outside system {code}; name one by its code, or {NETWORK}"
            yield Fault(f"system[{index}]", "badValue", message)


def systems_to_choose(work: Work) -> list[Choice]:
    """Return the systems that a policy may be about: the network, then the others by name."""
    named = {one.code: one.name for one in work.find(OutsideSystem, {}, limit=SYSTEMS_MAX)}
    first = Choice(NETWORK, named.pop(NETWORK, "Network"))
    by_name = sorted(named.items(), key=lambda one: one[1].casefold())
    return [first, *(Choice(code, name) for code, name in by_name)]
