"""What a mass change asks for: the same of many products, each by an order of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.shared.period import is_moment

ACTIONS: Mapping[str, str] = {
    "modify": "Change",
    "suspend": "Suspend",
    "resume": "Resume",
    "delete": "Disconnect",
}
BATCH_MAX = 100_000
PAUSE_MAX = 60 * 24 * 31
CATEGORY = "massChange"
TEXT_MAX = 500
SAID: Mapping[str, tuple[type, Sequence[str]]] = {
    "suspensionReason": (str, ("suspend",)),
    "disconnectionReason": (str, ("delete",)),
    "emergencyTold": (bool, ("suspend", "delete")),
}
"""What may be said of suspending or ending, of which type, and with which actions."""


@dataclass(frozen=True)
class Wanted:
    """What is to become of every product.

    `characteristic` maps names to the values that they get; with `offering` the product becomes
    one of that offering and keeps its identity. Orders begin at `start`, at once where it is None;
    with a `batch` only so many begin together, and the next ones `pause_minutes` later. The two
    reasons and `emergency_told` stand in the items of the orders.
    """

    action: str
    reason: str
    offering: str | None = None
    characteristic: Mapping[str, Json] = field(default_factory=dict)
    start: datetime | None = None
    batch: int | None = None
    pause_minutes: int = 0
    suspension_reason: str | None = None
    disconnection_reason: str | None = None
    emergency_told: bool | None = None

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> Wanted:
        """Return what was sent; refuses (400) with every wrong value named at once."""
        refuse(list(_faults(sent)))
        start = sent.get("requestedStartDate")
        return cls(
            action=sent["action"],
            reason=sent["reason"].strip(),
            offering=(sent.get("productOffering") or {}).get("id"),
            characteristic={
                one["name"]: one["value"] for one in sent.get("productCharacteristic") or ()
            },
            start=parse_instant(start) if start else None,
            batch=sent.get("batchSize"),
            pause_minutes=sent.get("pauseMinutes") or 0,
            suspension_reason=sent.get("suspensionReason"),
            disconnection_reason=sent.get("disconnectionReason"),
            emergency_told=sent.get("emergencyTold"),
        )

    @property
    def told(self) -> dict[str, Json]:
        """What was sent, as a job keeps it."""
        body: dict[str, Json] = {"action": self.action, "reason": self.reason}
        if self.offering is not None:
            body["productOffering"] = {"id": self.offering}
        if self.characteristic:
            body["productCharacteristic"] = [
                {"name": name, "value": value} for name, value in self.characteristic.items()
            ]
        if self.start is not None:
            body["requestedStartDate"] = format_instant(self.start)
        if self.batch is not None:
            body |= {"batchSize": self.batch, "pauseMinutes": self.pause_minutes}
        return body | self.said

    @property
    def said(self) -> dict[str, Json]:
        """What each item says of suspending or ending its product."""
        said: dict[str, Json] = {
            "suspensionReason": self.suspension_reason,
            "disconnectionReason": self.disconnection_reason,
            "emergencyTold": self.emergency_told,
        }
        return {name: value for name, value in said.items() if value is not None}

    def start_of(self, number: int, now: datetime) -> datetime | None:
        """Return when the order of the product with this number (from 1) begins; None: at once."""
        if self.batch is None or number <= self.batch:
            return self.start
        pauses = (number - 1) // self.batch
        return (self.start or now) + timedelta(minutes=self.pause_minutes) * pauses


def order_of(
    product: Mapping[str, Json], wanted: Wanted, start: datetime | None
) -> dict[str, Json]:
    """Return the product order that does what is wanted of one product."""
    about: dict[str, Json] = {"id": product["id"]}
    item: dict[str, Json] = {"id": "1", "action": wanted.action, "product": about}
    item |= wanted.said
    if wanted.characteristic:
        about["productCharacteristic"] = [
            {"name": name, "value": value} for name, value in wanted.characteristic.items()
        ]
    if wanted.offering is not None:
        item["productOffering"] = {"id": wanted.offering}
    order: dict[str, Json] = {
        "category": CATEGORY,
        "description": wanted.reason,
        "productOrderItem": [item],
        "relatedParty": [
            {"id": one["id"], "role": "customer", "@referredType": "Customer"}
            for one in product.get("relatedParty") or ()
            if one.get("role") == "customer"
        ],
    }
    if product.get("billingAccount"):
        order["billingAccount"] = {"id": product["billingAccount"]["id"]}
    if start is not None:
        order["requestedStartDate"] = format_instant(start)
    return order


def _faults(sent: Mapping[str, Any]) -> Iterator[Fault]:
    said = sent.get("action")
    action = said if isinstance(said, str) else ""
    if action not in ACTIONS:
        yield Fault("action", "badValue", f"choose one of {', '.join(ACTIONS)}")
    reason = sent.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        yield Fault("reason", "required", "say why; it stands in each order")
    elif len(reason) > TEXT_MAX:
        yield Fault("reason", "tooLong", f"has room for {TEXT_MAX} characters")
    offering, values = sent.get("productOffering"), sent.get("productCharacteristic")
    if offering is not None and not _is_reference(offering):
        yield Fault("productOffering.id", "badType", "name the offering by its id or key")
    if values is not None and not (isinstance(values, list) and all(map(_is_named, values))):
        yield Fault("productCharacteristic", "badType", "send a list of names with values")
    elif action == "modify" and not (offering or values):
        yield Fault("action", "nothingAsked", "name a characteristic or an offering to change to")
    elif action in ACTIONS and action != "modify" and (offering or values):
        yield Fault("action", "badValue", f"{action} changes no characteristic and no offering")
    yield from _said_faults(sent, action)
    yield from _time_faults(sent)


def _said_faults(sent: Mapping[str, Any], action: str) -> Iterator[Fault]:
    for name, (kind, actions) in SAID.items():
        value = sent.get(name)
        if value is not None and type(value) is not kind:
            message = "must be a text" if kind is str else "must be true or false"
            yield Fault(name, "badType", message)
        elif value is not None and action in ACTIONS and action not in actions:
            yield Fault(name, "badValue", f"goes with {' or '.join(actions)} only")


def _time_faults(sent: Mapping[str, Any]) -> Iterator[Fault]:
    start = sent.get("requestedStartDate")
    if start is not None and not is_moment(start):
        yield Fault("requestedStartDate", "badDateTime", "must be a moment with its time zone")
    for name, most in (("batchSize", BATCH_MAX), ("pauseMinutes", PAUSE_MAX)):
        value = sent.get(name)
        if value is not None and (type(value) is not int or not 1 <= value <= most):
            yield Fault(name, "outOfRange", f"must be a whole number from 1 to {most}")
    if (sent.get("batchSize") is None) != (sent.get("pauseMinutes") is None):
        yield Fault("batchSize", "required", "a size of batches and a pause go together")


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str) and bool(value["id"])


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and "value" in value
