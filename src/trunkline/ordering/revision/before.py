"""Before: what a customer had before an order began, told from its plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.ordering.installed import Installed, Record, layer_of
from trunkline.ordering.plan_item import Plan, PlanItem

R = TypeVar("R", Product, Service, Resource)
VALUES = {"product": "productCharacteristic", "service": "serviceCharacteristic",
          "resource": "resourceCharacteristic"}  # fmt: skip
STATES = {"product": "status", "service": "state", "resource": "usageState"}
REPLACED = ("place", "productOffering", "productPrice")


def before_order(installed: Installed, plan: Plan) -> Installed:
    """Return what is installed as it was without what an order has made, changed and ended.

    So an order that runs can be broken down again as if it had just been sent in.
    """
    done = [one for one in plan if one.direction == "do" and one.record is not None]
    made = {one.record for one in done if one.action == "add"}
    touched: dict[str, list[PlanItem]] = {}
    for one in sorted(done, key=lambda item: item.position, reverse=True):
        if one.action != "add" and one.record not in made:
            touched.setdefault(str(one.record), []).append(one)
    links = [one.links for one in done if isinstance(one.links, dict)]
    return Installed(
        MappingProxyType(_without(installed.products, made, touched, links)),
        MappingProxyType(_without(installed.services, made, touched, links)),
        MappingProxyType(_without(installed.resources, made, touched, links)),
        MappingProxyType({
            used: frozenset(one for one in users if one not in made)
            for used, users in installed.users.items() if used not in made
        }),
    )  # fmt: skip


def _without(
    records: Mapping[str, R],
    made: set[str | None],
    touched: Mapping[str, list[PlanItem]],
    links: Iterable[dict[str, Json]],
) -> dict[str, R]:
    linked = {one["holder"] for each in links for name in ("added", "removed")
              for one in each.get(name, ())}  # fmt: skip
    found: dict[str, R] = {}
    for ident, record in records.items():
        if ident in made:
            continue
        if ident in touched or ident in linked:
            record = _set_back(record, touched.get(ident, ()), links)
        found[ident] = record
    return found


def _set_back(record: R, items: Iterable[PlanItem], links: Iterable[dict[str, Json]]) -> R:
    """Return a record as it was before steps, the latest of which comes first."""
    raw: dict[str, Json] = copied(record.raw)
    copy = type(record).wrap(raw)
    object.__setattr__(copy, "meta", record.meta)
    layer = layer_of(copy)
    for item in items:
        former = item.former if isinstance(item.former, dict) else {}
        put_values(raw, VALUES[layer], former.get("characteristic") or {})
        for name in REPLACED:
            if name in former:
                raw[name] = copied(former[name])
                if former[name] is None:
                    del raw[name]
        if former.get("state") is not None:
            raw[STATES[layer]] = former["state"]
    _put_links(copy, raw, links)
    return copy


def put_values(raw: dict[str, Json], name: str, values: Mapping[str, Json]) -> None:
    """Give characteristics the values that they had; what had none is not there."""
    if not values:
        return
    kept = [one for one in raw.get(name) or () if one.get("name") not in values]
    back = [{"name": key, "value": one} for key, one in values.items() if one is not None]
    raw[name] = [*kept, *back]


def _put_links(record: Record, raw: dict[str, Json], links: Iterable[dict[str, Json]]) -> None:
    for each in links:
        for one in each.get("added", ()):
            if one["holder"] == record.id:
                held = raw.get(one["list"]) or []
                raw[one["list"]] = [other for other in held if other.get("id") != one["link"]["id"]]
        for one in each.get("removed", ()):
            held = raw.setdefault(one["list"], []) if one["holder"] == record.id else None
            if held is not None and all(other.get("id") != one["link"]["id"] for other in held):
                held.append(one["link"])
