"""Why an order, a step or a line of it is as it is, as a part of its page that is asked for."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.decode import encode
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.ordering.explained.because import INPUTS, Because
from trunkline.ordering.explained.explanation import explained
from trunkline.web.capture.looking import Looking
from trunkline.web.desk import Answer, Desk, Fragment, Visit
from trunkline.web.orders.order_items import OrderKind
from trunkline.web.orders.why_ahead import order_ahead
from trunkline.web.values import Cell, instant
from trunkline.web.wording import words

TITLES = {"part": "Why it is there", "rule": "Carried out by", "value": "Values", "start": "Start",
          "duration": "Takes", "end": "End", "state": "State", "price": "Price",
          "priority": "Priority"}  # fmt: skip


class WhyPanel:
    """`/order/{ident}/why?step=…`, `?line=…`, or neither for the whole order, of each kind."""

    needs = "ProductOrder:read ServiceOrder:read ResourceOrder:read"

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk, self._kind = desk, kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer with it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        step, line = visit.req.get_param("step"), visit.req.get_param("line")
        kind = self._kind.type
        sees = visit.actor.must(kind.resource, "read").sees
        problem, found = "", list[Because]()
        with self._desk.work(visit) as work:
            try:
                looking = Looking(work)
                own = order_ahead(looking, kind, ident, step=step, line=line)
                found = explained(looking, own, step=step, line=line, kind=kind)
            except Conflict as refusal:
                problem = refusal.told
        shown = [self._shown(one, shows_personal="personal" in sees) for one in found]
        values = {"because": shown, "problem": problem}
        return Fragment(self._desk.renderer.html("orders_why.html", values))

    def _shown(self, one: Because, *, shows_personal: bool) -> dict[str, Any]:
        given = one.given if shows_personal and one.about in INPUTS else None
        moment = instant(one.given, self._desk.zone) if one.about in ("start", "end") else Cell("")
        return {
            "title": TITLES[one.about],
            "name": _name(one),
            "text": one.text,
            "rule": one.rule or "",
            "version": one.version or "",
            "given": _text(given) if given is not None and one.about == "value" else "",
            "input": _text(given) if given is not None and one.about != "value" else "",
            "moment": moment,
        }  # fmt: skip


def _name(one: Because) -> str:
    """Return the value, date or price that is meant, as it is called."""
    return (one.name or "") if one.about == "price" else words(one.name or "")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else encode(value).decode()
