"""The part of an order's page on its lines by site: states, dates, old and new values."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Meta
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.ordering.capture.bulk_edit import BulkEdit, edit_lines
from trunkline.ordering.product_order import UNSENT, ProductOrder
from trunkline.ordering.shown_lines import ShownLine, ShownSite, sites_shown
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Visit
from trunkline.web.forms import Form
from trunkline.web.navigation import is_customer
from trunkline.web.orders.order_items import OrderKind
from trunkline.web.records import Record, record_of
from trunkline.web.values import EMPTY, Cell, instant, price, state
from trunkline.web.wording import words

COUNT_DIGITS = 7


class SitesPanel:
    """`{base}{ident}/sites`: the lines of an order by the places where they are delivered."""

    needs = "ProductOrder:read"

    def __init__(self, desk: Desk, kind: OrderKind) -> None:
        self._desk = desk
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show them."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do one thing to many lines."""
        self._desk.act(req, resp, partial(self._edit, ident=ident))

    def _view(self, visit: Visit, *, ident: str, problem: str = "") -> Answer:
        with self._desk.work(visit) as work:
            order = record_of(work, ProductOrder.resource, ident)
            shown = self._shown(work, order)
            sites = [self._site(one, _sees(work, order)) for one in shown]
            values = {
                "sites": sites, "problem": problem, "csrf": visit.csrf,
                "address": self._kind.base + order.key, "edit": _edited(work, order, shown),
            }  # fmt: skip
        return Fragment(self._desk.renderer.html("orders_sites.html", values))

    def _edit(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        try:
            edit = BulkEdit(
                items=frozenset(form.all("item")),
                quantity=_whole(form.text("quantity")),
                discount=_percent(form.text("discount")),
                overwrites=form.text("overwrite") == "yes",
                place=form.text("place") or None,
                removes=form.text("do") == "remove",
            )
            with self._desk.work(visit) as work:
                order = edit_lines(work, ident, edit)
        except NotFound:
            raise
        except Refusal as refusal:
            told = "; ".join(one.message for one in refusal.faults) or refusal.message
            return self._view(visit, ident=ident, problem=told)
        return Moved(f"{self._kind.base}{order.key}?done=saved")

    def _shown(self, work: Work, order: Record) -> list[ShownSite]:
        held = ProductOrder.wrap(order.document)
        object.__setattr__(held, "meta", Meta(order.id, order.key, order.version))
        return sites_shown(work, held)

    def _site(self, site: ShownSite, sees: bool) -> dict[str, Any]:
        return {
            "place": _named(site.place),
            "state": state(site.state) if site.state else EMPTY,
            "committed": self._moment(site.committed_at),
            "ended": self._moment(site.ended_at),
            "lines": [self._line(one, sees) for one in site.lines],
        }

    def _line(self, shown: ShownLine, sees: bool) -> dict[str, Any]:
        item = shown.line.item
        return {
            "id": item.id,
            "action": words(item.operation or item.action),
            "name": _name(shown),
            "state": state(item.state) if item.state else EMPTY,
            "former_place": _named(shown.former_place) if shown.former_place else "",
            "committed": self._moment(item.committed_completion_date),
            "started": self._moment(shown.started_at),
            "ended": self._moment(shown.ended_at),
            "account": item.billing_account.name or item.billing_account.id
            if item.billing_account is not None else "",
            "values": [
                {"name": words(one.name), "old": _text(one.old), "new": _text(one.new),
                 "is_same": one.old == one.new}
                for one in (shown.characteristics if sees else ())
            ] + _of_product(shown, sees),
        }  # fmt: skip

    def _moment(self, at: Any) -> Cell:
        return instant(at, self._desk.zone) if at is not None else EMPTY


def _edited(work: Work, order: Record, shown: list[ShownSite]) -> dict[str, Any] | None:
    """Return what may be changed of many lines at once, None where nothing may."""
    inside = str(internal_state(order.resource, order.document))
    may = work.actor.grant(order.resource, "update") is not None and not is_customer(work.actor)
    if not may or inside not in (*UNSENT, "new"):
        return None
    lines = [line for site in shown for line in site.lines]
    places = {
        str(site.place["id"]): _named(site.place)
        for site in shown
        if isinstance(site.place, dict) and site.place.get("id")
    }
    return {
        "lines": [{"id": one.line.item.id, "name": _name(one)} for one in lines],
        "places": [{"id": ident, "name": name} for ident, name in places.items()],
    }


def _whole(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < COUNT_DIGITS):
        raise Invalid("badNumber", "the quantity is a whole number")
    return int(text) if text else None


def _percent(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ".")) if text else None
    except InvalidOperation:
        raise Invalid("badNumber", "the discount is a number of percent") from None


def _sees(work: Work, order: Record) -> bool:
    return "personal" in work.actor.must(order.resource, "read").sees


def _name(shown: ShownLine) -> str:
    item = shown.line.item
    offering = item.product_offering
    product = item.product
    return (offering.name if offering else None) or (product.name if product else None) or ""


def _of_product(shown: ShownLine, sees: bool) -> list[dict[str, Any]]:
    """Return what a product as a whole was and becomes: status, offering, costs and who pays."""
    found = []
    if shown.status is not None:
        old, new = (words(str(one or "")) for one in (shown.status.old, shown.status.new))
        found.append({"name": "Status", "old": old, "new": new, "is_same": False})
    if shown.offering is not None:
        names = {"old": _text(shown.offering.old), "new": _text(shown.offering.new)}
        found.append({"name": "Offering", **names, "is_same": False})
    for one in shown.prices:
        costs = {"old": price(one.old, one.kind.currency), "new": price(one.new, one.kind.currency)}
        found.append({"name": "Price", **costs, "is_same": False})
    if shown.account is not None and sees:
        names = {"old": _named(shown.account.old), "new": _named(shown.account.new)}
        found.append({"name": "Billing account", **names, "is_same": False})
    return found


def _named(held: Json) -> str:
    if not isinstance(held, dict):
        return ""
    return str(held.get("name") or held.get("id") or "")


def _text(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
