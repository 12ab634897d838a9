"""Giving leads: one given up with a reason, and several given to somebody of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import falcon

from trunkline.documents.errors import Refusal
from trunkline.kernel.reading import list_page
from trunkline.kernel.work import Work
from trunkline.rest.query import parse
from trunkline.rest.writing import change
from trunkline.sales.assigning import AT_ONCE, assign
from trunkline.sales.lead.lead import SalesLead
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.governed import governed
from trunkline.web.lists.chosen import Chosen, chosen_of
from trunkline.web.sales.leads_open import OpenLeadPage
from trunkline.web.wording import plural
from trunkline.workspace.many import schema_of
from trunkline.workspace.notes import pass_on

MERGE = "application/merge-patch+json"


class GiveUpPage(OpenLeadPage):
    """`/leads/{ident}/give-up`."""

    template = "sales_give_up.html"

    def do(self, work: Work, ident: str, form: Form) -> str:
        """Give the lead up and return its address."""
        lead = work.lock(SalesLead, ident)
        patch = {"status": "rejected", "closeReason": form.text("reason") or None,
                 "otherReason": form.text("other") or None}  # fmt: skip
        change(work, lead, patch, MERGE)
        address = self._desk.addresses.of_record(SalesLead.resource, lead.key)
        return f"{address}?version={lead.meta.version}&done=saved"

    def values(
        self, work: Work, lead: SalesLead, said: dict[str, Any], form: Form | None
    ) -> dict[str, Any]:
        """Return the reasons that there are, and what was typed."""
        reasons = governed(work, SalesLead.resource).choices("closeReason")
        return {
            "reasons": [list(one) for one in reasons],
            "reason": form.text("reason") if form else "",
            "other": form.text("other") if form else "",
        }


class AssignPage:
    """`/leads/assign`: those that were selected in the list."""

    needs = "SalesLead:update"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Go to the list: what is selected there is not in an address."""
        self._desk.answer(req, resp, lambda _visit: Moved(self._list))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask to whom, or give them."""
        self._desk.act(req, resp, self._go)

    @property
    def _list(self) -> str:
        return self._desk.addresses.of_list(SalesLead.resource)

    def _go(self, visit: Visit, form: Form) -> Answer:
        visit.actor.must(SalesLead.resource, "update")
        with self._desk.work(visit) as work:
            chosen = chosen_of(self._desk, work, SalesLead.resource, form)
        if form.text("step") != "give":
            return self._ask(chosen, form)
        try:
            with self._desk.work(visit) as work:
                given = assign(
                    work, SalesLead, _idents(work, chosen), form.text("login"),
                    with_tasks=form.text("tasks") == "yes",
                )  # fmt: skip
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._ask(chosen, form, refusal)
        pass_on(self._desk.services, given.told)
        return Moved(f"{self._list}?{chosen.state}" if chosen.state else self._list)

    def _ask(self, chosen: Chosen, form: Form, refusal: Refusal | None = None) -> Answer:
        back = f"{self._list}?{chosen.state}" if chosen.state else self._list
        values: dict[str, Any] = {
            "list": {"title": plural(SalesLead.resource.title), "address": back},
            "how_many": chosen.how_many,
            "selection": chosen.fields,
            "login": form.text("login"),
            "tasks": form.text("tasks") == "yes",
            "problems": problems_of(refusal),
        }  # fmt: skip
        return Shown("sales_assign.html", values, refusal.status if refusal else 200)


def _idents(work: Work, chosen: Chosen) -> Sequence[str]:
    """Return the ids of what was selected, one more than may be given at once at most."""
    if chosen.query is None:
        return chosen.idents
    resource = SalesLead.resource
    query = replace(parse(chosen.query, schema_of(work, resource)), limit=AT_ONCE + 1)
    page = list_page(work, work.actor, work.actor.must(resource, "read"), resource, query)
    return [one.id for one in page.rows]
