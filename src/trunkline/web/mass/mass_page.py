"""The same ordered for many products: what is wanted, what it would do, the start of the job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import falcon

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.decode import load
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.ordering.macd.reasons import DISCONNECTION, SUSPENSION, chosen_reasons
from trunkline.ordering.mass.mass_change import begin_mass_change, summed, try_mass_change
from trunkline.ordering.mass.wanted import ACTIONS, Wanted
from trunkline.web.capture.money import changes
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.lists.chosen import Chosen, chosen_of
from trunkline.web.lists.job_titles import english_title, told_title
from trunkline.web.wording import plural

ADDRESS = "/order/many"
VALUES = 3
FIELDS = ("action", "offering", "offering.text", "start", "batch", "pause", "reason",
          "suspension", "ending", "told",
          *(f"{part}.{at}" for at in range(VALUES) for part in ("name", "value")))  # fmt: skip
PATHS = ("action", "productOffering.id", "productCharacteristic", "requestedStartDate",
         "batchSize", "pauseMinutes", "reason", "suspensionReason", "disconnectionReason",
         "emergencyTold")  # fmt: skip
LEAVING = {
    "suspend": ("suspension", "suspensionReason"),
    "delete": ("ending", "disconnectionReason"),
}
"""The field of the reason for each action that takes a product away, and what it is called."""
HOUR = 60
TITLE = "%(action)s: %(what)s"
REGISTERS = {"suspension": SUSPENSION, "ending": DISCONNECTION}


class MassPage:
    """`/order/many`."""

    needs = "ProductOrder:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Go to the list: what is selected there is not in an address."""
        self._desk.answer(req, resp, lambda _visit: Moved(self._list))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask what is wanted, show what it would do, or begin."""
        self._desk.act(req, resp, self._go)

    @property
    def _list(self) -> str:
        return self._desk.addresses.of_list(Product.resource)

    def _go(self, visit: Visit, form: Form) -> Answer:
        with self._desk.work(visit) as work:
            chosen = chosen_of(self._desk, work, Product.resource, form)
            ident = form.text("offering")
            offering = work.get(ProductOffering, ident) if ident else None
            reasons = {
                name: chosen_reasons(work, register, visit.preferences.language or "")
                for name, register in REGISTERS.items()
            }
        step = chosen.step_of(form)
        if step not in {"preview", "start"}:
            return self._ask(chosen, form, reasons)
        services = self._desk.services
        try:
            wanted = Wanted.read(sent_of(form, self._desk.zone))
            if step == "preview":
                tried = try_mass_change(services, visit.actor, wanted, chosen.sample)
        except Refusal as refusal:
            if refusal.status in {401, 403, 404}:
                raise
            return self._ask(chosen, form, reasons, refusal)
        if step == "start":
            told = told_title(TITLE, Product.resource.name, chosen.count,
                              action=ACTIONS[wanted.action])  # fmt: skip
            job = begin_mass_change(
                services, visit.actor, wanted, title=english_title(services.registry, told),
                query=chosen.query, idents=chosen.idents, told=told,
            )  # fmt: skip
            return Moved(f"/jobs/{job}")
        refused = sum(bool(one.faults) for one in tried)
        return Shown("mass_preview.html", self._values(chosen, form) | {
            "rows": [
                {"key": one.key, "label": one.label, "faults": one.faults,
                 "prices": changes(one.prices),
                 "address": self._desk.addresses.of_record(Product.resource, one.key)}
                for one in tried
            ],
            "total": changes(summed(tried)),
            "tried": len(tried),
            "would": len(tried) - refused,
            "refused": refused,
            "is_all": chosen.count == len(tried),
            "is_other": not chosen.is_as_told(form),
            "action": ACTIONS[wanted.action],
            "reason": wanted.reason,
            "leaving": _called(reasons, wanted),
            "is_told": bool(wanted.emergency_told),
            "offering": offering.name if offering is not None else "",
            "characteristics": [{"name": name, "value": value}
                                for name, value in wanted.characteristic.items()],
            "start": form.text("start"),
            "batch": wanted.batch,
            "pause": form.text("pause"),
        })  # fmt: skip

    def _ask(
        self, chosen: Chosen, form: Form, reasons: Mapping[str, Mapping[str, str]],
        refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        faults = refusal.faults if refusal else ()
        problems = dict.fromkeys(PATHS, "") | {one.path: one.message for one in faults}
        values = self._values(chosen, form) | {
            "actions": [{"name": name, "title": title} for name, title in ACTIONS.items()],
            "problems": problems,
            "problem": refusal.message if refusal and not faults else "",
            "lines": range(VALUES),
            "reasons": {name: list(one.items()) for name, one in reasons.items()},
        }
        return Shown("mass_form.html", values, refusal.status if refusal else 200)

    def _values(self, chosen: Chosen, form: Form) -> dict[str, Any]:
        return {
            "list": {
                "title": plural(Product.resource.title),
                "address": f"{self._list}?{chosen.state}" if chosen.state else self._list,
            },
            "address": ADDRESS,
            "how_many": chosen.how_many,
            "selection": chosen.fields,
            "typed": {name: form.text(name) for name in FIELDS},
        }


def sent_of(form: Form, zone: Any) -> Mapping[str, Json]:
    """Return what a form asks for in the words of the interface; wrong numbers stay texts."""
    action = form.text("action")
    sent: dict[str, Json] = {"action": action, "reason": form.text("reason")}
    if action == "modify":
        if form.text("offering"):
            sent["productOffering"] = {"id": form.text("offering")}
        values: list[Json] = [
            {"name": form.text(f"name.{at}"), "value": _value(form.text(f"value.{at}"))}
            for at in range(VALUES)
            if form.text(f"name.{at}")
        ]
        if values:
            sent["productCharacteristic"] = values
    field, name = LEAVING.get(action, ("", ""))
    if field and form.text(field):
        sent[name] = form.text(field)
    if field and form.text("told"):
        sent["emergencyTold"] = True
    if form.text("start"):
        sent["requestedStartDate"] = _day(form.text("start"), zone)
    if form.text("batch") or form.text("pause"):
        sent["batchSize"] = _whole(form.text("batch"), 1)
        sent["pauseMinutes"] = _whole(form.text("pause"), HOUR)
    return sent


def _called(reasons: Mapping[str, Mapping[str, str]], wanted: Wanted) -> str:
    """Return why the products are suspended or ended, as the register calls it."""
    code = wanted.suspension_reason or wanted.disconnection_reason or ""
    named = (one[code] for one in reasons.values() if code in one)
    return next(named, code)


def _value(text: str) -> Json:
    """Return a number or a flag where that is what was typed, the text otherwise."""
    try:
        found = load(text.encode())
    except ValueError:
        return text
    return found if isinstance(found, (int, float, bool, Decimal)) else text


def _whole(text: str, times: int) -> Json:
    return int(text) * times if text.isascii() and text.isdigit() else (text or None)


def _day(text: str, zone: Any) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return format_instant(datetime(day.year, day.month, day.day, tzinfo=zone))
