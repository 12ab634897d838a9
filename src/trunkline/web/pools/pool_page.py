"""One pool: its bar, its values, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.documents.errors import Fault, Forbidden, Invalid, NotFound, Refusal, refuse
from trunkline.inventory.pools.api import OPERATE, RESERVE
from trunkline.inventory.pools.listing import levels_of, values_of_pool
from trunkline.inventory.pools.pool import ResourcePool
from trunkline.inventory.pools.ranges import loaded
from trunkline.inventory.pools.values import (
    STATES,
    PoolValue,
    Wanted,
    load_values,
    move,
    port_in,
    reserve,
)
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.pools.bars import KINDS, TONES, WORDS, bar, is_low
from trunkline.web.records import document_at
from trunkline.web.values import Cell, instant, number, state

ROWS = 50
MOVES = {
    "free": (("assign", "Assign"), ("quarantine", "Let it rest"), ("portOut", "Port out")),
    "reserved": (("assign", "Assign"), ("release", "Give back")),
    "assigned": (("quarantine", "Let it rest"), ("portOut", "Port out")),
    "quarantined": (("release", "End the rest"), ("portOut", "Port out")),
    "ported": (("portIn", "Take back in"),),
}
TYPED = ("like", "count", "minutes", "customer", "network", "first", "last", "list")
DONE = {"load": "The values are loaded.", "reserve": "Reserved.", "move": "Done."}


class PoolPage:
    """`/pools/{ident}` and what is done there."""

    needs = "ResourcePool:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post_load(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Load values."""
        self._act(req, resp, ident, "load", OPERATE, _load)

    def on_post_reserve(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Reserve values."""
        self._act(req, resp, ident, "reserve", RESERVE, _reserve)

    def on_post_move(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do something with one value."""
        self._act(req, resp, ident, "move", OPERATE, _move)

    def _act(
        self, req: falcon.Request, resp: falcon.Response, ident: str, name: str, permission: str,
        act: Callable[[Work, ResourcePool, Form], str],
    ) -> None:  # fmt: skip
        def action(visit: Visit, form: Form) -> Answer:
            if not _may(visit.actor, permission):
                raise Forbidden("notAllowed", f"{permission} over everything is needed here")
            try:
                with self._desk.work(visit) as work:
                    pool = _pool(work, ident)
                    found = act(work, pool, form)
            except NotFound:
                raise
            except Refusal as refusal:
                return self._view(visit, ident=ident, problem=refusal, form=form, failed=name)
            query = urlencode({"done": name, "pattern": found} if found else {"done": name})
            return Moved(f"/pools/{pool.key}?{query}")

        self._desk.act(req, resp, action)

    def _view(
        self, visit: Visit, *, ident: str, problem: Refusal | None = None, form: Form | None = None,
        failed: str = "",
    ) -> Answer:  # fmt: skip
        req = visit.req
        chosen = req.get_param("state") or ""
        pattern, after = req.get_param("pattern") or "", req.get_param("after") or ""
        with self._desk.work(visit) as work:
            pool = _pool(work, ident)
            levels = levels_of(work, [pool.id])[pool.id]
            found = values_of_pool(
                work, pool, state=chosen if chosen in STATES else "", pattern=pattern, after=after,
                limit=ROWS + 1,
            )  # fmt: skip
            may_edit = work.actor.grant(pool.resource, "update") is not None
            sees = "personal" in work.actor.must(pool.resource, "read").sees
        kept = {"state": chosen, "pattern": pattern}
        facts = self._desk.addresses.of_facts(pool.resource, pool.key)
        values: dict[str, Any] = {
            "key": pool.key, "label": pool.name, "kind": KINDS[pool.pool_type],
            "address": f"/pools/{pool.key}", "facts_address": facts,
            "stands": state(pool.status or "active"), "description": pool.description or "",
            "bar": bar(levels), "is_low": is_low(levels, pool.warn_below),
            "warn_below": number(pool.warn_below or 0), "rest_days": number(pool.rest_days),
            "minutes": pool.held_minutes, "characteristic": pool.characteristic,
            "pool_type": pool.pool_type, "pattern": pattern, "chosen": chosen,
            "states": [{"value": one, "word": WORDS[one]} for one in STATES],
            "rows": [self._row(one) for one in found[:ROWS]], "sees_all": sees,
            "more": f"?{urlencode({**kept, 'after': found[ROWS - 1].value})}"
            if len(found) > ROWS else "",
            "may_edit": may_edit, "may_operate": _may(visit.actor, OPERATE),
            "may_reserve": _may(visit.actor, RESERVE),
            "done": DONE.get(req.get_param("done") or ""),
            "problem": problem.message if problem else "", "failed": failed,
            "typed": {name: form.text(name) if form else "" for name in TYPED},
        }  # fmt: skip
        return Shown("pools_pool.html", values, problem.status if problem else 200)

    def _row(self, one: PoolValue) -> dict[str, Any]:
        return {
            "value": one.value,
            "state": Cell("state", WORDS[one.state], TONES[one.state]),
            "until": instant(one.until, self._desk.zone) if one.until is not None else None,
            "companion": ", ".join(f"{name} {said}" for name, said in one.companion.items()),
            "is_foreign": one.origin != "own",
            "resource": f"/r/resource/{one.resource}" if one.resource else "",
            "order": f"/order/{one.root}" if one.root else "",
            "customer": f"/customer/{one.customer}" if one.customer else "",
            "changed": instant(one.changed_at, self._desk.zone),
            "by": one.changed_by,
            "reservation": one.reservation or "",
            "moves": [{"name": name, "word": word} for name, word in MOVES[one.state]],
        }


def _may(actor: Actor, permission: str) -> bool:
    grant = actor.may(permission)
    return grant is not None and grant.reach == "all"


def _pool(work: Work, ident: str) -> ResourcePool:
    pool = document_at(work, ResourcePool, ident)
    if pool is None:
        raise NotFound("notFound", f"there is no resource pool {ident}")
    return pool


def _load(work: Work, pool: ResourcePool, form: Form) -> str:
    """Load a range, or the lines of a list: the value, then what goes with it (`imsi=…`)."""
    lines = [line.strip() for line in form.text("list").splitlines() if line.strip()]
    sent: dict[str, Any] = {"value": [_line(one) for one in lines]} if lines else {}
    for name in ("first", "last", "network"):
        if form.text(name):
            sent[name] = form.text(name)
    found, faults = loaded(pool.pool_type, sent)
    refuse(faults)
    load_values(work, pool, found)
    return ""


def _line(line: str) -> dict[str, Any]:
    value, *more = (part.strip() for part in line.replace("\t", ";").split(";"))
    pairs = [part.partition("=") for part in more if "=" in part]
    return {"value": value, "companion": {name.strip(): said.strip() for name, _, said in pairs}}


def _reserve(work: Work, pool: ResourcePool, form: Form) -> str:
    customer = None
    if form.text("customer"):
        work.actor.must(Customer.resource, "read")
        customer = work.get(Customer, form.text("customer"))
        if customer is None:
            message = f"there is no customer {form.text('customer')[:80]}; give a key"
            raise Invalid.of([Fault("customer", "badValue", message)])
    wanted = Wanted(
        count=_whole(form, "count", 1),
        values=[form.text("value")] if form.text("value") else (),
        pattern=form.text("like"),
        minutes=_whole(form, "minutes", pool.held_minutes),
        customer=customer.id if customer is not None else None,
    )
    found = reserve(work, pool, wanted)
    return found[0].value if len(found) == 1 else ""


def _move(work: Work, pool: ResourcePool, form: Form) -> str:
    name, value = form.text("move"), form.text("value")
    if name == "portIn":
        port_in(work, pool, value, Wanted())
    elif name in {one for each in MOVES.values() for one, _ in each}:
        move(work, pool, name, value, reservation=form.text("reservation") or None)
    else:
        raise Invalid.of([Fault("move", "badValue", "is nothing that is done with a value")])
    return value


def _whole(form: Form, name: str, default: int) -> int:
    text = form.text(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 129_600):
        raise Invalid.of([Fault(name, "badNumber", "must be a whole number from 1")])
    return int(text)
