"""Phases: how a large order is delivered as a project, as data of a policy and of its orders."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.shared.extensible import Extensible

Per: TypeAlias = Literal["line", "site"]
Stage: TypeAlias = Literal["before", "delivery", "after"]
STAGES: tuple[Stage, ...] = ("before", "delivery", "after")
PHASES_MAX = 12


class ProjectPhase(Extensible):
    """One phase of a project: done by people before or after what the order delivers, or that.

    Each phase is a milestone of its line or site. `role` says who does it, `duration_minutes` how
    long it takes; both are for phases that people do.
    """

    name: Annotated[str, Limits(length_max=80)]
    stage: Stage
    role: Annotated[str | None, Limits(length_max=63)] = None
    duration_minutes: Annotated[int | None, Limits(minimum=0)] = None


class OrderProject(Extensible):
    """The project that an order is delivered as: its policy (name and key) and its phases then."""

    name: str
    policy: str | None = None
    per: Per
    phase: list[ProjectPhase] = many()


def phase_faults(phases: Sequence[ProjectPhase], roles: Container[str]) -> Iterator[Fault]:
    """Yield what is wrong with the phases of a project."""
    if not 0 < len(phases) <= PHASES_MAX:
        yield Fault("phase", "required", f"a project has 1 to {PHASES_MAX} phases")
    names = [one.name for one in phases]
    stages = [STAGES.index(one.stage) for one in phases]
    for index, one in enumerate(phases):
        path = f"phase[{index}]"
        if one.name in names[:index]:
            yield Fault(f"{path}.name", "duplicate", f"there is another phase {one.name}")
        if index and stages[index] < stages[index - 1]:
            message = "comes too late; first what is done before, then delivery, then what is after"
            yield Fault(f"{path}.stage", "badSequence", message)
        if one.stage == "delivery" and stages.index(stages[index]) != index:
            yield Fault(f"{path}.stage", "duplicate", "what is ordered is delivered once")
        if one.role is not None and one.role not in roles:
            yield Fault(f"{path}.role", "roleUnknown", f"there is no role {one.role}")
