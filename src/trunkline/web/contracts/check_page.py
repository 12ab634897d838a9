"""Checking: whether a customer is entitled to help, by which right, and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import falcon

from trunkline.contract.api import USE
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.verifying import REASONS, Question, Use, Verified, verify
from trunkline.documents.errors import NotFound, Refusal
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.records import document_at, naming, seen, select_among
from trunkline.web.values import instant, number, state

FIELDS = ("customer", "product", "issueType", "channel", "reference")
PRODUCTS_MAX = 100


class CheckPage:
    """`/entitlements/check`."""

    needs = "Entitlement:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the form and, for a customer, what that one is entitled to."""
        typed = {name: req.get_param(name) or "" for name in FIELDS}
        self._desk.answer(req, resp, lambda visit: self._view(visit, typed))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Use an entitlement for a case."""

        def use(visit: Visit, form: Form) -> Answer:
            typed = {name: form.text(name) for name in FIELDS}
            return self._view(visit, typed, is_use=True)

        self._desk.act(req, resp, use)

    def _view(self, visit: Visit, typed: Mapping[str, str], *, is_use: bool = False) -> Answer:
        visit.actor.must(Entitlement.resource, "read")
        refusal: Refusal | None = None
        found: Verified | None = None
        try:
            with self._desk.work(visit) as work:
                found = _asked(work, typed, is_use=is_use)
        except NotFound:
            raise
        except Refusal as refused:
            if refused.status not in (400, 409):
                raise
            refusal = refused
        with self._desk.work(visit) as work:
            values = self._told(work, typed, found)
        values |= {
            "problems": problems_of(refusal), "may_use": visit.actor.may(USE) is not None,
        }  # fmt: skip
        return Shown("contracts_check.html", values, refusal.status if refusal else 200)

    def _told(self, work: Work, typed: Mapping[str, str], found: Verified | None) -> dict[str, Any]:
        named = typed["customer"]
        customer = document_at(work, Customer, named) if named else None
        branch = None
        if customer is not None:
            branch = naming(work, Product.resource, "relatedParty", [customer.id], PRODUCTS_MAX)
        products = [seen(work, one) for one in select_among(work, [branch])] if branch else []
        shown = seen(work, customer) if customer is not None else None
        return {
            "typed": typed,
            "customer": {"key": shown.key, "label": shown.label, "id": shown.id} if shown else None,
            "products": [
                {"id": one.id, "label": one.label, "key": one.key,
                 "chosen": typed["product"] in (one.id, one.key)}
                for one in products
            ],
            "answer": self._answer(found) if found is not None else None,
        }  # fmt: skip

    def _answer(self, found: Verified) -> dict[str, Any]:
        return {
            "is_entitled": found.why is None,
            "why": REASONS[found.why] if found.why is not None else "",
            "more": found.total - len(found.entitlements),
            "used": found.used.reference if found.used is not None else "",
            "rights": [self._right(one) for one in found.entitlements],
        }

    def _right(self, one: Entitlement) -> dict[str, Any]:
        end = one.valid_for.end_date_time if one.valid_for is not None else None
        left = ""
        if one.remaining_units is not None and one.total_units is not None:
            left = f"{number(one.remaining_units)} / {number(one.total_units)} {one.unit or ''}"
        return {
            "key": one.key,
            "name": one.name,
            "address": self._desk.addresses.of_facts(Entitlement.resource, one.key),
            "state": state(str(one.state)),
            "end": instant(end, self._desk.zone) if end is not None else None,
            "left": left.strip(),
            "cases": f"{one.used_cases or 0} / {one.cases_allowed}" if one.cases_allowed else "",
            "levels": [
                f"{level.name or level.metric}: {number(level.target)} {level.unit}"
                for level in one.service_level
            ],
        }


def _asked(work: Work, typed: Mapping[str, str], *, is_use: bool) -> Verified | None:
    if not typed["customer"]:
        return None
    question = Question(
        customer=typed["customer"],
        product=typed["product"] or None,
        issue_type=typed["issueType"].strip() or None,
        channel=typed["channel"].strip() or None,
    )
    use = Use(typed["reference"].strip()) if is_use else None
    return verify(work, question, use)
