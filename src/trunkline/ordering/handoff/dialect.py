"""Dialects: how commands are said in each of TM Forum's interfaces, and what answers mean. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias
from urllib.parse import quote

from trunkline.documents.decode import decode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.ordering.command import Answer, Command
from trunkline.ordering.handoff.words import TMF_WORDS, Words

Interface: TypeAlias = Literal["TMF622", "TMF640", "TMF641", "TMF652"]
Asked: TypeAlias = dict[str, Json]
"""A request: `method`, `path` below the system's address, and `body`."""

KEPT = ("id", "state", "errorMessage", "orderDate", "expectedCompletionDate", "completionDate",
        "orderTotalPrice")  # fmt: skip
MONITORED = {"Completed": "completed", "InError": "failed", "InProgress": "inProgress"}
OF_MONITORS = ("response", "request", "sourceHref")
"""What monitors say and services do not."""
TAKEN = 202
"""The status of a reply that something was taken and is done later."""


class Dialect(Protocol):
    """One interface: requests made of commands, and answers read. ValueError: unreadable."""

    @property
    def event(self) -> str:
        """What an order of theirs is called in events."""

    def order(self, command: Command) -> Asked:
        """Return the request that hands a command over."""

    def search(self, key: str) -> Asked:
        """Return the request that asks for what was handed over under a key."""

    def withdrawal(self, their_id: str, reason: str) -> Asked | None:
        """Return the request that takes an order of theirs back, None where there is none."""

    def reply(self, status: int, body: Json, words: Words) -> Answer:
        """Return what the reply to a command says of it."""

    def read(self, body: Json, words: Words) -> Answer:
        """Return what an order of theirs says of its command."""

    def is_about(self, body: Json, key: str) -> bool:
        """Tell whether an order of theirs is about a key."""


@dataclass(frozen=True)
class OrderDialect:
    """An interface of orders with items: TMF622, TMF641 and TMF652.

    `event` names an order, `items` its items, `part` what an item is about, `values` its values.
    """

    event: str
    items: str
    part: str
    values: str
    item_of: Callable[[Command], dict[str, Json]]

    def order(self, command: Command) -> Asked:
        """Return an order of one item."""
        kind = self.event[0].upper() + self.event[1:]
        item = {"id": command.order or "1", "action": command.action, **self.item_of(command)}
        body: dict[str, Json] = {"externalId": command.key, "@type": kind, self.items: [item]}
        return {"method": "POST", "path": f"/{self.event}", "body": body}

    def search(self, key: str) -> Asked:
        """Return the request for the orders with a key as their external id."""
        return {"method": "GET", "path": f"/{self.event}?externalId={quote(key)}", "body": None}

    def withdrawal(self, their_id: str, reason: str) -> Asked | None:
        """Return a cancellation."""
        kind = self.event[0].upper() + self.event[1:]
        body = {"cancellationReason": reason, self.event: {"id": their_id, "@referredType": kind}}
        return {"method": "POST", "path": f"/cancel{kind}", "body": body}

    def reply(self, status: int, body: Json, words: Words) -> Answer:
        """Return what an order says that a command is replied to with."""
        return self.read(body, words)

    def read(self, body: Json, words: Words) -> Answer:
        """Return what an order says of its command, by its state and that of its item."""
        if not isinstance(body, dict):
            raise ValueError("the answer is no order")
        listed = body.get(self.items)
        first = listed[0] if isinstance(listed, list) and listed else {}
        item: dict[str, Any] = first if isinstance(first, dict) else {}
        kind = words.meaning(body.get("state"), item.get("state"))
        ident = body["id"] if isinstance(body.get("id"), str) else None
        kept = {name: body[name] for name in KEPT if body.get(name) is not None} | _kept(
            item, self.part
        )
        if kind == "done":
            return Answer("done", ident, self._values(body), body=kept)
        if kind == "pending":
            return Answer("pending", ident, body=kept)
        code, message = _error(body) if body.get("errorMessage") else _error(item)
        code = code or str(item.get("state") if body.get("state") is None else body["state"])
        return Answer("failed", ident, code=code, message=message, body=kept)

    def is_about(self, body: Json, key: str) -> bool:
        """Tell whether an order has a key as its external id."""
        return isinstance(body, dict) and str(body.get("externalId", "")).lower() == key.lower()

    def _values(self, order: dict[str, Any]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for item in order.get(self.items) or ():
            part = item.get(self.part) if isinstance(item, dict) else None
            listed = part.get(self.values) if isinstance(part, dict) else None
            for one in listed or ():
                if isinstance(one, dict) and isinstance(one.get("name"), str):
                    found[one["name"]] = one.get("value")
        return found


class ActivationDialect:
    """TMF640: services made, changed and ended at once, or followed by a monitor."""

    event = "monitor"

    def order(self, command: Command) -> Asked:
        """Return the request that makes, changes or ends a service."""
        body = service_part(command)
        if command.action == "add":
            return {"method": "POST", "path": "/service", "body": {"@type": "Service", **body}}
        path = f"/service/{quote(command.subject)}"
        if command.action == "delete":
            return {"method": "DELETE", "path": path, "body": None}
        body.pop("id")
        return {"method": "PATCH", "path": path, "body": body}

    def search(self, key: str) -> Asked:
        """Return the request for the monitors of a key."""
        return {"method": "GET", "path": f"/monitor?externalId={quote(key)}", "body": None}

    def withdrawal(self, their_id: str, reason: str) -> Asked | None:
        """Return none: an activation is not taken back before its end."""
        return None

    def reply(self, status: int, body: Json, words: Words) -> Answer:
        """Return what a service, a monitor, or nothing at all says of a command."""
        if isinstance(body, dict) and _is_monitor(body, words):
            return self.read(body, words)
        if status == TAKEN:
            return Answer("pending")
        if body is None:
            return Answer("done")
        if not isinstance(body, dict):
            raise ValueError("the answer is neither a service nor a monitor")
        return Answer("done", None, _named(body.get("serviceCharacteristic")))

    def read(self, body: Json, words: Words) -> Answer:
        """Return what a monitor says of a command, or a service in a state that is mapped."""
        if not isinstance(body, dict):
            raise ValueError("the answer is no monitor")
        state = str(body.get("state"))
        kind = words.meaning(state if state in words.order else MONITORED.get(state, state), None)
        response = body.get("response")
        said = _said(response.get("body")) if isinstance(response, dict) else body
        ident, kept = str(body.get("id") or "") or None, {"id": body.get("id"),
                                                        "state": body.get("state")}  # fmt: skip
        if kind == "failed":
            code, message = said.get("code"), said.get("message") or said.get("reason")
            return Answer("failed", ident, code=str(code or state),
                          message=str(message) if message else None, body=kept)  # fmt: skip
        return Answer(kind, ident, _named(said.get("serviceCharacteristic")), body=kept)

    def is_about(self, body: Json, key: str) -> bool:
        """Tell whether a monitor is about a key."""
        return isinstance(body, dict) and str(body.get("externalId", "")).lower() == key.lower()


def service_part(command: Command) -> dict[str, Json]:
    """Return the service that a command is about."""
    service: dict[str, Json] = {
        "id": command.subject,
        "name": command.name,
        "serviceSpecification": {"id": command.specification or command.name, "name": command.name},
        "serviceCharacteristic": _listed(command),
    }
    if command.state is not None:
        service["state"] = command.state
    return service | _place(command, is_list=True)


def resource_part(command: Command) -> dict[str, Json]:
    """Return the resource that a command is about."""
    return {
        "id": command.subject,
        "name": command.name,
        "resourceSpecification": {
            "id": command.specification or command.name, "name": command.name,
        },
        "resourceCharacteristic": _listed(command),
    } | _place(command, is_list=False)  # fmt: skip


def product_part(command: Command) -> dict[str, Json]:
    """Return the product that a command is about, by the id that it has there once it has one."""
    product: dict[str, Json] = {
        "name": command.name,
        "productSpecification": {"id": command.specification or command.name, "name": command.name},
        "productCharacteristic": _listed(command),
    }
    if command.their_record is not None:
        product["id"] = command.their_record
    if command.state in {"inactive", "active"} and command.action == "modify":
        product["status"] = "suspended" if command.state == "inactive" else "active"
    return product | _place(command, is_list=True)


def _product_item(command: Command) -> dict[str, Json]:
    item: dict[str, Json] = {"@type": "ProductOrderItem", "product": product_part(command)}
    if command.their_offering is not None:
        item["productOffering"] = {"id": command.their_offering, "name": command.name}
    return item


DIALECTS: Mapping[str, Dialect] = {
    "TMF622": OrderDialect(
        "productOrder", "productOrderItem", "product", "productCharacteristic", _product_item
    ),
    "TMF640": ActivationDialect(),
    "TMF641": OrderDialect(
        "serviceOrder", "serviceOrderItem", "service", "serviceCharacteristic",
        lambda one: {"@type": "ServiceOrderItem", "service": service_part(one)},
    ),
    "TMF652": OrderDialect(
        "resourceOrder", "orderItem", "resource", "resourceCharacteristic",
        lambda one: {"@type": "ResourceOrderItem", "resource": resource_part(one)},
    ),
}  # fmt: skip


def _listed(command: Command) -> list[dict[str, Json]]:
    values = command.characteristics.items()
    return [{"name": name, "value": value} for name, value in values if value is not None]


def _place(command: Command, *, is_list: bool) -> dict[str, Json]:
    if not isinstance(command.place, dict):
        return {}
    kept = ("id", "role", "@referredType")
    place = {name: command.place[name] for name in kept if name in command.place}
    return {"place": [place] if is_list else place}


def _kept(item: Mapping[str, Any], part: str) -> dict[str, Json]:
    """Return what is kept of an item: its state, its price, and the id of what it is about."""
    found: dict[str, Json] = {}
    if item.get("state") is not None:
        found["itemState"] = item["state"]
    price = item.get("itemTotalPrice") or item.get("itemPrice")
    if price:
        found["itemPrice"] = price
    about = item.get(part)
    if isinstance(about, dict) and isinstance(about.get("id"), str):
        found["record"] = about["id"]
    return found


def _error(said: Mapping[str, Any]) -> tuple[str | None, str | None]:
    listed = said.get("errorMessage")
    first = listed[0] if isinstance(listed, list) and listed else {}
    if not isinstance(first, dict):
        return None, None
    code, message = first.get("code"), first.get("message") or first.get("reason")
    return (str(code) if code else None), (str(message) if message else None)


def _named(listed: Json) -> dict[str, Json]:
    return {
        one["name"]: one.get("value")
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    }


def _is_monitor(body: Mapping[str, Any], words: Words) -> bool:
    """Tell a monitor from a service, by what it says or by a state that only monitors have."""
    state = str(body.get("state"))
    is_known = state in MONITORED or state in words.order or state in TMF_WORDS
    return is_known or body.get("@type") == "Monitor" or any(one in body for one in OF_MONITORS)


def _said(body: Json) -> dict[str, Any]:
    """Return the body that a monitor holds: an object, or its text."""
    if isinstance(body, dict):
        return body
    try:
        found = decode(str(body or "").encode())
    except Refusal:
        return {}
    return found if isinstance(found, dict) else {}
