"""Items of a plan: added, changed and taken away in the pane beside the plan."""

from __future__ import annotations

from functools import partial

import falcon

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Conflict, Invalid
from trunkline.documents.shape import Json
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.rest.writing import change
from trunkline.web.design.item_form import short_name, typed_item
from trunkline.web.design.item_saving import saved_item
from trunkline.web.design.plan_page import PlanPage, definition_of
from trunkline.web.design.plans_page import BASE
from trunkline.web.desk import Answer, Desk, Moved, Visit
from trunkline.web.details.restoring import MERGE
from trunkline.web.forms import Form


class ItemPage:
    """`/plans/{id}/item` and `/plans/{id}/item/{item}`."""

    needs = "PlanDefinition:update"

    def __init__(self, desk: Desk, page: PlanPage) -> None:
        self._desk = desk
        self._page = page

    def on_post_new(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Add an item."""
        self._desk.act(req, resp, partial(self._keep, ident=ident, item=None))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str, item: str) -> None:
        """Change an item, or take it away."""
        self._desk.act(req, resp, partial(self._keep, ident=ident, item=item))

    def _keep(self, visit: Visit, form: Form, *, ident: str, item: str | None) -> Answer:
        is_removal = form.text("do") == "remove"
        typed, faults = typed_item(form)
        typed = {} if is_removal else typed
        try:
            if faults and not is_removal:
                raise Invalid.of(faults)
            with self._desk.work(visit) as work:
                found = definition_of(work, ident)
                held = work.lock(PlanDefinition, found.id)
                if form.text("version") != str(held.meta.version):
                    raise Conflict("conflictChanged", f"{held.key} was changed meanwhile")
                if typed and item is None and not typed.get("id") and typed.get("title"):
                    typed["id"] = short_name(str(typed["title"]), {one.id for one in held.item})
                former = next((one.raw for one in held.item if one.id == item), None)
                if typed and former is not None:
                    typed = saved_item(former, typed, {one.id for one in held.item})
                change(work, held, {"item": _items(held, item, typed)}, MERGE)
        except (Invalid, Conflict) as refusal:
            return self._page.show(visit, ident=ident, typed=typed, refusal=refusal)
        if is_removal:
            return Moved(f"{BASE}/{ident}?done=removed")
        return Moved(f"{BASE}/{ident}?item={typed['id']}&done=saved#pane")


def _items(held: PlanDefinition, item: str | None, typed: dict[str, Json]) -> list[Json]:
    """Return the items with the typed one in place of the former, at the end, or without it."""
    items = [load(encode(one.raw)) for one in held.item]
    at = next((at for at, one in enumerate(items) if one["id"] == item), None)
    if at is None:
        return [*items, typed]
    items[at : at + 1] = [typed] if typed else []
    if typed and typed["id"] != item:
        for one in items:
            for after in one.get("after") or ():
                if (after.get("scope") or "plan") == "plan" and after.get("item") == item:
                    after["item"] = typed["id"]
    return items
