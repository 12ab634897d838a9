"""Prices of many offers changed at once: the choice, the formula, the preview, the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import falcon

from trunkline.catalog.entry import LIVE
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.repricing import TRIED_MAX, Formula, change_prices, try_prices
from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, Refusal, refuse
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.web.catalog.kinds import address_of
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import matching
from trunkline.web.values import instant, money

PRICES_MAX = 500
STEPS = ("0.01", "0.05", "0.10", "0.50", "1")
FIELDS = ("percent", "amount", "step", "date")
JOB = "/jobs/"


class PricesPage:
    """`/catalog/prices`."""

    needs = "ProductOfferingPrice:update"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the live prices and ask for the formula."""
        self._desk.answer(req, resp, lambda visit: self._choose(visit, Form()))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what would become of the chosen prices, or begin."""
        self._desk.act(req, resp, self._go)

    def _choose(self, visit: Visit, form: Form, refusal: Refusal | None = None) -> Answer:
        typed = (visit.req.get_param("q") or form.text("q")).strip()[:100]
        chosen = set(form.all("id"))
        with self._desk.work(visit) as work:
            work.actor.must(ProductOfferingPrice.resource, "update")
            prices = [
                self._row(one) | {"chosen": one.id in chosen or bool(typed and not form.fields)}
                for one in live_prices(work, typed)
            ]
        values = self._typed(form) | {
            "typed": typed,
            "prices": prices,
            "is_full": len(prices) == PRICES_MAX,
            "problems": dict.fromkeys((*FIELDS, "id"), "")
            | {one.path: one.message for one in (refusal.faults if refusal else ())},
            "problem": refusal.message if refusal and not refusal.faults else "",
        }
        return Shown("catalog_prices.html", values, refusal.status if refusal else 200)

    def _go(self, visit: Visit, form: Form) -> Answer:
        step = form.text("do")
        if step == "again":
            return self._choose(visit, form)
        try:
            with self._desk.work(visit) as work:
                formula = self._formula(form, work.now)
                known = work.many(ProductOfferingPrice, form.all("id")[:PRICES_MAX])
            chosen = [known[one] for one in form.all("id") if one in known]
            idents = [one.id for one in chosen]
            if step == "start":
                title = f"Change of {len(idents)} prices"
                job = change_prices(self._desk.services, visit.actor, idents, formula, title)
                return Moved(f"{JOB}{job}")
            if not idents:
                refuse([Fault("id", "nothingSelected", "select prices first")])
        except Refusal as refusal:
            if refusal.status in {401, 403, 404}:
                raise
            return self._choose(visit, form, refusal)
        return self._preview(visit, form, chosen, formula)

    def _preview(
        self, visit: Visit, form: Form, chosen: Sequence[ProductOfferingPrice], formula: Formula
    ) -> Answer:
        idents = [one.id for one in chosen]
        refused = try_prices(self._desk.services, visit.actor, idents, formula)
        with self._desk.work(visit) as work:
            offers = work.find(ProductOffering, {"productOfferingPrice.id": idents})
            products = matching(
                work, Product.resource, {"productOffering.id": [one.id for one in offers]}, limit=0
            ) if offers else None  # fmt: skip
        rows = []
        for one in chosen:
            old = one.price.value if one.price is not None else None
            new = formula.new(old) if old is not None else None
            delta = new - old if new is not None and old is not None else Decimal(0)
            rows.append(self._row(one) | {
                "new": money(new) if new is not None else "",
                "delta": f"{'+' if delta > 0 else '−'}{money(abs(delta))}" if delta else "",
                "rises": delta > 0,
                "offers": sum(any(each.id == one.id for each in offer.product_offering_price)
                              for offer in offers),
                "refused": refused.get(one.id, ""),
            })  # fmt: skip
        return Shown("catalog_prices_preview.html", self._typed(form) | {
            "rows": rows,
            "offers": len(offers),
            "products": products.total if products is not None else 0,
            "refused": len(refused),
            "untried": max(0, len(rows) - TRIED_MAX),
            "start": instant(formula.start, self._desk.zone),
            "typed": form.text("q"),
        })  # fmt: skip

    def _row(self, one: ProductOfferingPrice) -> dict[str, Any]:
        return {
            "id": one.id,
            "key": one.key,
            "name": one.name,
            "address": address_of(self._desk.addresses, ProductOfferingPrice.resource, one.key),
            "period": one.recurring_charge_period_type or "",
            "amount": money(one.price.value) if one.price and one.price.value is not None else "",
            "unit": one.price.unit or "" if one.price else "",
        }

    def _typed(self, form: Form) -> dict[str, Any]:
        values = {name: form.text(name) for name in FIELDS}
        return {"formula": values | {"step": values["step"] or STEPS[0]}, "steps": STEPS}

    def _formula(self, form: Form, now: datetime) -> Formula:
        faults: list[Fault] = []
        percent = _number(form.text("percent"), "percent", faults)
        amount = _number(form.text("amount"), "amount", faults)
        if not faults and not percent and not amount:
            faults.append(Fault("percent", "missing", "say by how much the prices change"))
        step = form.text("step") if form.text("step") in STEPS else STEPS[0]
        begin = now
        try:
            day = date.fromisoformat(form.text("date"))
            begin = datetime(day.year, day.month, day.day, tzinfo=self._desk.zone)
        except ValueError:
            faults.append(Fault("date", "missing", "say from which day on"))
        else:
            if begin <= now:
                faults.append(Fault("date", "startPast", "choose a later day than today"))
        refuse(faults)
        return Formula(percent, amount, Decimal(step), begin.astimezone(now.tzinfo))


def live_prices(work: Work, typed: str) -> list[ProductOfferingPrice]:
    """Return the live prices with an amount that hold or will hold, by name."""
    wanted: Mapping[str, Any] = {"lifecycleStatus": list(LIVE)}
    words = typed.casefold().split()
    found = [
        one
        for one in work.find(ProductOfferingPrice, wanted)
        if one.price is not None
        and one.price.value is not None
        and (one.valid_for is None or one.valid_for.contains(work.now))
        and all(word in f"{one.name} {one.key}".casefold() for word in words)
    ]
    return sorted(found, key=lambda one: one.name.casefold())[:PRICES_MAX]


def _number(text: str, name: str, faults: list[Fault]) -> Decimal:
    if not text:
        return Decimal(0)
    try:
        return Decimal(bounded_number(text.replace(",", ".")))
    except (InvalidOperation, ValueError):
        faults.append(Fault(name, "badValue", "must be a number, as in 3 or -2.5"))
        return Decimal(0)
