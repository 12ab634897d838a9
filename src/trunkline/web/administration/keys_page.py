"""Numbers of records: by which pattern each kind is numbered, with a look at the next key."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.governance.keys.key_pattern import KeyPattern
from trunkline.governance.keys.numbering import Pattern, next_keys, pattern_of
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.writing import change, create
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form

ADDRESS = f"{BASE}/keys"
MERGE = "application/merge-patch+json"
YEARS = (("none", "No year"), ("two", "Year with two digits"), ("four", "Year with four digits"))
FIELDS = ("prefix", "digits", "year", "segment", "codes", "start")


class KeysPage:
    """`/administration/keys`, and `…/{kind}` of one kind of record."""

    needs = "KeyPattern:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the kinds with their next keys."""
        self._desk.answer(req, resp, self._list)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, kind: str) -> None:
        """Show the pattern of a kind, and what it makes."""
        self._desk.answer(req, resp, partial(self._form, kind=kind))

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, kind: str) -> None:
        """Look at what a pattern would make, or keep it."""
        self._desk.act(req, resp, partial(self._do, kind=kind))

    def _list(self, visit: Visit) -> Answer:
        visit.actor.must(KeyPattern.resource, "read")
        with self._desk.work(visit) as work:
            said = {one.record_type: one for one in work.find(KeyPattern, {})}
        kinds = sorted(
            (one for one in work.services.registry if one.published), key=lambda one: one.title
        )
        rows = [
            {"name": one.name, "title": one.title, "is_own": one.name in said,
             "prefix": said[one.name].prefix if one.name in said else one.prefix}
            for one in kinds
        ]  # fmt: skip
        return Shown("admin_keys.html", {"rows": rows})

    def _form(
        self, visit: Visit, *, kind: str, typed: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:
        visit.actor.must(KeyPattern.resource, "read")
        with self._desk.work(visit) as work:
            resource = _kind(work, kind)
            held = _held(work, kind)
            raw = held.raw if held is not None else {"prefix": resource.prefix}
            body = _body(typed) if typed is not None else raw
            found = next_keys(work, resource, _pattern(body, resource), start=_start(body))
            may = work.actor.grant(KeyPattern.resource, "update" if held else "create") is not None
        told: dict[str, Json] = {
            "kind": resource.name, "title": resource.title, "address": f"{ADDRESS}/{kind}",
            "typed": _typed(body), "years": YEARS, "may": may,
            "next": [{"value": value, "key": key} for value, key in found],
            "problem": refusal.told if refusal is not None else "",
        }  # fmt: skip
        return Shown("admin_key.html", told, refusal.status if refusal is not None else 200)

    def _do(self, visit: Visit, form: Form, *, kind: str) -> Answer:
        if form.text("do") == "look":
            return self._form(visit, kind=kind, typed=form)
        body = _body(form)
        try:
            with self._desk.work(visit) as work:
                held = _held(work, _kind(work, kind).name)
                if held is None:
                    work.actor.must(KeyPattern.resource, "create")
                    create(work, KeyPattern.resource, {"recordType": kind, **body})
                else:
                    work.actor.must(KeyPattern.resource, "update")
                    gone = {one: None for one in held.raw if one not in ("recordType", *body)}
                    change(work, work.lock(KeyPattern, held.id), {**gone, **body}, MERGE)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._form(visit, kind=kind, typed=form, refusal=refusal)
        return Moved(f"{ADDRESS}?done=kept")


def _kind(work: Work, name: str) -> Resource:
    found = work.services.registry.resources.get(name)
    if found is None or not found.published:
        raise NotFound("notFound", f"there is no kind of record {name}")
    return found


def _held(work: Work, kind: str) -> KeyPattern | None:
    return next(iter(work.find(KeyPattern, {"recordType": kind}, limit=1)), None)


def _body(form: Form) -> dict[str, Any]:
    """Return the pattern that a form says; what is no number is left for the rules to refuse."""
    found: dict[str, Any] = {"prefix": form.text("prefix").upper()}
    for name in ("digits", "start"):
        if form.text(name):
            found[name] = form.whole(name)
    if form.text("year") in {"two", "four"}:
        found["year"] = form.text("year")
    if form.text("segment"):
        found["segment"] = form.text("segment")
    lines = [one.partition("=") for one in form.text("codes").splitlines() if one.strip()]
    if lines:
        found["segmentCode"] = [
            {"value": value.strip(), "code": code.strip().upper()} for value, _, code in lines
        ]
    return found


def _pattern(body: dict[str, Any], resource: Resource) -> Pattern:
    """Return what a pattern would make, as far as it can be told from what was typed."""
    digits = body.get("digits")
    is_fine = isinstance(digits, int) and 1 <= digits <= 12
    return pattern_of({
        **body, "prefix": body.get("prefix") or resource.prefix,
        "digits": digits if is_fine else None,
    })  # fmt: skip


def _start(body: dict[str, Any]) -> int | None:
    start = body.get("start")
    return int(start) if isinstance(start, int) else None


def _typed(body: dict[str, Any]) -> dict[str, str]:
    codes = [f"{one['value']} = {one['code']}" for one in body.get("segmentCode") or ()]
    said = {name: str(body[name]) for name in FIELDS if body.get(name) is not None}
    return dict.fromkeys(FIELDS, "") | said | {"codes": "\n".join(codes)}
