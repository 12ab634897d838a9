"""Theirs: what outside systems have of our records and orders, kept beside these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from trunkline.documents.shape import Json, parse_instant
from trunkline.inventory.external_identifier import ExternalIdentifier
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.work import Work
from trunkline.ordering.edits import Edits
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.plan_store import CALLOUT
from trunkline.rest.outside_names import learn_outside_names

Record: TypeAlias = Product | Service | Resource
EXPECTED = "expectedCompletionDate"
HURRY = """
update work set run_at = %s where kind = %s and subject = any(%s)
  and (lease_until is null or lease_until < clock_timestamp())
"""


def told(item: PlanItem) -> Mapping[str, Any]:
    """Return what was kept of an outside order: its id, state, dates, price and record."""
    answer = item.answer if isinstance(item.answer, dict) else {}
    body = answer.get("body")
    return body if isinstance(body, dict) else {}


def with_their_date(item: PlanItem) -> PlanItem:
    """Return a step that is due when the outside system expects to be done with it."""
    if item.system is None:
        return item
    expected = _moment(told(item).get(EXPECTED))
    return replace(item, due_at=expected) if expected is not None else item


def keep_ids(edits: Edits, ended: Sequence[PlanItem]) -> None:
    """Write to records under which id the outside system that made them knows them."""
    for item in ended:
        ident = told(item).get("record") if item.system is not None else None
        if not ident or item.state != "completed" or item.effect != "add" or ident == item.record:
            continue
        record = _record(edits, item)
        if record is not None and not any(
            _is_same(one, item) for one in record.external_identifier
        ):
            kept = ExternalIdentifier.wrap(
                {"id": ident, "owner": item.system, "externalIdentifierType": item.layer}
            )
            record.external_identifier = [*record.external_identifier, kept]
            learn_outside_names(edits.work, record)


def ask_at_once(work: Work, plan: Plan) -> None:
    """Let steps that are taken back while an outside system has them be asked for now."""
    undone = {one.undoes for one in plan.added.values() if one.undoes is not None}
    waiting = [
        ident
        for ident in undone
        if plan.items[ident].state in {"waiting", "unknown"}
        and plan.items[ident].system is not None
    ]
    if waiting:
        work.connection.execute(HURRY, [work.services.machine_now(), CALLOUT, waiting])


def _record(edits: Edits, item: PlanItem) -> Record | None:
    if item.product is not None:
        return edits.one(Product, item.product)
    if item.service is not None:
        return edits.one(Service, item.service)
    return edits.one(Resource, item.resource)


def _is_same(held: ExternalIdentifier, item: PlanItem) -> bool:
    kind = held.external_identifier_type
    return held.owner == item.system and kind == item.layer and held.holds


def _moment(said: Json) -> datetime | None:
    try:
        return parse_instant(said) if isinstance(said, str) else None
    except ValueError:
        return None
