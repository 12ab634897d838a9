"""The call pop: a link from the telephone system that leads to who calls, or takes them in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.care.caller import Caller, Stranger, customers_of, take_in
from trunkline.care.codes import CHANNELS
from trunkline.care.interaction import PartyInteraction
from trunkline.care.registers import REASON, chosen_among
from trunkline.documents.errors import Invalid
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.pages.language import spoken
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import seen
from trunkline.web.values import state

ASKED = ("number", "email", "key")
FIELDS = ("familyName", "givenName", "number", "email", "channel", "reason")


class PopPage:
    """`/pop?number=…`, `?email=…` or `?key=…`: the customer, a choice, or the form for a new one.

    Opening the link writes nothing: a contact begins when it is saved, and counts from here.
    """

    needs = "PartyInteraction:create"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Lead to the one who calls, or show who it may be."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take in somebody new, and go on with the contact that began."""
        self._desk.act(req, resp, self._take_in)

    def _view(self, visit: Visit) -> Answer:
        visit.actor.must(PartyInteraction.resource, "create")
        asked = {name: (visit.req.get_param(name) or "").strip() for name in ASKED}
        channel = visit.req.get_param("channel") or ("email" if asked["email"] else "phone")
        with self._desk.work(visit) as work:
            found = customers_of(work, Caller(**asked))
            shown = [_shown(self._desk, work, one, channel) for one in found]
        if len(shown) == 1:
            return Moved(shown[0]["address"])
        typed = {**dict.fromkeys(FIELDS, ""), "number": asked["number"], "email": asked["email"],
                 "channel": channel, "reason": "other"}  # fmt: skip
        return self._form(visit, typed, found=shown, asked=Caller(**asked).said)

    def _form(
        self, visit: Visit, typed: dict[str, str], *, found: list[dict[str, Any]], asked: str,
        problems: dict[str, str] | None = None,
    ) -> Shown:  # fmt: skip
        may = visit.actor.grant
        with self._desk.work(visit) as work:
            reasons = chosen_among(work, REASON, spoken().code)
        values = {
            "asked": asked,
            "found": found,
            "typed": typed,
            "problems": problems or {},
            "channels": list(CHANNELS.items()),
            "reasons": list(reasons.items()),
            "may_take_in": may(Individual.resource, "create") is not None
            and may(Customer.resource, "create") is not None,
        }
        return Shown("care_pop.html", values, 400 if problems else 200)

    def _take_in(self, visit: Visit, form: Form) -> Answer:
        typed = {name: form.text(name) for name in FIELDS}
        said = Stranger(
            typed["familyName"], typed["givenName"], typed["number"], typed["email"]
        )  # fmt: skip
        try:
            with self._desk.work(visit) as work:
                visit.actor.must(Individual.resource, "create")
                visit.actor.must(Customer.resource, "create")
                visit.actor.must(PartyInteraction.resource, "create")
                customer, interaction = take_in(
                    work, said, channel=typed["channel"] or "phone",
                    reason=typed["reason"] or "other",
                )  # fmt: skip
        except Invalid as refusal:
            problems = {one.path: one.message for one in refusal.faults} or {"": refusal.message}
            problems = {name if name in FIELDS else "": text for name, text in problems.items()}
            return self._form(visit, typed, found=[], asked=typed["number"], problems=problems)
        begun = {"interaction": interaction.key, "reason": typed["reason"] or "other",
                 "channel": typed["channel"] or "phone"}  # fmt: skip
        return Moved(f"/customer/{customer.key}/contact?{urlencode(begun)}")


def _shown(desk: Desk, work: Work, one: Document, channel: str) -> dict[str, Any]:
    record = seen(work, one)
    status = record.document.get("status")
    return {
        "label": record.label,
        "key": record.key,
        "state": state(str(status)) if status else None,
        "address": f"/customer/{record.key}/contact?{urlencode({'channel': channel})}",
        "page": desk.addresses.of_record(record.resource, record.key),
    }
