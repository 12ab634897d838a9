"""The page of any record: its facts, panels, actions, what it is related to, its history."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Invalid, NotFound, Refusal
from trunkline.governance.profiles import needs_kind
from trunkline.governance.status_rules import rules_of
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.removal import remove
from trunkline.rest.writing import change
from trunkline.sales.chain.chain import RANK as CHAINED
from trunkline.screens.screen import Panel, screen_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.gone import gone_record
from trunkline.web.details.moves import judged, moves_of, reachable, state_patch, state_path
from trunkline.web.details.reads_page import sees_reads
from trunkline.web.details.restoring import MERGE
from trunkline.web.details.told import chapters_of, facts_by_name, stamped, state_name, writing_of
from trunkline.web.editing.problems import problems_of
from trunkline.web.facts import Fact, Teller
from trunkline.web.forms import Form
from trunkline.web.governed import governed
from trunkline.web.history import history_of
from trunkline.web.lists.address import path_words
from trunkline.web.lists.called import call_by_key
from trunkline.web.lists.columns import columns_of, row_of
from trunkline.web.record_page import head_of, pretty, stale_shown, teller_of, users_of, uses_of
from trunkline.web.records import (
    Record,
    document_at,
    hidden_of,
    matching,
    record_of,
    unmasked,
)
from trunkline.web.wording import plural

TABS = ("facts", "related", "timeline", "history", "json")
FORMER = {"used-by": "related"}
FACTS_MAX = 8


class DetailPage:
    """`/r/{segment}/{ident}`: one record of any published resource."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show the record."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def on_get_panel(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, number: int
    ) -> None:
        """Show one panel of the record."""
        view = partial(self._panel, segment=segment, ident=ident, number=number)
        self._desk.answer(req, resp, view)

    def on_get_moves(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Show what can be done to the record, each with what stands against it now."""
        view = partial(self._judged, segment=segment, ident=ident)
        self._desk.answer(req, resp, view, is_use=False)

    def on_post_move(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Bring the record into another state."""
        self._desk.act(req, resp, partial(self._move, segment=segment, ident=ident))

    def on_get_remove(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Ask whether the record is to be removed, and say what uses it."""
        self._desk.answer(req, resp, partial(self._removal, segment=segment, ident=ident))

    def on_post_remove(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Remove the record."""
        self._desk.act(req, resp, partial(self._remove, segment=segment, ident=ident))

    # --- the page ------------------------------------------------------------------------------

    def _view(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment)
        with self._desk.work(visit) as work:
            try:
                record = record_of(work, resource, ident)
            except NotFound as missing:
                gone = gone_record(work, resource, ident, missing)
                return Shown("details_gone.html", self._left_of(visit, work, gone), 410)
            return Shown("record.html", self._values(visit, work, record))

    def _left_of(self, visit: Visit, work: Work, gone: Record) -> dict[str, Any]:
        before = visit.req.get_param_as_int("before", min_value=1)
        lines, older = history_of(work, gone, self._desk.zone, before)
        address = f"{self._desk.addresses.of_list(gone.resource)}/{gone.id}"
        head = head_of(self._desk, gone) | {"facts_address": address}
        return head | {"lines": lines, "older": older}

    def _values(
        self, visit: Visit, work: Work, record: Record, refusal: Refusal | None = None
    ) -> dict[str, Any]:
        asked = visit.req.get_param("tab") or ""
        asked = FORMER.get(asked, asked)
        tab = asked if asked in TABS and refusal is None else "facts"
        values = (
            head_of(self._desk, record, work.now, governed(work, record.resource))
            | {"tab": tab}
            | self._doings(visit, work, record)
        )
        uses = uses_of(work, record) if tab == "related" else []
        teller = teller_of(self._desk, work, record)
        values["head_facts"] = _head_facts(record, teller)
        values["stale"] = stale_shown(self._desk, work, record)
        problems = problems_of(refusal, record.document, {})
        values["problems"] = [{"label": one.label, "message": one.message} for one in problems]
        if tab == "related":
            values["users"] = users_of(self._desk, work, uses)
        elif tab == "history":
            before = visit.req.get_param_as_int("before", min_value=1)
            asking = writing_of(work, record)
            writable = asking.names if asking else frozenset[str]()
            lines, older = history_of(work, record, self._desk.zone, before, writable)
            values |= {"lines": lines, "older": older}
            values["shows_reads"] = sees_reads(work.actor, record.resource)
        elif tab == "json":
            values["json"] = pretty(record)
        elif tab == "facts":
            values["chapters"] = chapters_of(work, record, teller)
            values["panels"] = self._panels(work, record)
        return values

    def _doings(self, visit: Visit, work: Work, record: Record) -> dict[str, Any]:
        """Return what the visitor may do with the record."""
        resource, actor = record.resource, work.actor
        applied = rules_of(work, resource)
        declared, others = moves_of(actor, record, applied, governed(work, resource))
        about = resource.type.wrap(dict(record.document))
        declared = [one for one in declared if not one.makes or needs_kind(work, about, one.makes)]

        def may(operation: str, verb: Any) -> bool:
            return operation in resource.operations and actor.grant(resource, verb) is not None

        administers = actor.may("identity:administer")
        return {
            "moves": declared,
            "states": others,
            "moves_address": self._moves_address(record)
            if applied and any(one.state for one in (*declared, *others))
            else "",
            "may_edit": may("patch", "update"),
            "may_remove": may("delete", "delete"),
            "may_copy": may("create", "create"),
            "may_explain": administers is not None and administers.reach == "all",
        }

    # --- panels --------------------------------------------------------------------------------

    def _panels(self, work: Work, record: Record) -> list[dict[str, Any]]:
        """Return the panels; their addresses name the record by its id, which saves reading it."""
        base = f"{self._desk.addresses.of_list(record.resource)}/{record.id}"
        about = record.resource.type.wrap(dict(record.document))
        found = []
        for number, panel in enumerate(screen_of(record.resource).panels):
            kind = work.services.registry[panel.resource]
            if work.actor.grant(kind, "read") is not None and needs_kind(work, about, kind.name):
                found.append({"title": panel.title, "address": f"{base}/panel/{number}"})
        if record.resource.name in CHAINED:
            found.append({"title": "From lead to delivery", "address": f"{base}/chain"})
        return found

    def _panel(self, visit: Visit, *, segment: str, ident: str, number: int) -> Answer:
        resource = self._resource(segment)
        panels = screen_of(resource).panels
        if number >= len(panels):
            raise NotFound("notFound", f"there is no panel {number}")
        panel: Panel = panels[number]
        with self._desk.work(visit) as work:
            is_id = UUID.match(ident) is not None and work.actor.must(resource, "read") is not None
            held = ident.lower() if is_id else record_of(work, resource, ident).id
            kind = work.services.registry[panel.resource]
            listing = matching(work, kind, {panel.path: [held]}, limit=panel.limit)
            columns = columns_of(kind, hidden_of(work, kind))
            known = governed(work, kind)
            if listing is not None:
                call_by_key(work, kind, listing.records, panel.columns or columns)
        shown = [one for one in columns if not panel.columns or one in {"key", *panel.columns}]
        rows = listing.records if listing is not None else ()
        base = self._desk.addresses.of_list(kind)
        values: dict[str, Any] = {
            "title": panel.title,
            "kind": plural(kind.title),
            "heads": [known.label(one) or path_words(one) for one in shown],
            "rows": [
                row_of(one, shown, self._desk.addresses, self._desk.zone, work.now, known)
                for one in rows
            ],
            "total": listing.total if listing is not None else 0,
            "all": f"{base}?{panel.path}={held}",
            "make": _new_address(work, kind, base, panel.path, held),
        }  # fmt: skip
        return Shown("details_panel.html", values)

    def _judged(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        """Rules look at the record as it is, also at what is hidden from the visitor."""
        resource = self._resource(segment)
        with self._desk.work(visit) as work:
            work.actor.must(resource, "read")
            document = document_at(work, resource.type, ident)
            if document is None:
                raise NotFound("notFound", f"there is no {resource.title.lower()} {ident}")
            record = unmasked(document)
            values = head_of(self._desk, record) | self._doings(visit, work, record)
            applied = rules_of(work, resource)
            for name in ("moves", "states"):
                values[name] = judged(work, document, applied, values[name])
        return Shown("details_moves.html", values)

    def _moves_address(self, record: Record) -> str:
        """Name the record by its id, which saves looking it up."""
        return f"{self._desk.addresses.of_list(record.resource)}/{record.id}/moves"

    # --- moves and removal ---------------------------------------------------------------------

    def _move(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment)
        state, reason = form.text("state"), form.text("reason")
        try:
            with self._desk.work(visit) as work:
                document = work.lock(resource.type, ident)
                if form.text("needs") and not reason:
                    raise Invalid("reasonMissing", "say why; nothing was changed")
                former, was = document.raw.get(state_path(resource)), document.meta.version
                change(work, document, state_patch(resource, state, reason), MERGE)
                back = reachable(work.actor, resource, document.raw, rules_of(work, resource))
                version = document.meta.version if former in back else 0
            address = self._desk.addresses.of_record(resource, document.key)
            is_same = document.meta.version == was
            return Moved(address + ("?done=same" if is_same else f"?version={version}&done=saved"))
        except NotFound:
            raise
        except Refusal as refusal:
            with self._desk.work(visit) as work:
                record = record_of(work, resource, ident)
                values = self._values(visit, work, record, refusal)
            return Shown("record.html", values, refusal.status)

    def _removal(
        self, visit: Visit, *, segment: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        resource = self._resource(segment)
        if "delete" not in resource.operations:
            raise NotFound("notFound", f"a {resource.title.lower()} is not removed")
        with self._desk.work(visit) as work:
            work.actor.must(resource, "delete")
            record = record_of(work, resource, ident)
            uses = uses_of(work, record)
            values = head_of(self._desk, record) | {
                "users": users_of(self._desk, work, uses),
                "is_used": bool(uses),
                "problem": refusal.message if refusal else "",
            }
        return Shown("details_remove.html", values, refusal.status if refusal else 200)

    def _remove(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = self._resource(segment)
        try:
            with self._desk.work(visit) as work:
                document = work.lock(resource.type, ident, verb="delete")
                if form.text("version") != str(document.meta.version):
                    message = f"{document.key} was changed meanwhile; look at it again"
                    raise Conflict("conflictChanged", message)
                remove(work, document)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._removal(visit, segment=segment, ident=ident, refusal=refusal)
        return Moved(f"{self._desk.addresses.of_list(resource)}")

    def _resource(self, segment: str) -> Resource:
        resource = self._desk.addresses.resource(segment)
        if resource is None:
            raise NotFound("notFound", f"there is no page {segment}")
        return resource


def _head_facts(record: Record, teller: Teller) -> list[Fact]:
    """Return the few facts at the head of the page, those that say something."""
    facts = facts_by_name(record, teller)
    names = [path.partition(".")[0] for path in screen_of(record.resource).facts]
    state = state_name(record)
    told = {state, *stamped(record)}
    shown = [one for one in dict.fromkeys(names) if one in facts and one not in told]
    return [facts[one] for one in shown][:FACTS_MAX]


def _new_address(work: Work, kind: Resource, base: str, path: str, held: str) -> str:
    """Return where a record is made that a panel shows; empty where nobody can say so of a new one.

    What the program itself sets cannot be filled in: such records come to the panel otherwise.
    """
    attribute = kind.type.by_json_name().get(path.partition(".")[0].partition("[")[0])
    is_set = attribute is None or attribute.name not in kind.server_sets
    may = "create" in kind.operations and work.actor.grant(kind, "create") is not None
    return f"{base}/new?{path}={held}" if is_set and may else ""
