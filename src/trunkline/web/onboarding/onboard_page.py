"""Taking a customer on: what it is, then one form for all that is needed of such a customer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Fault, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.matching.possible import Possible, possible_duplicates
from trunkline.matching.score import POSSIBLE
from trunkline.onboarding.api import LOOK_UP
from trunkline.onboarding.company_register import CompanyFacts, register_of
from trunkline.onboarding.onboard import offered, onboard, party_said
from trunkline.onboarding.variant import Variant
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.organization import Organization
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.duplicates.new_record import NOTE, keep_why_of, may_check, told_possible
from trunkline.web.forms import Form
from trunkline.web.governed import governed
from trunkline.web.onboarding.fields import FILLED, parts_of, said_of

ADDRESS = "/onboard"
FILL = "fill"


class OnboardPage:
    """`/onboard` and `/onboard/{variant}`."""

    needs = "Customer:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask what the customer is."""
        self._desk.answer(req, resp, self._choose)

    def on_get_variant(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Show the empty form of a variant."""
        self._desk.answer(req, resp, lambda visit: self._show(visit, name, Form()))

    def on_post_variant(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Take the customer on, or fill in what the register of companies knows."""
        self._desk.act(req, resp, partial(self._act, name=name))

    def _choose(self, visit: Visit) -> Answer:
        visit.actor.must(Customer.resource, "create")
        with self._desk.work(visit) as work:
            found = offered(work)
        rows = [
            {"address": f"{ADDRESS}/{one.name}", "title": one.title, "icon": one.icon,
             "description": one.description}
            for one in found
        ]  # fmt: skip
        return Shown("onboard_choose.html", {"variants": rows})

    def _act(self, visit: Visit, form: Form, *, name: str) -> Answer:
        visit.actor.must(Customer.resource, "create")
        if form.text("step") == FILL:
            return self._fill(visit, form, name)
        try:
            with self._desk.work(visit) as work:
                variant = _variant(work, name)
                said = said_of(variant, form)
                status = "active" if form.text("status") == "active" else "prospect"
                found = self._unexplained(work, variant, said, form)
                if not found:
                    made = onboard(work, {"variant": name, "status": status, **said})
                    if form.text(NOTE):
                        keep_why_of(work, made.party, form.text(NOTE))
                    key = made.customer.key
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            return self._show(visit, name, form, refusal)
        if found:
            return self._show(visit, name, form, found=found)
        return Moved(f"{self._desk.addresses.of_record(Customer.resource, key)}?done=created")

    def _unexplained(
        self, work: Work, variant: Variant, said: dict[str, Any], form: Form
    ) -> Sequence[Possible]:
        """Return who may be there already, unless it was said why this is somebody else."""
        resource, record = party_said(variant, said)
        if form.text(NOTE) or not may_check(work, resource):
            return ()
        return possible_duplicates(work, resource, record, least=POSSIBLE)

    def _fill(self, visit: Visit, form: Form, name: str) -> Answer:
        """Fill in what the register has; what was typed and it does not know stays."""
        visit.actor.must_have(LOOK_UP)
        register = register_of(self._desk.services)
        if register is None:
            raise NotFound("noRegister", "no register of companies is connected")
        country, number = form.text("company.country"), form.text("company.companyId")
        try:
            found: CompanyFacts | None = register.find(country, number)
        except Refusal as refusal:
            return self._show(visit, name, form, told=refusal.message)
        if found is None:
            return self._show(visit, name, form, told="unknown")
        known = {path: getattr(found, of) for path, of in FILLED}
        typed = {path: [text] for path, text in known.items() if text}
        return self._show(visit, name, Form({**form.fields, **typed}), told="filled")

    def _show(
        self,
        visit: Visit,
        name: str,
        form: Form,
        refusal: Refusal | None = None,
        *,
        found: Sequence[Possible] = (),
        told: str = "",
    ) -> Answer:
        visit.actor.must(Customer.resource, "create")
        services = self._desk.services
        with self._desk.work(visit) as work:
            variant = _variant(work, name)
            legal_forms = governed(work, Organization.resource)
            may_bill = work.actor.grant(BillingAccount.resource, "create") is not None
        wrong = _by_path(refusal)
        typed = {path: values[0] for path, values in form.fields.items() if values}
        parts = parts_of(variant, typed, wrong, legal_forms)
        placed = {field["path"] for part in parts for field in part["fields"]}
        others = [text for path, texts in wrong.items() if path not in placed for text in texts]
        values: dict[str, Json] = {
            "variant": {"name": variant.name, "title": variant.title, "icon": variant.icon},
            "address": f"{ADDRESS}/{variant.name}",
            "parts": [one for one in parts if one["name"] != "account" or may_bill],
            "status": typed.get("status", "active"),
            "account": not form.fields or typed.get("account") == "yes",
            "others": others,
            "is_refused": refusal is not None or bool(found),
            "may_fill": variant.is_company
            and register_of(services) is not None
            and visit.actor.may(LOOK_UP) is not None,
            "told_of": told,
            "found": [told_possible(self._desk.addresses, one) for one in found],
            "must_say_why": True,
            "note": form.text(NOTE),
            "note_name": NOTE,
        }
        return Shown("onboard_form.html", values, refusal.status if refusal else 200)


def _variant(work: Work, name: str) -> Variant:
    found = {one.name: one for one in offered(work)}.get(name)
    if found is None:
        raise NotFound("notFound", f"customers are not taken on as {name[:60]} here")
    return found


def _by_path(refusal: Refusal | None) -> dict[str, list[str]]:
    """Return what is wrong by field; what no field of a part stands for is told at its part."""
    if refusal is None:
        return {}
    faults = refusal.faults or (Fault("", refusal.code, refusal.message),)
    found: dict[str, list[str]] = {}
    for one in faults:
        path = ".".join(one.path.split(".")[:2])
        found.setdefault(path, []).append(one.message)
    return found
