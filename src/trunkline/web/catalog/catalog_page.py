"""The catalog editor: `/catalog` with its tree, the chosen entry, and the panes beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.catalog.entry import DRAFT, LIVE
from trunkline.catalog.entry_rules import PRICES
from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Forbidden, NotFound, Refusal
from trunkline.documents.shape import parse_instant
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.web.catalog.characteristics import characteristics_of, place_of
from trunkline.web.catalog.checked import checks_of
from trunkline.web.catalog.kinds import (
    address_of,
    entry_kind,
    readable_kinds,
    short_name,
)
from trunkline.web.catalog.price_lines import price_lines
from trunkline.web.catalog.simulating import simulated
from trunkline.web.catalog.tree import MOVABLE, branch, path_to, roots
from trunkline.web.catalog.used import may_count, unseen, uses_of
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.details.moves import moves_of, state_patch
from trunkline.web.details.restoring import MERGE
from trunkline.web.details.told import Chapter, chapters_of
from trunkline.web.editing.look_up import targets_of
from trunkline.web.editing.problems import label_of_path
from trunkline.web.forms import Form
from trunkline.web.navigation import is_customer
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import Record, record_of
from trunkline.web.values import instant

DONE = {
    "cloned": "The copy is kept as a draft.",
    "saved": "Saved.",
    "undone": "The change is taken back.",
    "published": "It is live.",
    "scheduled": "It goes live by itself.",
    "back": "It is a draft again.",
    "moved": "Moved.",
    "state": "The state is changed.",
    "restored": "The values are back.",
    "prices": "The new prices are kept.",
}
TYPED_MAX = 100
PANES = ("used", "checks", "simulate")


class CatalogPage:
    """`/catalog` and `/catalog/{segment}/{ident}`."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # --- requests ------------------------------------------------------------------------------

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the tree, with nothing chosen."""
        self._desk.answer(req, resp, self._start)

    def on_get_branch(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what is below a node of the tree."""
        self._desk.answer(req, resp, self._branch)

    def on_get_path(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say what has to be opened in the tree to see an entry."""
        self._desk.answer(req, resp, self._path)

    def on_get_found(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the entries that the search finds."""
        self._desk.answer(req, resp, self._found)

    def on_get_entry(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Show an entry: with the tree, or alone where the page has the tree already."""
        self._desk.answer(req, resp, partial(self._entry, segment=segment, ident=ident))

    def on_get_pane(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str, pane: str
    ) -> None:
        """Show one pane beside an entry."""
        view = partial(self._pane, segment=segment, ident=ident, pane=pane)
        self._desk.answer(req, resp, view)

    def on_post_simulate(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Show what would come of an offer as it is configured."""
        view = partial(self._configured, segment=segment, ident=ident)
        self._desk.act(req, resp, view, is_looking=True)

    def on_post_move(
        self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str
    ) -> None:
        """Launch the entry, retire it, or bring it into another state."""
        self._desk.act(req, resp, partial(self._to_state, segment=segment, ident=ident))

    # --- the tree ------------------------------------------------------------------------------

    def _start(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            return Shown("catalog.html", self._frame(work, visit) | {"entry": None})

    def _frame(self, work: Work, visit: Visit) -> dict[str, Any]:
        kinds = readable_kinds(work)
        if not kinds:
            raise Forbidden("notAllowed", "no entry of the catalog is yours to see")
        typed = _typed(visit)
        values: dict[str, Any] = {
            "nodes": roots(work, self._desk.addresses),
            "done": DONE.get(visit.req.get_param("done") or "", ""),
            "may_price": _may_price(work),
        }
        return values | self._search(work, typed)

    def _search(self, work: Work, typed: str) -> dict[str, Any]:
        found = targets_of(work, readable_kinds(work), typed, []) if typed else []
        registry = work.services.registry
        return {
            "typed": typed,
            "found": [
                {"label": one.label, "key": one.key, "title": one.title,
                 "address": address_of(self._desk.addresses, registry[one.kind], one.key)}
                for one in found
            ],
        }  # fmt: skip

    def _whole(self, visit: Visit) -> Answer:
        """Show a part that is opened by itself, as in a tab of its own, within the page."""
        segment, _, ident = (visit.req.get_param("of") or "").partition("/")
        if not ident:
            return self._start(visit)
        return self._entry(visit, segment=segment, ident=ident)

    def _found(self, visit: Visit) -> Answer:
        if not is_part(visit):
            return self._whole(visit)
        with self._desk.work(visit) as work:
            return Shown("catalog_found.html", self._search(work, _typed(visit)))

    def _branch(self, visit: Visit) -> Answer:
        if not is_part(visit):
            return self._whole(visit)
        with self._desk.work(visit) as work:
            nodes = branch(work, self._desk.addresses, visit.req.get_param("of") or "")
        level = visit.req.get_param_as_int("level", min_value=1, max_value=99, default=2)
        return Shown("catalog_branch.html", {"nodes": nodes, "level": level})

    def _path(self, visit: Visit) -> Answer:
        if not is_part(visit):
            return self._whole(visit)
        with self._desk.work(visit) as work:
            found = path_to(work, self._desk.addresses, visit.req.get_param("of") or "")
        return Fragment("\n".join(found))

    # --- the entry -----------------------------------------------------------------------------

    def _entry(
        self, visit: Visit, *, segment: str, ident: str, refusal: Refusal | None = None
    ) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        is_alone = is_part(visit) and refusal is None
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            if is_customer(visit.actor):
                return Moved(self._desk.addresses.of_facts(resource, record.key))
            values = self._values(visit, work, record)
            values["refusal"] = _told_refusal(refusal)
            if is_alone:
                return Shown("catalog_entry.html", values | {"done": ""})
            values = self._frame(work, visit) | values
        return Shown("catalog.html", values, refusal.status if refusal else 200)

    def _values(self, visit: Visit, work: Work, record: Record) -> dict[str, Any]:
        entry = self._told(work, record)
        is_saved = visit.req.get_param("done") == "saved" and record.version > 1
        entry["undo"] = record.version if is_saved else 0
        return {"entry": entry, "refusal": [], "told_done": "", "in_place": False, "opened": ""}

    def within(
        self, visit: Visit, work: Work, record: Record, template: str, values: dict[str, Any],
        status: int = 200, *, opened: str = "",
    ) -> Answer:  # fmt: skip
        """Return a part of an entry's page; where no script asks for it, all of the page with it.

        `opened` is the pane that the values are of, empty for what they say of the entry.
        """
        if is_part(visit):
            return Shown(template, values)
        whole = self._frame(work, visit) | self._values(visit, work, record)
        own = {} if opened else values["entry"]
        entry = whole["entry"] | own
        return Shown("catalog.html", whole | values | {"entry": entry, "opened": opened}, status)

    def _told(self, work: Work, record: Record) -> dict[str, Any]:
        resource, actor, addresses = record.resource, work.actor, self._desk.addresses
        declared, others = moves_of(actor, record)
        teller = teller_of(self._desk, work, record)
        status = record.document.get("lifecycleStatus")
        is_offer = resource is ProductOffering.resource
        shown = [] if status in LIVE else [one for one in others if one.state not in LIVE]

        def may(operation: str, verb: Any) -> bool:
            return operation in resource.operations and actor.grant(resource, verb) is not None

        may_edit = may("patch", "update")
        return head_of(self._desk, record) | {
            "address": address_of(addresses, resource, record.key),
            "near": address_of(addresses, resource, record.id),
            "of": f"{addresses.of_list(resource).rpartition('/')[2]}/{record.id}",
            "short": short_name(resource, record.document),
            "moves": [one for one in declared if one.state and one.state not in LIVE],
            "states": shown,
            "may_edit": may_edit,
            "may_publish": may_edit and status in DRAFT,
            "may_clone": is_offer and may("create", "create"),
            "may_place": resource.name in MOVABLE and may_edit,
            "chapters": list(_without(chapters_of(work, record, teller), record)),
            "is_offer": is_offer,
            "characteristics": characteristics_of(record),
            "simulates": is_offer and actor.may("ordering:simulate") is not None,
            "goes_live": self._goes_live(work, record),
        } | (price_lines(work, self._desk, record) if is_offer else {})  # fmt: skip

    def _goes_live(self, work: Work, record: Record) -> Any:
        """Return when an entry that is live already begins, None for one that has begun."""
        start = (record.document.get("validFor") or {}).get("startDateTime")
        if record.document.get("lifecycleStatus") not in LIVE or not start:
            return None
        is_to_come = parse_instant(start) > work.now
        return instant(start, self._desk.zone) if is_to_come else None

    # --- panes ---------------------------------------------------------------------------------

    def _pane(self, visit: Visit, *, segment: str, ident: str, pane: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        if pane not in PANES:
            raise NotFound("notFound", f"there is no pane {pane}")
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            address = address_of(self._desk.addresses, resource, record.key)
            values: dict[str, Any] = {"address": address, "label": record.label}
            if pane == "used":
                values["groups"] = uses_of(work, self._desk.addresses, record)
                values |= {"unseen": unseen(work), "may_count": may_count(work)}
            elif pane == "checks":
                values["checks"] = checks_of(
                    work, self._desk.addresses, record,
                    drafts_too=visit.req.get_param("drafts") == "live",
                )  # fmt: skip
            elif pane == "simulate":
                req = visit.req
                asked = {name: req.get_param_as_list(name) or [""] for name in req.params}
                values |= self._simulated(work, record, asked)
            return self.within(visit, work, record, f"catalog_{pane}.html", values, opened=pane)

    def _simulated(
        self, work: Work, record: Record, fields: Mapping[str, Sequence[str]]
    ) -> dict[str, Any]:
        if record.resource is not ProductOffering.resource:
            raise NotFound("notFound", "only offers can be simulated")
        work.actor.must_have("ordering:simulate")
        return simulated(self._desk, work, record, fields)

    def _configured(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            address = address_of(self._desk.addresses, resource, record.key)
            values = {"address": address, "label": record.label}
            values |= self._simulated(work, record, form.fields)
            template = "catalog_simulate_form.html"
            return self.within(visit, work, record, template, values, opened="simulate")

    # --- states --------------------------------------------------------------------------------

    def _to_state(self, visit: Visit, form: Form, *, segment: str, ident: str) -> Answer:
        resource = entry_kind(self._desk.addresses, segment)
        patch = state_patch(resource, form.text("state"), form.text("reason"))
        try:
            with self._desk.work(visit) as work:
                document = work.lock(resource.type, ident)
                change(work, document, patch, MERGE)
        except Refusal as refusal:
            if refusal.status in {401, 403, 404}:
                raise
            return self._entry(visit, segment=segment, ident=ident, refusal=refusal)
        return Moved(f"{address_of(self._desk.addresses, resource, document.key)}?done=state")


def _without(chapters: list[Chapter], record: Record) -> Iterator[Chapter]:
    """Yield the chapters without what stands in a card of its own."""
    place = place_of(record.resource.type)
    own = {PRICES, place[0] if place else ""}
    for one in chapters:
        small = [fact for fact in one.small if fact.name not in own]
        large = [fact for fact in one.large if fact.name not in own]
        if small or large:
            yield Chapter(one.title, small, large)


def is_part(visit: Visit) -> bool:
    """Tell whether a part of a page that is open already is asked for."""
    return visit.req.get_header("HX-Request") == "true"


def _typed(visit: Visit) -> str:
    return (visit.req.get_param("q") or "").strip()[:TYPED_MAX]


def _may_price(work: Work) -> bool:
    kind = work.services.registry.resources.get("ProductOfferingPrice")
    return kind is not None and work.actor.grant(kind, "create") is not None


def _told_refusal(refusal: Refusal | None) -> list[dict[str, str]]:
    if refusal is None:
        return []
    return [
        {"label": label_of_path(one.path), "message": one.message} for one in refusal.faults
    ] or [{"label": "", "message": refusal.message}]
