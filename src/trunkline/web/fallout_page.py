"""Fallout: steps of orders that failed for good, and what can be done about one or many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Invalid, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.ordering.fallout_actions import complete_by_hand, fix_and_retry, retry, skip
from trunkline.ordering.plan_item import ENDED, PlanItem
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, must_operate
from trunkline.web.facts import Teller
from trunkline.web.fallout_source import customer_of, fallout_rows, open_fallout, order_of, root_of
from trunkline.web.forms import Form
from trunkline.web.plan import read_plan
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import Record, record_of
from trunkline.web.wording import words

ROWS_MAX = 100
PERMISSIONS = {
    "retry": "ordering:retry",
    "fix": "ordering:retry",
    "complete": "ordering:completeTask",
    "skip": "ordering:skip",
}
WITH_WORDS = ("complete", "skip")


class FalloutPage:
    """`/fallout`, the queue of what waits, and `/fallout/{ident}`, one of them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what waits."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Do one thing about all that is chosen."""
        self._desk.act(req, resp, self._act_on_many)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show one fallout."""
        self._desk.answer(req, resp, partial(self._view_one, ident=ident))

    def on_post_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do something about one fallout."""
        self._desk.act(req, resp, partial(self._act_on_one, ident=ident))

    # --- many ----------------------------------------------------------------------------------

    def _view(
        self, visit: Visit, problems: Sequence[tuple[str, str]] = (), note: str = ""
    ) -> Answer:
        code = visit.req.get_param("code") or None
        with self._desk.work(visit) as work:
            visit.actor.must(Fallout.resource, "read")
            listing = open_fallout(work, limit=ROWS_MAX, code=code)
            rows = fallout_rows(self._desk, work, listing) if listing is not None else []
        causes = Counter(one["code"] for one in rows if one["code"])
        values = {
            "rows": rows,
            "more": listing is not None and listing.next is not None,
            "code": code or "",
            "causes": [{"code": one, "count": count} for one, count in causes.most_common()],
            "may": _may(visit.actor),
            "problems": [{"key": key, "message": message} for key, message in problems],
            "note": note,
        }
        return Shown("fallout.html", values, 409 if problems else 200)

    def _act_on_many(self, visit: Visit, form: Form) -> Answer:
        verb, note = _verb(form), form.text("note")
        must_operate(visit.actor, PERMISSIONS[verb])
        chosen = list(dict.fromkeys(form.all("chosen")))[:ROWS_MAX]
        if not chosen:
            return self._view(visit, [("", "Choose at least one fallout first.")], note)
        if verb in WITH_WORDS and not note:
            return self._view(visit, [("", "Say why or how, in the field above the list.")], note)
        done, problems = 0, []
        for ident in chosen:
            try:
                with self._desk.work(visit) as work:
                    _act(work, verb, ident, note, {})
                done += 1
            except Refusal as error:
                problems.append((ident, error.message))
        if problems:
            return self._view(visit, problems, note)
        return Moved(f"/fallout?done={verb}-{done}")

    # --- one -----------------------------------------------------------------------------------

    def _view_one(self, visit: Visit, *, ident: str, problem: str = "", note: str = "") -> Answer:
        with self._desk.work(visit) as work:
            record = record_of(work, Fallout.resource, ident)
            teller = teller_of(self._desk, work, record)
            step = _step(work, record)
            told = teller.facts(Fallout, record.document)
        sees_values = "personal" in visit.actor.must(Fallout.resource, "read").sees
        values = head_of(self._desk, record) | {
            "order": order_of(record, teller),
            "task": str(record.document.get("taskName") or "A step"),
            "customer": customer_of(record),
            "small": [one for one in told if one.value.is_small],
            "cause": next((one.value for one in told if one.name == "cause"), None),
            "attempts": attempts_of(teller, record),
            "large": [
                one
                for one in told
                if not one.value.is_small and one.name not in {"cause", "attempt"}
            ],
            "is_open": record.document.get("state") not in CLOSED,
            "stands": step is not None and step.state == "fallout",
            "is_tried": step is not None and step.state not in ENDED | {"fallout"},
            "may": _may(visit.actor),
            "values": _values(step) if sees_values else None,
            "problem": problem,
            "note": note,
        }
        return Shown("fallout_item.html", values, 409 if problem else 200)

    def _act_on_one(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        verb, note = _verb(form), form.text("note")
        must_operate(visit.actor, PERMISSIONS[verb])
        if verb in WITH_WORDS and not note:
            problem = "Say how it was done." if verb == "complete" else "Say why it is left out."
            return self._view_one(visit, ident=ident, problem=problem)
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, Fallout.resource, ident)
                fixed = _fixed(form, _step(work, record)) if verb == "fix" else {}
                _act(work, verb, record.id, note, fixed)
        except Refusal as error:
            if error.status not in {400, 409}:
                raise
            return self._view_one(visit, ident=ident, problem=error.message, note=note)
        return Moved(f"/fallout/{record.key}?done={verb}-1")


def attempts_of(teller: Teller, record: Record) -> list[dict[str, Any]]:
    """Return the tries, newest first: what went wrong, and what was sent and answered then."""
    shape = Fallout.by_json_name()["attempt"].shape
    held = record.document.get("attempt")
    found = []
    for one in reversed(held) if isinstance(held, list) else ():
        facts = teller.facts(shape, one) if isinstance(one, dict) else []
        found.append(
            {
                "small": [fact for fact in facts if fact.value.is_small],
                "large": [fact for fact in facts if not fact.value.is_small],
            }
        )
    return found


def _verb(form: Form) -> str:
    verb = form.text("verb")
    if verb not in PERMISSIONS:
        raise Invalid("badVerb", f"choose one of {', '.join(PERMISSIONS)}")
    return verb


def _act(work: Work, verb: str, ident: str, note: str, fixed: Mapping[str, Json]) -> None:
    if verb == "retry":
        retry(work, [ident])
    elif verb == "fix":
        fix_and_retry(work, ident, fixed)
    elif verb == "complete":
        complete_by_hand(work, ident, note)
    else:
        skip(work, ident, note)


def _may(actor: Actor) -> dict[str, bool]:
    found = {verb: actor.may(permission) for verb, permission in PERMISSIONS.items()}
    return {verb: one is not None and one.reach == "all" for verb, one in found.items()}


def _step(work: Work, record: Record) -> PlanItem | None:
    root, wanted = root_of(record), record.document.get("planItemId")
    steps = read_plan(work, root).steps if root is not None else ()
    return next((one for one in steps if one.id == wanted), None)


def _values(step: PlanItem | None) -> list[dict[str, str]] | None:
    """Return the values of a step as the form shows them; None where there are none to correct."""
    if step is None or step.error_kind in {"order", "unknown"}:
        return None
    held = step.characteristic if isinstance(step.characteristic, dict) else {}
    return [
        {"name": name, "label": words(name), "value": _as_text(value)}
        for name, value in held.items()
    ]


def _fixed(form: Form, step: PlanItem | None) -> dict[str, Any]:
    """Return the values of the form that differ from the step's, each as the kind that it was."""
    held = step.characteristic if step is not None and isinstance(step.characteristic, dict) else {}
    return {
        name: _as_value(text, held.get(name))
        for name, text in form.pairs("name", "value").items()
        if name not in held or text != _as_text(held[name])
    }


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def _as_value(text: str, former: Json) -> Json:
    """Return what was typed: text where text was, else the JSON value that it is, if it is one."""
    if isinstance(former, str):
        return text
    try:
        return decode(text.encode())
    except Refusal:
        return text
