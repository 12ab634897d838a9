"""Outside systems: where plans call to, how often they may, and when nobody is there to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.configured import all_of, configured, configures
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.command import AnswerKind
from trunkline.ordering.design.definition import CODE, NAME, TEXT
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.handoff.dialect import Interface
from trunkline.ordering.handoff.words import MEANINGS, Words

NETWORK = "network"
"""The code of the system that services are activated in; it is there without being set up."""
GIVEN = {NETWORK}
"""The codes of systems whose address the program is given; a record says pace and hours alone."""

SECRET = Limits(length_max=63, pattern=r"^[a-z][a-z0-9-]*$")


class Maintenance(Shape):
    """A time in which a system takes no calls; steps wait for its end."""

    start_date_time: datetime
    end_date_time: datetime
    reason: Annotated[str | None, TEXT] = None


class Credentials(Shape):
    """How calls say who they are. The secret itself is no part of it: only its name."""

    kind: Literal["bearer", "basic", "header"]
    secret: Annotated[str, SECRET]
    user: Annotated[str | None, NAME] = None
    header: Annotated[str | None, Limits(length_max=60, pattern=r"^[A-Za-z][A-Za-z0-9-]*$")] = None


class StateWord(Shape):
    """What a state of an order of theirs, or of an item of it, means to us."""

    level: Literal["order", "item"]
    theirs: Annotated[str, NAME]
    ours: Literal["fulfilled", "pending", "error"]


class OfferedThere(Shape):
    """Which offering of theirs stands for a specification of ours (its name or id)."""

    specification: Annotated[str, NAME]
    offering: Annotated[str, NAME]


@configures
@resource(
    api=ORDERING,
    path="outsideSystem",
    prefix="OSY",
    immutable=("code",),
    promote=(Promoted("code"),),
    label=("name",),
    columns=("key", "name", "code", "kind", "speaks", "callsPerMinute"),
)
class OutsideSystem(Document):
    """A system that the items of plans call.

    `calls_per_minute` is how often at most, over all processes. Those with the codes of systems
    whose address the program is given say that of these: `network`, where services are activated,
    `coverage-system`, `address-register`, `company-register`, `credit-check`, `payment-provider`
    and `billing-feed`.

    Where it `speaks` an interface, steps whose specification names it in its fulfilment are handed
    over to it: orders (TMF641, TMF652; TMF622 to a partner), or services (TMF640). The address is
    then that of the interface, without a slash at the end. What its orders' states mean is TM
    Forum's, unless `state_mapping` says otherwise. With a `callback_secret` it is told where to
    call back, and its events must be signed with that secret.
    """

    code: Annotated[str, CODE]
    name: Annotated[str, NAME]
    url: Annotated[str | None, Limits(length_max=500)] = None
    credentials: Credentials | None = None
    calls_per_minute: Annotated[int | None, Limits(minimum=1)] = None
    maintenance: list[Maintenance] = many()
    kind: Literal["application", "partner"] | None = None
    speaks: Interface | None = None
    state_mapping: list[StateWord] = many()
    offering: list[OfferedThere] = many()
    callback_secret: Annotated[str | None, SECRET] = None
    description: Annotated[str | None, TEXT] = None


@dataclass(frozen=True)
class System:
    """One outside system as calls need it."""

    id: str
    code: str
    url: str
    kind: str | None
    secret: str | None
    user: str | None
    header: str | None
    calls_per_minute: int | None
    closed: tuple[tuple[datetime, datetime], ...]
    speaks: str | None = None
    words: Words = Words()
    offerings: Mapping[str, str] = field(default_factory=dict)
    callback_secret: str | None = None

    def closed_until(self, at: datetime) -> datetime | None:
        """Return when it takes calls again, None where it takes them at this moment."""
        until = at
        for start, end in sorted(self.closed):
            if start <= until < end:
                until = end
        return until if until > at else None


@dataclass(frozen=True)
class Systems:
    """All outside systems by their code."""

    by_code: Mapping[str, System] = field(default_factory=dict)


def systems_of(work: Work) -> Mapping[str, System]:
    """Return the outside systems that are set up, by their code."""
    return configured(work, Systems, read_systems).by_code


def read_systems(connection: Any) -> Systems:
    """Return them as the database has them."""
    found = [_system(one) for one in all_of(connection, OutsideSystem)]
    return Systems({one.code: one for one in found})


def _system(system: OutsideSystem) -> System:
    held = system.credentials
    return System(
        id=system.id,
        code=system.code,
        url=(system.url or "").rstrip("/"),
        kind=held.kind if held is not None else None,
        secret=held.secret if held is not None else None,
        user=held.user if held is not None else None,
        header=held.header if held is not None else None,
        calls_per_minute=system.calls_per_minute,
        closed=tuple((one.start_date_time, one.end_date_time) for one in system.maintenance),
        speaks=system.speaks,
        words=Words(_meanings(system, "order"), _meanings(system, "item")),
        offerings={one.specification: one.offering for one in system.offering},
        callback_secret=system.callback_secret,
    )


def _meanings(system: OutsideSystem, level: str) -> dict[str, AnswerKind]:
    return {one.theirs: MEANINGS[one.ours] for one in system.state_mapping if one.level == level}
