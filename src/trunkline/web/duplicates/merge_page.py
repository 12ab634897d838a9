"""Merging on a page: two records side by side, whose value is kept, and what follows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.matching.party_merge import PartyMerge
from trunkline.matching.possible import matched_kind
from trunkline.rest.writing import create
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.duplicates.comparing import (
    both,
    following,
    head,
    may_choose_parties,
    party_rows,
    rows,
)
from trunkline.web.duplicates.queue import ADDRESS
from trunkline.web.editing.look_up import targets_of
from trunkline.web.forms import Form
from trunkline.web.records import record_of

TAKE = "take:"
TAKE_OF_PARTY = "party:"
TAKES = ("survivor", "loser", "both")


class MergePage:
    """`/duplicates/merge`."""

    needs = "PartyMerge:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask for the other record, or show both."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask for the merge, or show again what is wrong with it."""
        self._desk.act(req, resp, self._merge)

    def _view(self, visit: Visit) -> Answer:
        asked = {name: visit.req.get_param(name) or "" for name in ("kind", "survivor", "loser")}
        typed = (visit.req.get_param("q") or "").strip()[:100]
        with self._desk.work(visit) as work:
            work.actor.must(PartyMerge.resource, "create")
            return self._shown(work, asked, typed=typed)

    def _shown(
        self, work: Work, asked: dict[str, str], *, typed: str = "", problem: str = "",
        form: Form | None = None,
    ) -> Shown:  # fmt: skip
        resource = matched_kind(work, asked["kind"])
        values: dict[str, Any] = {
            "kind": resource.name,
            "title": resource.title,
            "asked": asked,
            "typed": typed,
            "problem": problem,
            "found": [],
            "address": f"{ADDRESS}/merge",
            "queue": ADDRESS,
        }
        if not asked["loser"]:
            one = record_of(work, resource, asked["survivor"])
            values |= {"one": head(self._desk, one), "found": self._found(work, one.id, resource,
                                                                          typed)}  # fmt: skip
            return Shown("duplicates_other.html", values, 409 if problem else 200)
        found = both(work, resource, [asked["survivor"], asked["loser"]])
        if len(found) != 2:
            raise NotFound("notFound", "one of the two is not there any more")
        one, other = found
        shown = rows(self._desk, work, one, other)
        of_parties = party_rows(self._desk, work, one, other)
        for start, listed in ((TAKE, shown), (TAKE_OF_PARTY, of_parties)):
            for row in listed:
                asked_of = form.text(start + row["name"]) if form is not None else ""
                row["take"] = asked_of or row["take"]
        turned = {"kind": resource.name, "survivor": other.key, "loser": one.key}
        values |= {
            "heads": [head(self._desk, one), head(self._desk, other)],
            "rows": shown,
            "follow": following(work, other.id),
            "party_rows": of_parties,
            "may_choose_parties": may_choose_parties(work, one),
            "turned": f"{ADDRESS}/merge?{urlencode(turned)}",
            "note": form.text("note") if form is not None else "",
        }
        return Shown("duplicates_merge.html", values, 409 if problem else 200)

    def _found(self, work: Work, own: str, resource: Resource, typed: str) -> list[dict[str, str]]:
        if not typed:
            return []
        found = targets_of(work, [resource], typed, [])
        return [
            {"key": one.key, "label": one.label,
             "address": f"{ADDRESS}/merge?" + urlencode(
                 {"kind": resource.name, "survivor": own, "loser": one.key})}
            for one in found if one.id != own
        ]  # fmt: skip

    def _merge(self, visit: Visit, form: Form) -> Answer:
        asked = {name: form.text(name) for name in ("kind", "survivor", "loser")}
        keeps_parties = form.text("keep_parties") == "yes"
        body: dict[str, Json] = {
            "survivor": {"id": asked["survivor"], "@referredType": asked["kind"]},
            "loser": {"id": asked["loser"], "@referredType": asked["kind"]},
            "choice": _chosen(form, TAKE),
            "keepParties": keeps_parties,
        }
        if not keeps_parties:
            body["partyChoice"] = _chosen(form, TAKE_OF_PARTY)
        if form.text("note"):
            body["note"] = form.text("note")
        try:
            with self._desk.work(visit) as work:
                work.actor.must(PartyMerge.resource, "create")
                made = create(work, PartyMerge.resource, body)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            with self._desk.work(visit) as work:
                return self._shown(work, asked, problem=refusal.message, form=form)
        return Moved(f"{ADDRESS}/merges/{made.key}")


def _chosen(form: Form, start: str) -> list[Json]:
    """Return whose values were chosen, by the fields that begin so."""
    return [
        {"path": name.removeprefix(start), "take": value[0]}
        for name, value in form.fields.items()
        if name.startswith(start) and value[0] in TAKES
    ]
