"""A merge as it goes on: how far it is, what it did, and taking it back."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Refusal
from trunkline.kernel.work import Work
from trunkline.matching.party_merge import OPEN, PartyMerge
from trunkline.rest.writing import change
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.duplicates.queue import ADDRESS, PATCH
from trunkline.web.forms import Form
from trunkline.web.records import record_of
from trunkline.web.values import number, state


class MergeStatePage:
    """`/duplicates/merges/{ident}` and the part of it that is asked for while it goes on."""

    needs = "PartyMerge:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_part(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how far it is."""
        self._desk.answer(req, resp, partial(self._view, ident=ident, is_part=True))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Take it back."""
        self._desk.act(req, resp, partial(self._undo, ident=ident))

    def _view(
        self, visit: Visit, *, ident: str, is_part: bool = False, problem: str = ""
    ) -> Answer:
        with self._desk.work(visit) as work:
            values = self._values(work, ident)
        values["problem"] = problem
        template = "duplicates_merged_part.html" if is_part else "duplicates_merged.html"
        return Shown(template, values, 409 if problem else 200)

    def _values(self, work: Work, ident: str) -> dict[str, Any]:
        record = record_of(work, PartyMerge.resource, ident)
        document: dict[str, Any] = record.document
        stands = str(document.get("state"))
        survivor = document.get("survivor") or {}
        gone = document.get("gone") or {}
        kind = work.services.registry.resources.get(str(survivor.get("@referredType")))
        named = str(survivor.get("id") or "")
        return {
            "key": record.key,
            "address": f"{ADDRESS}/merges/{record.key}",
            "facts_address": self._desk.addresses.of_facts(record.resource, record.key),
            "queue": ADDRESS,
            "state": state(stands),
            "stands": stands,
            "goes_on": stands in OPEN,
            "survivor": survivor.get("name") or named,
            "survivor_address": self._desk.addresses.of_record(kind, named) if kind else "",
            "gone": gone.get("name") or gone.get("key") or "",
            "gone_key": gone.get("key") or "",
            "moved": number(document.get("moved") or 0),
            "asker": document.get("askerName") or "",
            "note": document.get("note") or "",
            "message": document.get("message") or "",
            "stayed": document.get("stayed") or [],
            "may_undo": stands == "done"
            and work.actor.grant(PartyMerge.resource, "update") is not None,
        }

    def _undo(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        del form
        try:
            with self._desk.work(visit) as work:
                work.actor.must(PartyMerge.resource, "update")
                document = work.lock(PartyMerge, ident)
                change(work, document, {"state": "undoing"}, PATCH)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._view(visit, ident=ident, problem=refusal.message)
        return Moved(f"{ADDRESS}/merges/{ident}")
