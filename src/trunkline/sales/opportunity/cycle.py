"""Sales cycles: the stages that an opportunity goes through, by the kind of sale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.configured import all_of, configured, configures
from trunkline.governance.packaged_records import named, packaged
from trunkline.governance.register_rules import code_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.sales.api import SALES

Kind: TypeAlias = Literal["open", "won", "lost"]
CODE = Limits(length_max=60, pattern=r"^[a-zA-Z][A-Za-z0-9]*$")
NAME = Limits(length_max=120)


class SalesStage(Shape):
    """A stage: `kind` says whether a sale is still open in it; its usual probability in percent."""

    code: Annotated[str, CODE]
    name: Annotated[str, NAME]
    kind: Kind
    probability: Annotated[int, Limits(minimum=0)]


@configures
@resource(
    api=SALES,
    path="salesCycle",
    prefix="SCY",
    immutable=("code",),
    promote=(Promoted("code"),),
    columns=("key", "name", "code"),
)
class SalesCycle(Document):
    """The stages of one kind of sale, in their order.

    One with the code of a cycle that the program brings (`newCustomer`, `renewal`, `upSell`)
    takes its place.
    """

    code: Annotated[str, CODE]
    name: Annotated[str, NAME]
    description: Annotated[str | None, Limits(length_max=2000)] = None
    stage: list[SalesStage] = many()


packaged(SalesCycle, "salesCycles", "Sales cycles", key=named("code"), order=91)


@dataclass(frozen=True)
class Stage:
    """A stage of a cycle."""

    code: str
    name: str
    kind: Kind
    probability: int


@dataclass(frozen=True)
class Cycle:
    """The stages of one kind of sale; the first one is where it begins."""

    code: str
    name: str
    stages: Sequence[Stage]

    def stage(self, code: str | None) -> Stage | None:
        """Return a stage by its code."""
        return next((one for one in self.stages if one.code == code), None)


WON = Stage("closedWon", "Closed won", "won", 100)
LOST = Stage("closedLost", "Closed lost", "lost", 0)
SHIPPED: Sequence[Cycle] = (
    Cycle(
        "newCustomer", "New customer",
        (
            Stage("qualify", "Qualify", "open", 10), Stage("develop", "Develop", "open", 30),
            Stage("propose", "Propose", "open", 50), Stage("negotiate", "Negotiate", "open", 75),
            WON, LOST,
        ),
    ),
    Cycle(
        "renewal", "Renewal",
        (
            Stage("review", "Review", "open", 60), Stage("propose", "Propose", "open", 75),
            Stage("negotiate", "Negotiate", "open", 90), WON, LOST,
        ),
    ),
    Cycle(
        "upSell", "Up-sell",
        (
            Stage("qualify", "Qualify", "open", 25), Stage("propose", "Propose", "open", 60),
            Stage("negotiate", "Negotiate", "open", 80), WON, LOST,
        ),
    ),
)  # fmt: skip
"""The cycles that an installation begins with."""


@dataclass(frozen=True)
class Cycles:
    """All cycles by their code, those of the program first."""

    by_code: Mapping[str, Cycle]


@rule(SalesCycle)
def cycle_can_be_gone_through(
    work: Work, old: SalesCycle | None, new: SalesCycle
) -> Iterator[Fault]:
    """Refuse a code that is taken, stages without a beginning and both ends, and odd chances."""
    if old is None:
        yield from code_faults(work, new, new.code)
    if not new.stage or new.stage[0].kind != "open":
        yield Fault("stage", "firstStage", "begin with a stage that is open")
    for kind in ("won", "lost"):
        if not any(one.kind == kind for one in new.stage):
            yield Fault("stage", "stageMissing", f"name a stage in which a sale is {kind}")
    codes = [one.code for one in new.stage]
    for index, one in enumerate(new.stage):
        if one.code in codes[:index]:
            message = f"{one.code} is a stage already; name it apart"
            yield Fault(f"stage[{index}].code", "conflictCode", message)
        if one.probability > 100:
            yield Fault(f"stage[{index}].probability", "badValue", "is from 0 to 100 percent")


def cycles_of(work: Work) -> Mapping[str, Cycle]:
    """Return the cycles in force by their code, read once per generation."""
    return configured(work, Cycles, _read).by_code


def _read(connection: Any) -> Cycles:
    found = {one.code: one for one in SHIPPED}
    for cycle in all_of(connection, SalesCycle):
        stages = tuple(Stage(one.code, one.name, one.kind, one.probability) for one in cycle.stage)
        found[cycle.code] = Cycle(cycle.code, cycle.name, stages)
    return Cycles(found)
