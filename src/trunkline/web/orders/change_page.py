"""Changing an order that runs: what it shall be, what that would do, and the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import falcon

from trunkline.documents.errors import Fault, NotFound, Refusal, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.quantity import choosing
from trunkline.ordering.revision import verbs
from trunkline.ordering.revision.assessment import Assessment
from trunkline.ordering.revision.carrying_out import FROZEN, wanted_content
from trunkline.ordering.revision.comparison import LINE, Difference, differences
from trunkline.ordering.revision.content import ITEMS, content_of
from trunkline.ordering.revision.order_revision import OPEN, OrderRevision
from trunkline.ordering.revision.passed import passed_in, passed_of
from trunkline.ordering.revision.versions import revisions_of, versions_of
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit
from trunkline.web.forms import Form, problems_of
from trunkline.web.orders.change_form import (
    COMPLETION,
    contacts_shown,
    content_said,
    day_of,
    flat,
    lines_shown,
    offering_said,
    others_of,
)
from trunkline.web.orders.change_reading import Beside, order_at, read_beside
from trunkline.web.orders.choice_view import choices_shown, chosen_said, with_chosen
from trunkline.web.orders.order_items import PRODUCT_ORDER
from trunkline.web.record_page import head_of
from trunkline.web.records import mentions_of, record_of, seen
from trunkline.web.values import instant, money, price, state
from trunkline.web.wording import words

KINDS = {"add": "New", "update": "Changed", "redo": "Done again", "undo": "Taken back",
         "undoThenRedo": "Taken back, then done", "discard": "Dropped", "nothing": "Left alone",
         "keep": "Stays"}  # fmt: skip
"""What becomes of a step, as the page calls it."""
TONES = {"undo": "bad", "undoThenRedo": "bad", "discard": "warn", "add": "good",
         "update": "busy", "redo": "busy"}  # fmt: skip


class ChangePage:
    """`/order/{ident}/change` and, as a part of the order's page, `/order/{ident}/changes`."""

    needs = "ordering:revise ProductOrder:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the order's lines to be changed, or the change that waits for its decision."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Preview a change, hand it in, approve it or withdraw it."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def on_get_log(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer with the order's versions and changes as a part of its page."""
        self._desk.answer(req, resp, partial(self._log, ident=ident))

    def on_get_passed(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer with the lines that are past a point of no return as a part of the page."""
        self._desk.answer(req, resp, partial(self._passed, ident=ident))

    # --- the page ------------------------------------------------------------------------------

    def _view(
        self, visit: Visit, *, ident: str, form: Form | None = None,
        faults: Iterable[Fault] = (), problem: str = "",
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            work.actor.must_have(verbs.REVISE)
            order = order_at(work, ident)
            record = seen(work, order)
            beside = read_beside(work, order)
            held = beside.held
            values = head_of(self._desk, record) | {
                "address": f"{PRODUCT_ORDER.base}{record.key}",
                "csrf": visit.csrf,
                "held": self._held(work, held) if held is not None else None,
                "runs": order.internal_state in ("inProgress", FROZEN),
                "reason": form.text("reason") if form is not None else "",
                "problem": problem,
                "preview": None,
                "choices": [],
                "faults": [one.message for one in faults],
            }
            content, wrong = content_of(order), list[Fault]()
            if held is not None:
                content = wanted_content(held, order)
            elif form is not None:
                content = with_chosen(form, content_said(form, content, self._desk.zone, wrong))
            try:
                found = None
                if not problem:
                    refuse(wrong)
                if held is not None:
                    found = verbs.preview(work, held)
                elif form is not None and (not problem or form.text("step") == "submit"):
                    found = verbs.preview_of(work, order.id, content)
                choices = found.choices if found is not None else ()
                if found is not None:
                    values["preview"] = preview_shown(found, self._names(work, found.content))
                elif form is None:
                    choices = choosing.first_choices(work, order, beside.plan)
                chosen = chosen_said(form) if form is not None else {}
                values["choices"] = choices_shown(work, choices, chosen)
            except Refusal as refusal:
                values["faults"] = problems_of(refusal)
            values |= _form_shown(order, beside, content, form, self._desk.zone)
            names = self._names(work, {"relatedParty": others_of(content_of(order))})
            values["contacts"] = contacts_shown(content_of(order), names, form)
        return Shown("orders_change.html", values, 409 if problem or values["faults"] else 200)

    def _names(self, work: Work, content: dict[str, Json]) -> dict[str, str]:
        """Return how the parties and the account of a picture are called, by id."""
        idents: dict[str, list[str]] = {}
        for one in content.get("relatedParty") or ():
            idents.setdefault(str(one.get("@referredType")), []).append(str(one.get("id")))
        account = (content.get("billingAccount") or {}).get("id")
        if account:
            idents["BillingAccount"] = [account]
        known = self._desk.services.registry.resources
        idents = {kind: found for kind, found in idents.items() if kind in known}
        found = mentions_of(work, self._desk.addresses, idents) if idents else {}
        return {ident: one.label for ident, one in found.items()}

    def _held(self, work: Work, revision: OrderRevision) -> dict[str, Any]:
        by, actor = revision.requested_by, work.actor
        is_own = by is not None and by.id == actor.id
        waits = revision.state == "awaitingApproval"
        return {
            "key": revision.key,
            "state": state(str(revision.state)),
            "by": by.name if by is not None else "",
            "at": instant(by.at if by is not None else None, self._desk.zone),
            "reason": revision.reason or "",
            "is_open": revision.state == "open",
            "waits": waits,
            "may_approve": waits and not is_own and actor.may(verbs.APPROVE) is not None,
            "may_withdraw": revision.state in ("open", "awaitingApproval"),
        }

    # --- what is done ----------------------------------------------------------------------------

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        step = form.text("step")
        if step == "preview":
            return self._view(visit, ident=ident, form=form)
        acts: dict[str, Callable[[Work, OrderRevision], object]] = {
            "approve": lambda work, held: verbs.approve(work, held.id),
            "withdraw": lambda work, held: verbs.withdraw(work, held.id, form.text("reason")),
            "submit": lambda work, held: verbs.submit(work, held.id),
        }
        try:
            with self._desk.work(visit) as work:
                record = record_of(work, ProductOrder.resource, ident)
                held = verbs.open_revision_of(work, record.id)
                if step == "choose":
                    choosing.choose(work, record.id, chosen_said(form))
                elif held is not None and step in acts:
                    acts[step](work, held)
                else:
                    self._hand_in(work, record.id, form, holds=step == "hold")
        except NotFound:
            raise
        except Refusal as refusal:
            said = "; ".join(problems_of(refusal))
            return self._view(visit, ident=ident, form=form, problem=said)
        where = "/change" if step == "hold" else "?done=saved"
        return Moved(f"{PRODUCT_ORDER.base}{record.key}{where}")

    def _hand_in(self, work: Work, ident: str, form: Form, *, holds: bool) -> None:
        order, wrong = work.lock(ProductOrder, ident), list[Fault]()
        said = with_chosen(form, content_said(form, content_of(order), self._desk.zone, wrong))
        refuse(wrong)
        revision = verbs.open_revision(work, order.id, said, form.text("reason") or None)
        if not holds:
            verbs.submit(work, revision.id)

    # --- parts of the order's page -------------------------------------------------------------

    def _log(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            record = record_of(work, ProductOrder.resource, ident)
            order = ProductOrder.wrap(record.document)
            revisions = revisions_of(work, record.id)
            versions = {one.number: one for one in versions_of(order, revisions)}
            shows = "personal" in work.actor.must(ProductOrder.resource, "read").sees
        shown = []
        for one in reversed(revisions):
            number = one.order_version or 0
            before = versions.get(number - 1)
            made = versions.get(number) if one.state == "applied" else None
            found = differences(before.content, made.content) if before and made else []
            by = one.requested_by
            shown.append({
                "key": one.key, "state": state(str(one.state)),
                "version": number if one.state == "applied" else "",
                "by": by.name if by is not None and shows else "",
                "at": instant(by.at if by is not None else None, self._desk.zone),
                "reason": (one.reason or "") if shows else "", "result": one.result or "",
                "differences": [difference_shown(each) for each in found] if shows else [],
            })  # fmt: skip
        values = {"changes": shown, "address": f"{PRODUCT_ORDER.base}{record.key}",
                  "is_held": any(one.state in OPEN for one in revisions)}  # fmt: skip
        return Fragment(self._desk.renderer.html("orders_changes.html", values))

    def _passed(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            found = passed_of(work, order_at(work, ident))
        by_step: dict[str, dict[str, Any]] = {}
        for line, one in found.items():
            new = {"step": one.step.title or one.step.name, "is_soft": one.kind == "soft"}
            shown = by_step.setdefault(one.step.id, {**new, "lines": []})
            shown["lines"].append(line)
        return Fragment(
            self._desk.renderer.html("orders_passed.html", {"passed": list(by_step.values())})
        )


def _form_shown(
    order: ProductOrder, beside: Beside, content: dict[str, Json], form: Form | None,
    zone: ZoneInfo,
) -> dict[str, Any]:  # fmt: skip
    plan, catalog = beside.plan, beside.catalog
    passed = passed_in(order, plan, catalog) if plan is not None else {}
    lines = content_of(order)[ITEMS]
    return {
        "lines": lines_shown(lines, catalog, passed, beside.sites, flat(content[ITEMS]), zone),
        "new_offering": offering_said(form) if form is not None else "",
        "new_offering_name": form.text("new-offering.text") if form is not None else "",
        "new_quantity": form.text("new-quantity") if form is not None else "",
        "completion": day_of(content.get(COMPLETION), zone),
        "accounts": _accounts(beside, content),
        "new_party": {
            name: form.text(f"new-party{name}") if form is not None else ""
            for name in ("", ".text", ".shown", ".kind", "-role")
        },
        "contact": content.get("notificationContact") or "",
    }


def _accounts(beside: Beside, content: dict[str, Json]) -> list[dict[str, Any]]:
    """Return the customer's active accounts, with the one that the order is billed to."""
    said = content.get("billingAccount") or {}
    known = {**({said["id"]: str(said.get("name") or said["id"])} if said else {}),
             **beside.accounts}  # fmt: skip
    return [
        {"id": ident, "name": name, "chosen": ident == said.get("id")}
        for ident, name in known.items()
    ]


def preview_shown(
    found: Assessment, names: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Return what changing an order would do, as pages show it; `names` are those of ids."""
    return {
        "differences": [difference_shown(one, names) for one in found.differences],
        "steps": [
            {
                "kind": KINDS[one.kind],
                "tone": TONES.get(one.kind, "idle"),
                "name": one.shown.title or one.shown.name,
                "item": one.shown.item_id or "",
                "layer": words(one.shown.layer),
                "reason": one.reason,
            }
            for one in found.compensations
        ],
        "prices": [
            {
                "period": one.kind.period or "",
                "old": price(one.old, one.kind.currency),
                "new": price(one.new, one.kind.currency),
                "delta": ("+" if one.delta > 0 else "") + money(one.delta, one.kind.currency),
                "tone": "bad" if one.delta > 0 else "good" if one.delta < 0 else "idle",
            }
            for one in found.prices
        ],
        "fee": price(found.terms.fee.value, found.terms.fee.unit or "")
        if found.terms.fee is not None and found.terms.fee.value is not None
        else "",
        "approvals": list(found.approvals),
        "faults": [one.message for one in found.faults],
    }


def difference_shown(
    one: Difference, names: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Return what is other as a page shows it; what comes or goes as a whole says so."""
    is_line = one.attribute == LINE
    path = one.attribute.removeprefix("product.").removeprefix("productCharacteristic")
    return {
        "item": one.item_id or "",
        "what": "" if is_line else words(path.strip("[]").rpartition(".")[2]),
        "old": _text(one.old, names),
        "new": _text(one.new, names),
        "comes": is_line and one.old is None,
        "goes": is_line and one.new is None,
    }


def _text(value: Json, names: Mapping[str, str]) -> str:
    """Return a value in short."""
    if value is None:
        return "–"
    if isinstance(value, dict):
        if "dutyFreeAmount" in (value.get("price") or {}):
            amount = value["price"]["dutyFreeAmount"]
            return price(Decimal(amount.get("value") or 0), str(amount.get("unit") or ""))
        known = names.get(str(value.get("id")))
        name = str(value.get("name") or known or value.get("id") or value.get("value") or "…")
        return f"{name} ({value['role']})" if value.get("role") else name
    if isinstance(value, list):
        return ", ".join(_text(one, names) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
