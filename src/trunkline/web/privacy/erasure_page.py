"""An erasure: what stands in the way, what it would do, the decision, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.resource import Registry
from trunkline.kernel.work import Work
from trunkline.privacy.api import ERASE, READ_KEPT
from trunkline.privacy.checking import check_of
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.going_on import CARRIED_OUT, go_on_with, is_stalled
from trunkline.privacy.running import progress_of
from trunkline.rest.writing import change
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.record_page import head_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import date, instant, number, state
from trunkline.workspace.job import read_job

PATCH = "application/merge-patch+json"
ADDRESS = "/erasure/"
BEFORE = ("requested", "checked")
GROUNDS = {
    "asked": "The person has asked for it",
    "consentWithdrawn": "The consent was withdrawn",
    "notNeeded": "The data are not needed any more",
    "unlawful": "The data were kept without a right",
}
GO_ON = "goOn"
STEPS = {"check": "checked", "approve": "approved", "refuse": "refused"}


class ErasurePage:
    """`/erasure/{ident}` and the part of it that is asked for while it goes on."""

    needs = "ErasureRequest:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_part(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how far it is."""
        view = partial(self._view, ident=ident, template="privacy_erasure_part.html")
        self._desk.answer(req, resp, view, is_use=False)

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Say that it is checked, approve or refuse it, or go on with what has stopped."""
        self._desk.act(req, resp, partial(self._decide, ident=ident))

    def _decide(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        patch: dict[str, Json] = {"state": STEPS.get(form.text("step"), "")}
        if patch["state"] == "refused":
            patch["refusalReason"] = form.text("reason") or None
        try:
            with self._desk.work(visit) as work:
                if form.text("step") == GO_ON:
                    go_on_with(work, ident)
                    return Moved(f"{ADDRESS}{ident}")
                work.actor.must(ErasureRequest.resource, "update")
                change(work, work.lock(ErasureRequest, ident), patch, PATCH)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, ident=ident, refusal=refusal)
        return Moved(f"{ADDRESS}{ident}")

    def _view(
        self,
        visit: Visit,
        *,
        ident: str,
        template: str = "privacy_erasure.html",
        refusal: Refusal | None = None,
    ) -> Answer:
        with self._desk.work(visit) as work:
            record = record_of(work, ErasureRequest.resource, ident)
            values = head_of(self._desk, record) | self._values(work, record, visit)
        values["problems"] = problems_of(refusal)
        return Shown(template, values, refusal.status if refusal else 200)

    def _values(self, work: Work, record: Record, visit: Visit) -> dict[str, Any]:
        said: Mapping[str, Any] = record.document
        stands = str(said.get("state"))
        may = work.actor.may(ERASE) is not None
        checked = check_of(work, record.id) if may and stands in BEFORE else None
        person = said.get("person") or {}
        kind = work.services.registry.resources.get(str(person.get("@referredType")))
        done, total, job = progress_of(work, record.id)
        request = work.get(ErasureRequest, record.id)
        has_stopped = request is not None and is_stalled(work, request)
        stopped = read_job(work.services, job) if has_stopped and job else None
        outcome = said.get("outcome") or (checked.outcome if checked is not None else ())
        return {
            "address": f"{ADDRESS}{record.key}",
            "stands": stands,
            "goes_on": stands in CARRIED_OUT and not has_stopped,
            "has_stopped": has_stopped,
            "why_stopped": stopped.message if has_stopped and stopped is not None else "",
            "may": may,
            "may_kept": stands == "done" and work.actor.may(READ_KEPT) is not None,
            "is_own": said.get("askedById") == visit.actor.id,
            "called": person.get("name") or said.get("pseudonym") or "",
            "called_address": self._desk.addresses.of_record(kind, str(person.get("id")))
            if kind is not None
            else "",
            "ground": GROUNDS.get(str(said.get("ground")), ""),
            "obstacles": [
                {
                    "kind": _title(work.services.registry, one.kind),
                    "key": one.key,
                    "says": state(one.says),
                    "next": one.next,
                    "address": self._of(work, one.kind, one.key),
                }
                for one in (checked.obstacles if checked is not None else ())
            ],
            "is_checked": checked is not None,
            "outcome": [*_rows(work.services.registry, outcome)],
            "steps": [*self._steps(said)],
            "refusal_reason": said.get("refusalReason") or "",
            "due": instant(said.get("dueDate"), self._desk.zone),
            "done": number(done),
            "total": number(total),
            "part": done,
            "whole": total,
            "job": f"/jobs/{job}" if job else "",
        }

    def _of(self, work: Work, kind: str, key: str) -> str:
        resource = work.services.registry.resources.get(kind)
        return self._desk.addresses.of_record(resource, key) if resource is not None else ""

    def _steps(self, said: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        """Yield who did what and when, as far as it has come."""
        decided = "Refused by" if said.get("state") == "refused" else "Approved by"
        for title, who, at in (
            ("Asked for by", "askedBy", ""),
            ("Checked by", "checkedBy", "checkedAt"),
            (decided, "decidedBy", "decidedAt"),
            ("Done", "", "endedAt"),
        ):
            when = instant(said[at], self._desk.zone) if said.get(at) else None
            if said.get(who) or when:
                yield {"title": title, "who": said.get(who) or "", "when": when}


def _title(registry: Registry, kind: str) -> str:
    resource = registry.resources.get(kind)
    return resource.title if resource is not None else kind


def _rows(registry: Registry, outcome: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield what is done by kind, numbers and dates as they are read."""
    for one in outcome:
        until = one.get("keptUntil")
        counts = {
            name: number(one[name]) if one.get(name) else ""
            for name in ("pseudonymised", "deleted", "kept")
        }
        yield {
            "kind": _title(registry, str(one["kind"])),
            "until": date(parse_instant(until)) if isinstance(until, str) else "",
            "reason": one.get("reason") or "",
            **counts,
        }
