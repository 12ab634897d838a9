"""One cause of fallout: what stands still by it, put right once, and tried again together."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.ordering.repair.causes import (
    Cause,
    Figures,
    HeldValue,
    begin_fix,
    figures_of,
    values_of,
)
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, must_operate
from trunkline.web.forms import Form
from trunkline.web.values import instant, number
from trunkline.web.wording import choice, words

RETRY = "ordering:retry"
FIXABLE = ("technical", "business")
"""Kinds of failure whose steps may be given other values: what may have happened is asked for."""


class CausePage:
    """`/fallout/cause?kind=…&code=…&system=…`."""

    needs = "ordering:retry"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what stands still by it."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin to try it again, with what was corrected."""
        self._desk.act(req, resp, self._fix)

    def _view(self, visit: Visit, *, form: Form | None = None, problem: str = "") -> Answer:
        said = form.text if form is not None else lambda name: visit.req.get_param(name) or ""
        cause = Cause(said("kind"), said("code") or None, said("system") or None)
        with self._desk.work(visit) as work:
            figures, tasks = figures_of(work, cause)
            held = values_of(work, cause) if cause.kind in FIXABLE else []
        may = visit.actor.may(RETRY)
        typed = form.pairs("name", "value") if form is not None else {}
        values = {
            "cause": {"kind": choice(cause.kind), "code": cause.code or "",
                      "system": cause.system or "", "raw": cause.kind},
            "figures": self._figures(figures) if figures is not None else None,
            "tasks": [{"name": name, "count": number(count)} for name, count in tasks.items()],
            "held": [_shown(one, typed.get(one.name, "")) for one in held],
            "is_unknown": cause.kind == "unknown",
            "may_retry": may is not None and may.reach == "all",
            "note": form.text("note") if form is not None else "",
            "problem": problem,
        }  # fmt: skip
        return Shown("fallout_cause.html", values, 409 if problem else 200)

    def _figures(self, found: Figures) -> dict[str, Any]:
        return {
            "steps": number(found.steps), "many": found.steps, "orders": found.orders,
            "oldest": instant(found.oldest, self._desk.zone), "overdue": found.overdue,
            "held": number(found.held),
        }  # fmt: skip

    def _fix(self, visit: Visit, form: Form) -> Answer:
        cause = Cause(form.text("kind"), form.text("code") or None, form.text("system") or None)
        first = 1 if form.text("do") == "first" else None
        must_operate(visit.actor, RETRY)
        try:
            with self._desk.work(visit) as work:
                former = {one.name: one for one in values_of(work, cause)}
                typed = form.pairs("name", "value").items()
                values = {
                    name: _value(text, former.get(name)) for name, text in typed if text.strip()
                }
                job, _ = begin_fix(
                    work, cause, characteristics=values, note=form.text("note"), first=first
                )
        except NotFound:
            raise
        except Refusal as refusal:
            if refusal.status not in (400, 409):
                raise
            return self._view(visit, form=form, problem=refusal.told)
        return Moved(f"/jobs/{job}")


def cause_address(kind: str, code: str | None, system: str | None) -> str:
    """Return where the page of a cause is."""
    said = {"kind": kind, "code": code or "", "system": system or ""}
    return f"/fallout/cause?{urlencode({name: one for name, one in said.items() if one})}"


def _shown(one: HeldValue, typed: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": words(one.name),
        "count": one.steps,
        "values": [_text(value) for value in one.values],
        "more": one.distinct - len(one.values),
        "typed": typed,
    }


def _text(value: Json) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def _value(text: str, held: HeldValue | None) -> Json:
    """Return what was typed: text where text is held, else the JSON value that it is."""
    if held is not None and held.values and all(isinstance(one, str) for one in held.values):
        return text
    try:
        return decode(text.encode())
    except Invalid:
        return text
