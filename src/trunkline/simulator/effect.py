"""What a command does to the network's services. Pure: the services are read, never written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .assignment import Taken, assigned
from .command import Action, Command, Item, ServiceState
from .document import Document, parts, text
from .record import made_id
from .settings import UnknownService
from .trouble import Failure


class Impossible(Exception):
    """A change that the network cannot carry out in the state that its services are in."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def results_of(
    command: Command,
    services: Mapping[str, Document],
    *,
    seed: int,
    at: str,
    taken: Taken,
    unknown: UnknownService,
) -> dict[str, Document]:
    """Compute the service after each item, by item id. Raises `Impossible`; all or nothing."""
    changed: dict[str, Document] = {}
    results: dict[str, Document] = {}
    for item in command.items:
        origin = f"{seed}/{command.key}/{item.id}"
        service_id = text(item.service, "id") or made_id(origin, "service")
        before = changed.get(service_id, services.get(service_id))
        if item.action is Action.NO_CHANGE:
            if before is not None:
                results[item.id] = before
            continue
        if item.action is Action.ADD:
            after = _added(item, service_id, before, origin=origin, at=at, taken=taken)
        else:
            after = _changed(item, _existing(item, service_id, before, at, unknown), at)
        changed[service_id] = results[item.id] = after
    return results


def _added(
    item: Item,
    service_id: str,
    before: Document | None,
    *,
    origin: str,
    at: str,
    taken: Taken,
) -> Document:
    if before is not None and before["state"] != ServiceState.TERMINATED:
        message = f"Service {service_id} is {before['state']}; modify it instead of adding it"
        raise _impossible(item, "serviceExists", "The service exists already", message)
    given = assigned(item.specification_names, item.characteristics, origin=origin, taken=taken)
    entries = [_entry(name, value) for name, value in given]
    return {
        **item.service,
        "id": service_id,
        "state": item.service.get("state", ServiceState.ACTIVE),
        "startDate": item.service.get("startDate", at),
        "serviceCharacteristic": _merged(
            list(parts(item.service, "serviceCharacteristic")), entries
        ),
    }


def _existing(
    item: Item, service_id: str, before: Document | None, at: str, unknown: UnknownService
) -> Document:
    if before is None and unknown is UnknownService.REFUSE:
        message = f"Service {service_id} was never added here; add it first"
        raise _impossible(item, "serviceUnknown", "The service does not exist", message)
    if before is None:
        return {"id": service_id, "state": ServiceState.ACTIVE, "startDate": at}
    if before["state"] == ServiceState.TERMINATED:
        message = f"Service {service_id} has ended; add a new one"
        raise _impossible(item, "serviceTerminated", "The service has ended", message)
    return before


def _changed(item: Item, before: Document, at: str) -> Document:
    after = {**before, **item.service}
    after["serviceCharacteristic"] = _merged(
        list(parts(before, "serviceCharacteristic")),
        list(parts(item.service, "serviceCharacteristic")),
    )
    if item.action is Action.DELETE:
        after |= {"state": ServiceState.TERMINATED, "endDate": at}
    return after


def _merged(entries: list[Document], changes: list[Document]) -> list[Document]:
    """Replace characteristics of the same name in place, append the others."""
    by_name = {entry["name"]: entry for entry in entries}
    return list((by_name | {change["name"]: change for change in changes}).values())


def _entry(name: str, value: Any) -> Document:
    value_type = "integer" if isinstance(value, int) else "string"
    return {"name": name, "valueType": value_type, "value": value}


def _impossible(item: Item, code: str, reason: str, message: str) -> Impossible:
    return Impossible(Failure(code, reason, message, item.id))
