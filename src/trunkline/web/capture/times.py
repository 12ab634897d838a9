"""Times of visits: where a line needs somebody to come, free times, and the one that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import falcon

from trunkline.documents.errors import Invalid
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.fieldwork.appointment import OPEN, Appointment
from trunkline.fieldwork.booking import AHEAD, Wanted, free_slots
from trunkline.fieldwork.choosing import work_tables
from trunkline.fieldwork.moving import cancel
from trunkline.fieldwork.whereabouts import where
from trunkline.fieldwork.work_type import WorkType, work_types
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.node import Node
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.writing import create
from trunkline.shared.reference import PlaceRefOrValue
from trunkline.web.capture.body import Body
from trunkline.web.capture.cart import Cart, CartLine
from trunkline.web.capture.preview import Preview
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.fieldwork.board import span
from trunkline.web.values import date as as_date

TIMES = "/order/new/times"
SHOWN_MAX = 8
ABOUT = ("specification", "layer", "action", "task")


def may_book(actor: Actor) -> bool:
    """Tell whether somebody may promise a visit."""
    return actor.grant(Appointment.resource, "create") is not None


def visit_of(line: CartLine, body: Body, preview: Preview, zone: ZoneInfo) -> dict[str, Any]:
    """Return what the line tells of the visit that it needs; nothing where it needs none."""
    if preview.result is None or not line.is_new or len(line.sites) > 1:
        return {}
    own = {item for item, of in body.lines.items() if of[0] == line.number}
    for node in preview.result.nodes:
        task = _task(node)
        if node.item_id in own and task is not None:
            about = {"specification": node.specification_name, "layer": node.layer,
                     "action": node.action, "task": task}  # fmt: skip
            site = line.sites[0] if line.sites else ""
            query = urlencode({**about, "site": site, "line": line.number})
            return {"address": f"{TIMES}?{query}", "chosen": _words(line.visit, zone)}
    return {}


def kept_of(line: CartLine, visit: Mapping[str, Any], preview: Preview) -> str:
    """Return the time that is kept for a line: also while nobody can tell whether it needs one."""
    is_unknown = preview.result is None or not preview.result.nodes
    return line.visit if visit or is_unknown else ""


def with_time(work: Work, cart: Cart, about: str) -> Cart:
    """Keep a time for the customer of a cart (`line|site|work type|start|end|team`).

    The one that was kept before is given back. Refuses (409) a time that others have taken.
    """
    number, site, kind, start, end, team = _read(about)
    line = cart.line(number)
    if line is None or not cart.customer:
        raise Invalid("badStep", "choose the customer first")
    former = work.get(Appointment, line.visit.partition("|")[0]) if line.visit else None
    if former is not None and former.status in OPEN and former.work_order is None:
        cancel(work, former.id, reason="another time was chosen")
    sent: dict[str, Json] = {
        "validFor": {"startDateTime": start, "endDateTime": end},
        "relatedParty": [{"id": cart.customer, "role": "customer", "@referredType": "Customer"}],
        "team": {"id": team, "@referredType": "FieldTeam"},
    }
    named = work_types(work).by_id.get(kind)
    if named is not None:
        sent["workType"] = {"id": named.id, "@referredType": "WorkType"}
        sent["description"] = named.name
    if site:
        sent["relatedPlace"] = {"id": site, "role": "visit", "@referredType": "GeographicSite"}
    made = create(work, Appointment.resource, sent)
    changed = replace(line, visit=f"{made.id}|{start}|{end}")
    return replace(
        cart, lines=tuple(changed if one.number == number else one for one in cart.lines)
    )


class TimesPanel:
    """`/order/new/times`: when somebody could come for a line."""

    needs = "ProductOrder:create Appointment:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show some free times."""

        def view(visit: Visit) -> Answer:
            visit.actor.must(ProductOrder.resource, "create")
            visit.actor.must(Appointment.resource, "create")
            given = {name: req.get_param(name) or "" for name in (*ABOUT, "site", "line")}
            with self._desk.work(visit) as work:
                kind = _type(work, given)
                place = {"id": given["site"]} if given["site"] else {}
                wanted = Wanted(
                    frozenset(kind.skill) if kind is not None else frozenset(),
                    where(work, PlaceRefOrValue.wrap(place)),
                )
                slots = free_slots(
                    work, wanted, start=work.now, end=work.now + AHEAD, limit=SHOWN_MAX
                )
            at = f"{given['line']}|{given['site']}|{kind.id if kind is not None else ''}"
            times = [
                {"step": f"time:{at}|{format_instant(one.start)}|{format_instant(one.end)}|"
                         f"{one.team}",
                 "words": f"{as_date(one.start.astimezone(self._desk.zone))} "
                          f"{span(one.start, one.end, self._desk.zone)}"}
                for one in slots
            ]  # fmt: skip
            return Shown("capture_times.html", {"times": times, "line": given["line"]})

        self._desk.answer(req, resp, view)


def _type(work: Work, given: Mapping[str, str]) -> WorkType | None:
    found = work_tables(work).chosen({**given, "category": [], "values": {}, "place": {}})
    return work_types(work).by_code.get(found[0]) if found is not None else None


def _task(node: Node) -> str | None:
    """Return the item of the plan by which somebody comes; empty where the step itself is that."""
    if node.chosen is not None:
        kinds = (str(one["id"]) for one in node.chosen.items if one["kind"] == "fieldWork")
        return next(kinds, None)
    return "" if node.fulfilment.kind == "fieldWork" else None


def _words(visit: str, zone: ZoneInfo) -> str:
    """Return a kept time in words."""
    parts = visit.split("|")
    try:
        _, start, end = parts
        begin = parse_instant(start)
        return f"{as_date(begin.astimezone(zone))} {span(begin, parse_instant(end), zone)}"
    except ValueError:
        return ""


def _read(about: str) -> tuple[int, str, str, str, str, str]:
    parts = about.split("|")
    if len(parts) != 6 or not parts[0].isdecimal():
        raise Invalid("badStep", "choose one of the times that are shown")
    number, site, kind, start, end, team = parts
    return int(number), site, kind, start, end, team
