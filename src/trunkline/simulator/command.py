"""Commands: what a TMF641 order or a TMF640 call asks the network to do, checked and typed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec

from .document import Document, encode, part, parts, text
from .refusal import Fault, invalid


class Action(StrEnum):
    """What an order item does to its service (TMF641 v4 OrderItemActionType)."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"
    NO_CHANGE = "noChange"


class ServiceState(StrEnum):
    """State of a service (TMF641 and TMF640 v4 ServiceStateType)."""

    FEASIBILITY_CHECKED = "feasibilityChecked"
    DESIGNED = "designed"
    RESERVED = "reserved"
    INACTIVE = "inactive"
    ACTIVE = "active"
    TERMINATED = "terminated"


class Api(StrEnum):
    """The TMF API by which a command came."""

    ORDERING = "serviceOrdering"
    ACTIVATION = "serviceActivation"
    PARTNER = "productOrdering"
    RESOURCES = "resourceOrdering"
    BILLING = "billingFeed"
    PAYMENT = "payment"
    FIELD = "workOrder"


class Item(msgspec.Struct, frozen=True):
    """One change to one service."""

    id: str
    action: Action
    service: Document

    @property
    def specification_names(self) -> tuple[str, ...]:
        """List the id and the name of the service's specification, as far as given."""
        specification = part(self.service, "serviceSpecification")
        given = (text(specification, "id"), text(specification, "name"))
        return tuple(name for name in given if name)

    @property
    def characteristics(self) -> dict[str, Any]:
        """Map the names of the service's characteristics to their values."""
        return {
            str(entry.get("name")): entry.get("value")
            for entry in parts(self.service, "serviceCharacteristic")
        }


class Command(msgspec.Struct, frozen=True):
    """A keyed request: the same key takes effect at most once."""

    key: str
    api: Api
    items: tuple[Item, ...]
    body: Document
    fingerprint: str


def order_command(body: object, *, key: str) -> Command:
    """Check a TMF641 service order and make it a command. Refuses with every fault found."""
    document = _document(body)
    faults = list(_order_faults(document))
    if faults:
        raise invalid(faults)
    bodies = tuple(walk_items(document))
    items = tuple(Item(str(b["id"]), Action(b["action"]), part(b, "service")) for b in bodies)
    return Command(key, Api.ORDERING, items, document, fingerprint(items))


def service_command(body: object, *, key: str, action: Action, service_id: str | None) -> Command:
    """Check a TMF640 create, change or removal of a service and make it a command."""
    document = _document(body)
    faults = list(_service_faults(document, required=action is Action.ADD))
    if faults:
        raise invalid(faults)
    service = document if service_id is None else {**document, "id": service_id}
    items = (Item("1", action, service),)
    return Command(key, Api.ACTIVATION, items, document, fingerprint(items))


def walk_items(document: Document) -> Iterator[Document]:
    """List the items of an order, nested ones after the item they stand in."""
    for item in parts(document, "serviceOrderItem"):
        yield item
        yield from walk_items(item)


def _document(body: object) -> Document:
    if not isinstance(body, dict):
        raise invalid([Fault("$", "bodyNotObject", "send a JSON object")])
    return body


def _order_faults(document: Document) -> Iterator[Fault]:
    given = document.get("serviceOrderItem")
    if not isinstance(given, list) or not given:
        yield Fault("serviceOrderItem", "itemsMissing", "send at least one service order item")
        return
    yield from _list_faults(document, "")
    external_id = document.get("externalId")
    if external_id is not None and not isinstance(external_id, str):
        yield Fault("externalId", "notText", "send text")
    ids = [item.get("id") for item in walk_items(document)]
    for repeated in sorted({str(one) for one in ids if one and ids.count(one) > 1}):
        yield Fault("serviceOrderItem", "itemIdNotUnique", f"item id {repeated} stands twice")


def _list_faults(holder: Document, prefix: str) -> Iterator[Fault]:
    given = holder.get("serviceOrderItem", [])
    if not isinstance(given, list):
        yield Fault(f"{prefix}serviceOrderItem", "notList", "send a list")
        return
    for position, item in enumerate(given):
        path = f"{prefix}serviceOrderItem[{position}]"
        if isinstance(item, dict):
            yield from _item_faults(item, path)
            yield from _list_faults(item, f"{path}.")
        else:
            yield Fault(path, "notObject", "send an object")


def _item_faults(item: Document, path: str) -> Iterator[Fault]:
    if text(item, "id") is None:
        yield Fault(f"{path}.id", "itemIdMissing", "give each item an id, as text")
    action = item.get("action")
    if action not in list(Action):
        yield Fault(f"{path}.action", "actionUnknown", f"send one of {', '.join(Action)}")
    service = item.get("service")
    if not isinstance(service, dict):
        yield Fault(f"{path}.service", "serviceMissing", "send the service of the item")
        return
    prefix = f"{path}.service."
    yield from _content_faults(service, prefix)
    if action == Action.ADD and not part(service, "serviceSpecification"):
        yield _specification_missing(prefix)
    if action in (Action.MODIFY, Action.DELETE) and text(service, "id") is None:
        yield Fault(f"{prefix}id", "serviceIdMissing", f"say which service to {action}")


def _service_faults(service: Document, *, required: bool) -> Iterator[Fault]:
    yield from _content_faults(service, "")
    if required and not part(service, "serviceSpecification"):
        yield _specification_missing("")
    if required and "state" not in service:
        yield Fault("state", "stateMissing", "say which state the service shall have")


def _specification_missing(prefix: str) -> Fault:
    message = "name the specification of the service to add"
    return Fault(f"{prefix}serviceSpecification", "specificationMissing", message)


def _content_faults(service: Document, prefix: str) -> Iterator[Fault]:
    state = service.get("state")
    if state is not None and state not in list(ServiceState):
        allowed = ", ".join(ServiceState)
        yield Fault(f"{prefix}state", "stateUnknown", f"send one of {allowed}")
    if "id" in service and text(service, "id") is None:
        yield Fault(f"{prefix}id", "notText", "send text")
    given = service.get("serviceCharacteristic", [])
    if not isinstance(given, list):
        yield Fault(f"{prefix}serviceCharacteristic", "notList", "send a list")
        return
    for position, entry in enumerate(given):
        path = f"{prefix}serviceCharacteristic[{position}]"
        if not isinstance(entry, dict) or text(entry, "name") is None or "value" not in entry:
            yield Fault(path, "characteristicIncomplete", "send name and value")


def fingerprint(items: tuple[Item, ...]) -> str:
    """Digest what a command does, so that a key used for something else is noticed.

    Dates, notes and references of the order are left out: a sender may write them anew.
    """
    return hashlib.sha256(encode([[i.id, i.action, i.service] for i in items])).hexdigest()
