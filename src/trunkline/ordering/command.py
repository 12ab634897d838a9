"""Commands: what a step asks the network to do, the port it goes through, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.ordering.plan_item import PlanItem, StepAction

AnswerKind: TypeAlias = Literal["done", "pending", "failed"]
EXTRA = "ordering.activator"

# What TMF641 calls an action, and the state that the service shall be in afterwards.
PUBLISHED: Mapping[StepAction, tuple[str, str | None]] = {
    "add": ("add", "active"),
    "modify": ("modify", None),
    "delete": ("delete", "terminated"),
    "suspend": ("modify", "inactive"),
    "resume": ("modify", "active"),
}


@dataclass(frozen=True)
class Call:
    """A request to an outside system (`system`, `method`, `path`, `body`) and how it is meant.

    `callout` holds, as JSON, how the answer is understood, by the rules of a plan definition's
    item; `context` is what these speak of beside the answer.
    """

    request: Mapping[str, Json]
    callout: Mapping[str, Json]
    context: Mapping[str, Json]

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no harm."""
        is_safe = self.request["method"] in {"GET", "PUT", "DELETE"}
        return bool(self.callout.get("isRepeatable", is_safe))


@dataclass(frozen=True)
class Command:
    """One change to one service (or resource), safe to be sent twice under its key.

    `call` is what is asked of an outside system instead, where a plan definition says so.
    `action` and `state` are TMF641's: suspending is a modification to `inactive`. `order` is the
    service or resource order that it hands over; `their_record` and `their_offering` are the ids
    by which the outside system knows what it is about.
    """

    key: str
    action: str
    state: str | None
    subject: str
    name: str
    specification: str | None = None
    characteristics: Mapping[str, Json] = field(default_factory=dict)
    place: Json = None
    call: Call | None = None
    order: str | None = None
    their_record: str | None = None
    their_offering: str | None = None

    def as_json(self) -> dict[str, Json]:
        """Return what is kept of the command beside the step."""
        if self.call is not None:
            return {"key": self.key, **self.call.request}
        kept: dict[str, Json] = {
            "key": self.key,
            "action": self.action,
            "service": self.subject,
            "specification": {"id": self.specification, "name": self.name},
            "characteristic": dict(self.characteristics),
        }
        told = (("state", self.state), ("order", self.order), ("theirRecord", self.their_record),
                ("theirOffering", self.their_offering))  # fmt: skip
        return kept | {name: value for name, value in told if value is not None}


@dataclass(frozen=True)
class Answer:
    """What the network says of a command: done, still at it, or refused for good.

    `body` is what came over the line, for people; `characteristics` are the values that the
    network gave the service.
    """

    kind: AnswerKind
    external_id: str | None = None
    characteristics: Mapping[str, Json] = field(default_factory=dict)
    code: str | None = None
    message: str | None = None
    body: Json = None

    def as_json(self) -> dict[str, Json]:
        """Return what is kept of the answer beside the step."""
        kept: dict[str, Json] = {
            "kind": self.kind,
            "externalId": self.external_id,
            "characteristic": dict(self.characteristics),
            "code": self.code,
            "message": self.message,
            "body": self.body,
        }
        return {name: value for name, value in kept.items() if value not in (None, {})}


class NotAnswered(Exception):
    """No answer by which a step could go on; `answer` is what came back instead, if anything."""

    def __init__(self, code: str, message: str, *, answer: Json = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.answer = answer


class Unavailable(NotAnswered):
    """The command did not get through: nothing has happened, and it may be tried again."""


class OutcomeUnknown(NotAnswered):
    """The command may have got through: it must be asked for before anything else."""


class Activator(Protocol):
    """Hands commands to what activates services. Raises Unavailable and OutcomeUnknown."""

    def submit(self, command: Command) -> Answer:
        """Send a command; under the same key it never takes effect twice."""

    def query(self, key: str) -> Answer | None:
        """Return what became of a command, None where it never arrived."""


class _NoActivator:
    """Stands in where no network is configured: every command waits for one."""

    def submit(self, command: Command) -> Answer:
        raise Unavailable("noNetwork", "no network is configured; set TRUNKLINE_NETWORK_URL")

    def query(self, key: str) -> Answer | None:
        raise Unavailable("noNetwork", "no network is configured; set TRUNKLINE_NETWORK_URL")


def use_activator(services: Services, activator: Activator) -> None:
    """Let the commands of this process go through an activator."""
    services.extra[EXTRA] = activator


def activator_of(services: Services) -> Activator:
    """Return the activator of this process."""
    found: Activator | None = services.extra.get(EXTRA)
    return found if found is not None else _NoActivator()


def command_for(item: PlanItem) -> Command:
    """Return the command that a step sends: what it does, or exactly the opposite to undo it.

    Add and delete undo each other, suspend and resume too; a modification is undone by setting
    the former values again.
    """
    effect = item.effect
    assert item.command_key is not None
    if effect is None:
        return _call(item, item.command_key)
    action, state = PUBLISHED[effect]
    values = {} if effect in {"delete", "suspend", "resume"} else item.values
    return Command(
        key=item.command_key,
        action=action,
        state=state,
        subject=item.record or (item.design or {}).get("subject") or item.id,
        name=item.name,
        specification=item.specification,
        characteristics=values,
        place=item.target_place,
        order=item.service_order or item.resource_order,
    )


def _call(item: PlanItem, key: str) -> Command:
    """Return the call of an outside system, as it was put together when its turn came."""
    design = item.design
    kept = ("system", "method", "path", "body")
    request = {name: item.request.get(name) for name in kept}
    values = {**(design.get("given") or {}), **item.values}
    facts: Mapping[str, Json] = design.get("facts") or {}
    context = {**facts, "item": values, "place": item.place or {}}
    callout = design["item"]["callout"]
    if item.direction == "undo":  # the rules are those of the other request's answer
        callout = {
            name: callout[name] for name in ("isRepeatable", "timeoutSeconds") if name in callout
        }
    call = Call(request, callout, context)
    return Command(key, "call", None, design.get("subject") or item.id, item.name, call=call)
