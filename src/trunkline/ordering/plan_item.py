"""Plan items: the steps of an order as they stand in the database, and a plan of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, TypeAlias

from trunkline.documents.shape import Json

Layer: TypeAlias = Literal["order", "product", "service", "resource"]
ItemKind: TypeAlias = Literal[
    "automatic", "callout", "manual", "milestone", "timer", "wait", "event", "fieldWork"
]
StepState: TypeAlias = Literal[
    "pending",
    "ready",
    "running",
    "waiting",
    "unknown",
    "completed",
    "failed",
    "fallout",
    "skipped",
    "canceled",
]
Direction: TypeAlias = Literal["do", "undo"]
StepAction: TypeAlias = Literal["add", "modify", "delete", "suspend", "resume"]

ENDED: frozenset[str] = frozenset({"completed", "skipped", "canceled"})
"""States that a step does not leave."""

UNDER_WAY: frozenset[str] = frozenset({"running", "waiting", "unknown"})
"""States in which the network may have taken a command that we have no last word on."""

INVERSE: Mapping[StepAction, StepAction] = {
    "add": "delete",
    "delete": "add",
    "modify": "modify",
    "suspend": "resume",
    "resume": "suspend",
}

# While an order is in one of these states, answers are kept but nothing new starts.
PAUSED = frozenset(
    {"onHold", "held", "awaitingInformation", "revisionInProgress", "assessingCancellation"}
)

CANCELING = frozenset({"cancellationInProgress", "pendingCancellation"})
"""The states of orders that are being called off."""


@dataclass(kw_only=True)
class PlanItem:
    """One step: what it does to which record, what it waits for, and how far it has come.

    Nobody changes one; `altered` makes its new form. (Not frozen: that would make it cost thrice.)

    `characteristic` maps names to values. `wants` names the characteristics that the record's
    specification has and that nobody gave a value yet. `attempts` holds what went wrong before
    (JSON objects, oldest first). `former` holds what the record was before, by JSON name: the
    `state` of what is ended or paused; of what is modified the `characteristic` (a map) and, where
    they change, `place`, `productOffering` and `productPrice`. `reason` says why a step stands
    still or was left out. `awaits` holds what a step of the kind `wait` waits for, `awaited_by`
    the orders that wait for a step, `links` what it links and unlinks (see `links.py`). `claim`
    says who has a manual task (`id`, `name`, `at`), `hold` since when, by whom and why a step is on
    hold (`since`, `by`, `reason`). `planned_at` and `planned_end_at` are what was planned at first,
    `paused_s` is how long its clock has stood still since. `needs` are the ids of the steps to be
    done before, `needed_by` those of the steps that need this one. `handoff` holds what was
    exchanged about the step with an outside system (`trace`, see `handoff/trace.py`), `sla` the
    step's service level as its item says it, with the level that was `told` (see `step_sla.py`).
    """

    id: str
    root: str
    position: int
    node_key: str
    layer: Layer
    kind: ItemKind
    name: str
    state: StepState = "pending"
    item_id: str | None = None
    title: str | None = None
    action: StepAction | None = None
    direction: Direction = "do"
    undoes: str | None = None
    product: str | None = None
    service: str | None = None
    resource: str | None = None
    service_order: str | None = None
    resource_order: str | None = None
    specification: str | None = None
    characteristic: Json = None
    former: Json = None
    place: Json = None
    wants: Json = None
    point_of_no_return: bool = False
    role: str | None = None
    duration_minutes: int | None = None
    delay_s: int | None = None
    command_key: str | None = None
    attempt: int = 0
    request: Json = None
    answer: Json = None
    attempts: Json = None
    error_kind: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    fallout: str | None = None
    planned_at: datetime | None = None
    planned_end_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    owner: str | None = None
    partner: str | None = None
    reason: str | None = None
    awaits: Json = None
    awaited_by: Json = None
    links: Json = None
    claim: Json = None
    hold: Json = None
    paused_s: int | None = None
    needs: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    part_of: str | None = None
    origin: Json = None
    design: Json = None
    correlation: str | None = None
    system: str | None = None
    handoff: Json = None
    sla: Json = None

    @property
    def called(self) -> str:
        """What people call it: an item of a plan definition its title, all else what it makes."""
        if self.part_of is None:
            return self.name
        said = self.design.get("item") if isinstance(self.design, dict) else None
        return str((said or {}).get("title") or self.title or self.name)

    @property
    def record(self) -> str | None:
        """The id of the product, service or resource that the step is about."""
        return self.product or self.service or self.resource

    @property
    def effect(self) -> StepAction | None:
        """What the step does to its record: its action, or the opposite of it when it undoes."""
        if self.action is None or self.direction == "do":
            return self.action
        return INVERSE[self.action]

    @property
    def values(self) -> Mapping[str, Json]:
        """The values that the step sets; undoing a modification sets the former ones."""
        is_back = self.direction == "undo" and self.action == "modify"
        found = (self.former or {}).get("characteristic") if is_back else self.characteristic
        return found if isinstance(found, dict) else {}

    @property
    def target_place(self) -> Json:
        """Where the record will be; undoing a move leads back to where it was."""
        former = self.former if self.direction == "undo" and isinstance(self.former, dict) else {}
        held = former.get("place", self.place)
        return next(iter(held), None) if isinstance(held, list) else held

    @property
    def may_have_happened(self) -> bool:
        """Whether the network may have done it, or be doing it, without our knowing."""
        return self.state in UNDER_WAY or (self.error_kind == "unknown" and self.state not in ENDED)


FIELDS = frozenset(one.name for one in fields(PlanItem))
_new: Callable[[type[PlanItem]], PlanItem] = object.__new__


def altered(item: PlanItem, **values: Any) -> PlanItem:
    """Return a step with other values: what `replace` does, at a tenth of what that costs."""
    if not values.keys() <= FIELDS:
        raise TypeError(f"a step has no {', '.join(sorted(values.keys() - FIELDS))}")
    made = _new(PlanItem)
    made.__dict__.update(item.__dict__, **values)
    return made


# What a step is about. Whatever else a step says has happened to it alone, or is its own.
TASK = (
    "root", "layer", "kind", "name", "item_id", "action", "product", "service", "resource",
    "service_order", "resource_order", "specification", "characteristic", "former", "place",
    "wants", "role", "duration_minutes", "delay_s", "owner", "partner", "links", "part_of",
    "origin", "design", "system",
)  # fmt: skip


def fresh(item: PlanItem, *, ident: str, position: int, node_key: str) -> PlanItem:
    """Return a new step about the same as another one, to which nothing has happened yet."""
    task = {name: getattr(item, name) for name in TASK}
    if item.sla is not None:
        task["sla"] = {name: one for name, one in item.sla.items() if name != "told"}
    return PlanItem(id=ident, position=position, node_key=node_key, **task)


RootKind: TypeAlias = Literal["ProductOrder", "ServiceOrder", "ResourceOrder"]


@dataclass
class Plan:
    """The steps of one order as read under its lock, and which of them have changed since.

    `state` is the order's internal state. A plan that is not whole holds what one step can affect;
    the others have positions up to `last_position`, too. One that `is_watched` is new and has
    dates that somebody has to keep an eye on; `promised` says which. `stopped_at` is since when its
    clock stands still.
    """

    root: str
    kind: RootKind
    state: str
    items: dict[str, PlanItem] = field(default_factory=dict)
    is_whole: bool = True
    last_position: int = -1
    is_watched: bool = False
    promised: str | None = None
    stopped_at: datetime | None = None
    changed: dict[str, PlanItem] = field(default_factory=dict)
    added: dict[str, PlanItem] = field(default_factory=dict)

    def __iter__(self) -> Iterator[PlanItem]:
        return iter(self.items.values())

    def put(self, item: PlanItem) -> PlanItem:
        """Keep the new form of an item; `changed` remembers the form that it was read in."""
        before = self.items[item.id]
        if item != before:
            if item.id not in self.added:
                self.changed.setdefault(item.id, before)
            self.items[item.id] = item
        return item

    def extend(self, items: Iterable[PlanItem]) -> None:
        """Take in new items, and let those that they need know them."""
        users: dict[str, list[str]] = {}
        for item in items:
            self.items[item.id] = self.added[item.id] = item
            for need in item.needs:
                users.setdefault(need, []).append(item.id)
        for ident, new in users.items():
            needed = self.items[ident]
            if ident in self.added:  # nobody has seen it yet
                needed.needed_by += tuple(new)
            else:
                self.put(altered(needed, needed_by=(*needed.needed_by, *new)))

    def moved(self, *states: StepState) -> list[PlanItem]:
        """Return the items that came into one of these states since they were read."""
        found = [
            self.items[ident]
            for ident, before in self.changed.items()
            if before.state != self.items[ident].state
        ]
        found += [self.items[ident] for ident in self.added]
        return sorted((one for one in found if one.state in states), key=lambda one: one.position)

    @property
    def may_start(self) -> bool:
        """Whether steps may be started now."""
        return self.state not in PAUSED

    @property
    def wait(self) -> PlanItem | None:
        """The step by which an order waits to be broken down, None where it does not wait."""
        return next((one for one in self if one.kind == "wait" and one.state == "waiting"), None)

    @property
    def is_canceling(self) -> bool:
        """Whether the order is being called off."""
        return self.state in CANCELING

    @property
    def next_position(self) -> int:
        """The position after the last item."""
        return max(self.last_position, *(one.position for one in self), -1) + 1
