"""Keeping: differences written down as they are seen, decisions kept, closed when they are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.reconciling.comparing import Seen, customer_in, place_in
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.inventory.reconciling.theirs import Theirs
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import DOMAIN_ORDER_MOVES, ServiceOrder

NOT_CLOSED = ("open", "ignored", "corrected", "sent", "ordered")
ALIASES = "select record::text, value from alias where record = any(%s::uuid[])"


@dataclass(frozen=True)
class About:
    """What differences are about: a record of ours, of theirs, or both; seen by which job."""

    system: str
    kind: str
    job: str
    external_id: str | None
    name: str
    record: Service | Resource | None = None

    @property
    def told(self) -> str:
        """What theirs is called, with its id."""
        ident = self.external_id
        return self.name if ident in (None, self.name) else f"{ident} {self.name}"

    @property
    def subject(self) -> str:
        """By what the differences are found again."""
        return self.record.id if self.record is not None else str(self.external_id)


def names_of(
    work: Work, record: Service | Resource, theirs: Theirs
) -> Mapping[str, Sequence[str]]:  # fmt: skip
    """Return what the place and the customer of a record are called, where theirs names some."""
    wanted: list[Mapping[str, Any] | None] = []
    if theirs.place is not None:
        wanted.append(place_in(record.raw))
    if theirs.owner is not None:
        wanted.append(customer_in(record.raw))
    found: dict[str, list[str]] = {}
    for one in wanted:
        kind = work.services.registry.resources.get(str(one.get("@referredType"))) if one else None
        document = work.get(kind.type, one["id"]) if kind is not None and one else None
        if kind is not None and document is not None:
            label = label_of(kind, document.raw)
            found[document.id] = [*([label] if label else []), document.key]
    if found:
        for ident, value in work.connection.execute(ALIASES, [list(found)]).fetchall():
            found[ident].append(value)
    return found


def keep(work: Work, about: About, seen: Iterable[Seen]) -> int:
    """Write differences down; return how many are new. One that is known keeps its decision."""
    wanted = {"subject": about.subject, "system": about.system, "status": list(NOT_CLOSED)}
    held: dict[tuple[str, str | None], InventoryDifference] = {
        (one.difference_kind, one.attribute): one for one in work.find(InventoryDifference, wanted)
    }
    made = 0
    for one in seen:
        known = held.get(one.mark)
        if known is None:
            work.add(InventoryDifference.wrap(_body(work, about, one)))
            made += 1
            continue
        status = _status_now(work, known, one)
        with work.edit(InventoryDifference, known.id) as difference:
            difference.comparison = about.job
            difference.last_seen_at = work.now
            difference.status = status
            told = _told(one)
            for name in ("ours", "theirs", "detail"):
                difference.raw.pop(name, None)
            difference.raw.update(told)
    return made


def close_unseen(work: Work, system: str, kind: str, job: str, limit: int) -> int:
    """Close differences that a comparison has not seen any more; return how many."""
    rows = work.connection.execute(
        f"select id::text from {InventoryDifference.resource.table} "  # noqa: S608 - our own name
        "where p_system = %s and p_record_kind = %s and p_status = any(%s) "
        "and p_comparison <> %s limit %s",
        [system, kind, list(NOT_CLOSED), job, limit],
    ).fetchall()
    for (ident,) in rows:
        with work.edit(InventoryDifference, ident) as difference:
            difference.status = "closed"
            difference.closed_at = work.now
    return len(rows)


def status_after(
    difference: InventoryDifference, one: Seen, now: datetime, *, order_runs: bool
) -> str:  # fmt: skip
    """Return the status of a difference that is seen again.

    What is left alone stays so until its day, as long as both say what they said; what an order
    brings right is waited for; any other decision has not helped.
    """
    if difference.status == "ignored":
        until = difference.ignored_until
        is_same = encode(difference.ours) == encode(one.ours) and encode(
            difference.theirs
        ) == encode(one.theirs)
        return "ignored" if is_same and (until is None or until > now) else "open"
    return "ordered" if difference.status == "ordered" and order_runs else "open"


def _status_now(work: Work, known: InventoryDifference, one: Seen) -> Any:
    runs = False
    order = known.correcting_order if known.status == "ordered" else None
    if order is not None:
        of_service = order.referred_type == "ServiceOrder"
        found: ServiceOrder | ResourceOrder | None = (
            work.get(ServiceOrder, order.id) if of_service else work.get(ResourceOrder, order.id)
        )
        runs = found is not None and bool(DOMAIN_ORDER_MOVES.get(str(found.state)))
    return status_after(known, one, work.now, order_runs=runs)


def _told(one: Seen) -> dict[str, Json]:
    told = {"ours": one.ours, "theirs": one.theirs, "detail": one.detail}
    return {name: value for name, value in told.items() if value is not None}


def _body(work: Work, about: About, one: Seen) -> dict[str, Json]:
    now = format_instant(work.now)
    body: dict[str, Json] = {
        "system": about.system, "recordKind": about.kind, "differenceKind": one.kind,
        "subject": about.subject, "externalId": about.external_id, "attribute": one.attribute,
        "name": about.told, "status": "open", "firstSeenAt": now, "lastSeenAt": now,
        "comparison": about.job, **_told(one),
    }  # fmt: skip
    if about.record is not None:
        record = about.record
        label = label_of(record.resource, record.raw) or record.key
        body["name"] = label if label == record.key else f"{record.key} {label}"
        body["record"] = {"id": record.id, "name": label, "@referredType": record.resource.name}
        customer = customer_in(record.raw)
        if customer is not None:
            body["relatedParty"] = [dict(customer)]
    return {name: value for name, value in body.items() if value is not None}
