"""Orders in danger of being late as a worklist: by level, the dearest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.select import Sql, scope
from trunkline.kernel.work import Work
from trunkline.ordering.capture.holding import hand_over, release_order, take_order
from trunkline.ordering.jeopardy.levels import LEVELS
from trunkline.ordering.jeopardy.queue import expedite, kinds_seen, promise
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import say
from trunkline.web.desk import Desk
from trunkline.web.records import Record, matching
from trunkline.web.values import Cell, price, span
from trunkline.web.wording import words
from trunkline.web.worklist.fallout_queue import customer_of
from trunkline.web.worklist.worklist import (
    Deed,
    Found,
    Grouping,
    Look,
    Row,
    Said,
    Seen,
    Source,
    Tab,
    Worklist,
)
from trunkline.workspace.notes import Told

TABS: tuple[Tab, ...] = ("all", "mine", "nobody", "overdue")
TONES = ("idle", "warn", "warn", "bad", "bad")
LEVEL = f"(array[{', '.join(repr(one) for one in LEVELS)}])[o.level + 1]"
COLUMNS = {"level": LEVEL, "priority": "t.p_priority", "owner": "t.doc #>> '{assignee,name}'"}
# An order of any worth stands behind all of a graver level.
PLACE = "-(o.level * 1e15 + coalesce(o.worth, 0))"
DATES = "json_build_array(s.level, s.expected_at, s.due, s.worth::text, s.currency)"


class JeopardySource(Source):
    """The product orders in danger that the visitor may see."""

    def seen(self, _desk: Desk, work: Work, look: Look) -> Seen:
        """Return the orders with their levels."""
        path = look.grouping.paths[0] if look.grouping is not None else "level"
        kind = ProductOrder.resource
        base = scope(kind, work.actor, work.actor.must(kind, "read"))
        late = "coalesce(o.target_at < %s, false)"
        owner = "t.doc #>> '{assignee,id}'"
        text = (
            "select t.id::text as id, o.since, o.target_at as due, "  # noqa: S608 - our own names
            f"{COLUMNS['owner']} as owner_name, {late} as in_late, true as in_all, "
            f"coalesce({owner} = %s, false) as in_mine, {owner} is null as in_nobody, "
            f"{late} as in_overdue, {COLUMNS[path]} as g0, {PLACE} as place, "
            "o.level, o.expected_at, o.worth, o.currency "
            f"from plan_outlook o join {kind.table} t on t.id = o.root "
            f"where o.level > 0 and {base.text}"
        )
        values = [work.now, work.actor.id, work.now, *base.parameters]
        return Seen(Sql(text, values), TABS, more=Sql(DATES, []), place="place")

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return the orders as rows: by how much they will be late, and what they are worth."""
        if not found:
            return []
        ids = [one.id for one in found]
        listing = matching(work, ProductOrder.resource, {"id": ids}, limit=len(ids))
        known = {one.id: one for one in listing.records} if listing is not None else {}
        return [_row(desk, work, known[one.id], one) for one in found if one.id in known]


def _row(desk: Desk, work: Work, record: Record, found: Found) -> Row:
    is_told = isinstance(found.more, list)  # not where only some are asked about
    level, expected, due, worth, currency = found.more if is_told else (0, None, None, None, None)
    target = parse_instant(due) if due is not None else None
    holder = record.document.get("assignee")
    owner: Mapping[str, Any] = holder if isinstance(holder, dict) else {}
    address = desk.addresses.of_record(ProductOrder.resource, record.key)
    priority = record.document.get("priority")
    said = (
        _lateness(parse_instant(expected) if expected is not None else None, target),
        _worth(Decimal(worth) if worth is not None else None, currency),
    )
    return Row(
        ident=record.id,
        key=record.key,
        address=address,
        what=_sold(record) or record.key,
        under=say("priority %(priority)s", priority=priority) if priority else "",
        said=" · ".join(one for one in said if one),
        about=Cell("link", record.key, address=address),
        who=customer_of(record),
        state=Cell("state", words(LEVELS[level]), tone=TONES[level]),
        due=target,
        since=found.since,
        owner=str(owner.get("name") or ""),
        is_mine=owner.get("id") == work.actor.id,
    )


def _sold(record: Record) -> str:
    """Return what the first lines of an order are about."""
    items = record.document.get("productOrderItem")
    names = [
        str(one["productOffering"].get("name") or "")
        for one in (items if isinstance(items, list) else ())
        if isinstance(one, dict) and isinstance(one.get("productOffering"), dict)
    ]
    return ", ".join(dict.fromkeys(one for one in names[:3] if one))


def _lateness(expected: datetime | None, target: datetime | None) -> str:
    if expected is None or target is None:
        return ""
    if expected > target:
        return say("expected %(span)s late", span=span(expected - target))
    return say("expected %(span)s before it is due", span=span(target - expected))


def _worth(worth: Decimal | None, currency: str | None) -> str:
    if worth is None:
        return ""
    return say("%(price)s in the first year", price=price(worth, currency or ""))


# --- What can be done ------------------------------------------------------------------------


def _may_change(actor: Actor) -> bool:
    return actor.grant(ProductOrder.resource, "update") is not None


def _each(act: Callable[[Work, str, Said], Any]) -> Callable[..., Sequence[Told]]:
    def acted(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        for one in idents:
            act(work, one, said)
        return ()

    return acted


def _assign(work: Work, ident: str, said: Said) -> None:
    if said.assignee and said.assignee != "me":
        hand_over(work, ident, said.assignee)
    else:
        take_order(work, ident)


def _promise(work: Work, ident: str, said: Said) -> None:
    if said.due is None:
        raise Invalid.of([Fault("due", "required", "say for when it is promised")])
    promise(work, ident, said.due, reason=_reason(said))


def _reason(said: Said) -> str:
    if not said.note:
        raise Invalid("reasonMissing", "say why")
    return said.note


DEEDS = (
    Deed("assign", "Assign", "%(count)s assigned.", _may_change, _each(_assign), ("assignee",),
         "", "list.assign", is_first=True),
    Deed("expedite", "Expedite", "%(count)s put before others.", _may_change,
         _each(lambda work, one, said: expedite(work, one, reason=_reason(said))), ("why",),
         "Gives the order and what is left of it the highest priority. Say why."),
    Deed("promise", "Change committed date", "%(count)s promised for another date.", _may_change,
         _each(_promise), ("due", "why"),
         "Say for when it is promised now, and why. The customer is told where a delivery policy "
         "says so.", "list.due"),
    Deed("release", "Give back", "%(count)s given back; anybody may take it on.", _may_change,
         _each(lambda work, one, _said: release_order(work, one, None))),
)  # fmt: skip


def _must_see(_desk: Desk, actor: Actor) -> None:
    kinds_seen(actor)


JEOPARDY = Worklist(
    name="jeopardy",
    title="Orders in danger",
    under="Orders that are expected late, or nearly so. The gravest stand first, of these the "
    "dearest.",
    empty=("No order is in danger.", "Every open order is expected in time. What will be late "
           "stands here before it is; delivery policies say from when on."),
    may_see=_must_see,
    source=JeopardySource(),
    groupings=(
        Grouping("level", "Level", ("level",), as_words=True),
        Grouping("priority", "Priority", ("priority",)),
        Grouping("owner", "Who has it", ("owner",)),
    ),
    deeds=DEEDS,
    tabs=TABS,
    what="Product offering",
    has_page=False,
)  # fmt: skip
