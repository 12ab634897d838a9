"""Telling theirs: requests that bring an outside inventory to what ours says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trunkline.documents.errors import Conflict, NotFound, Unready
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.reconciling.comparing import customer_in, values_in
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.inventory.reconciling.taking import retired, with_value
from trunkline.inventory.reconciling.theirs import OWN, SPECIFICATIONS, STATES, VALUES
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.ordering.design.outside_system import System, systems_of
from trunkline.ordering.reconciling.comparison import KINDS, PATHS, asked_outside
from trunkline.rest.outside_names import learn_outside_names


@dataclass(frozen=True)
class Message:
    """What is to be told to which system: a request, or (with `attribute`) a value to be put into
    what theirs says now."""

    system: System
    method: str
    path: str
    body: Mapping[str, Json] | None = None
    attribute: str | None = None


def message_of(work: Work, difference: InventoryDifference) -> Message:
    """Return what theirs has to be told so that it says what ours says.

    Refuses (409) where that cannot be told: its records came as a file, say.
    """
    system = systems_of(work).get(difference.system)
    if system is None or not system.url:
        said = f"{difference.system} has no address to tell anything; set the outside system up"
        raise Conflict("conflictNoAddress", said)
    kind = difference.record_kind
    base, what = PATHS[kind], difference.difference_kind
    one = f"{base}/{difference.external_id}"
    if what == "missingHere":
        return Message(system, "DELETE", one)
    if what in {"ambiguous", "identifier"}:
        message = "the id is ours to keep; take theirs, or give a record the id by hand"
        raise Conflict("conflictNotTold", message)
    record = work.get(KINDS[kind], difference.record.id if difference.record is not None else "")
    if record is None:
        raise NotFound("notFound", "our record is not there any more; compare again")
    if what == "missingThere":
        return Message(system, "POST", base, whole(kind, record.raw, record.key))
    raw, name = record.raw, str(difference.attribute)
    if what == "state":
        return Message(system, "PATCH", one, {STATES[kind]: raw.get(STATES[kind])})
    if what == "characteristic" and not (name in OWN and kind == "Resource"):
        value = values_in(kind, raw).get(name)
        return Message(system, "PATCH", one, {"name": name, "value": value}, VALUES[kind])
    if what == "owner":
        return Message(system, "PATCH", one, dict(customer_in(raw) or {}), "relatedParty")
    name = "place" if what == "place" else name
    return Message(system, "PATCH", one, {name: raw.get(name)})


def whole(kind: str, raw: Mapping[str, Any], key: str) -> dict[str, Json]:
    """Return a record as an outside inventory is told it."""
    names = ("name", "value", "serialNumber", STATES[kind], VALUES[kind], "place", "relatedParty",
             SPECIFICATIONS[kind])  # fmt: skip
    body: dict[str, Json] = {name: raw[name] for name in names if raw.get(name)}
    return {**body, "externalIdentifier": [{"id": key, "owner": "trunkline"}]}


def tell(services: Services, message: Message, key: str) -> str | None:
    """Tell theirs, under a key so that a repetition does no harm; return the id of what it made.

    Of lists only what differs is replaced: the rest is as theirs says now.
    """
    body: Mapping[str, Json] | None = message.body
    if message.attribute is not None and body is not None:
        now = asked_outside(
            services, message.system, {"method": "GET", "path": message.path}, f"{key} read"
        )
        if not isinstance(now, dict):
            raise Unready("answerUnreadable", f"{message.system.code} answered with no record")
        body = {message.attribute: merged(message.attribute, now, body)}
    request: dict[str, Json] = {"method": message.method, "path": message.path}
    if body is not None:
        request["body"] = dict(body)
    answer = asked_outside(services, message.system, request, key)
    ident = answer.get("id") if isinstance(answer, dict) and message.method == "POST" else None
    return str(ident) if ident is not None else None


def merged(attribute: str, now: Mapping[str, Any], body: Mapping[str, Json]) -> list[Json]:
    """Return a list of theirs with one element of ours in the place of the one that it is for."""
    if attribute == "relatedParty":
        others = [one for one in now.get(attribute) or () if one.get("role") != "customer"]
        return [*([dict(body)] if body else []), *others]
    kind = "Service" if attribute == VALUES["Service"] else "Resource"
    if body["value"] is None:
        return [one for one in now.get(attribute) or () if one.get("name") != body["name"]]
    return with_value(kind, now, str(body["name"]), body["value"])


def remember(work: Work, difference: InventoryDifference, ident: str, reason: str) -> None:
    """Keep the id that an outside inventory has given one of our records."""
    if difference.record is None:
        return
    with work.edit(KINDS[difference.record_kind], difference.record.id) as record:
        listed = retired(record.raw, difference.system, reason, format_instant(work.now))
        own = {"id": ident, "owner": difference.system, "isValid": True}
        record.raw["externalIdentifier"] = [*listed, own]
    learn_outside_names(work, record)
