"""Beside the form of a new record: who may be there already, told while somebody types.

Who makes the record all the same says why; that stays with the pair of the two and in its history.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Fault, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.matching.api import CHECK
from trunkline.matching.pairs import Alike, keep_pairs
from trunkline.matching.possible import Possible, possible_duplicates
from trunkline.matching.reference import MATCHED_NAMES
from trunkline.matching.score import POSSIBLE, REASON_TITLES
from trunkline.party.customer import Customer
from trunkline.web.addresses import Addresses
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.duplicates.reasons import percent
from trunkline.web.editing.beside import Beside, stand_beside
from trunkline.web.editing.reading import marked
from trunkline.web.editing.sheet import new_sheet
from trunkline.web.forms import Form

NOTE = "duplicate-note"
CHECKED = "/duplicates/check/"


class NewRecordCheck:
    """`/duplicates/check/{name}`: gets the form as it is typed."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        for name in MATCHED_NAMES:
            stand_beside(name, Beside(CHECKED + name, NOTE, must_say_why, keep_why))

    def on_post(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Show who may be there already."""
        self._desk.act(req, resp, partial(self._check, name=name))

    def _check(self, visit: Visit, form: Form, *, name: str) -> Answer:
        resource = self._desk.services.registry.resources.get(name)
        if resource is None or name not in MATCHED_NAMES:
            raise NotFound("notFound", f"there is no check of {name}")
        found: Sequence[Possible] = ()
        with self._desk.work(visit) as work:
            if may_check(work, resource):
                sheet = new_sheet(work, self._desk, resource, marked(form.fields))
                found = possible_duplicates(work, resource, sheet.document)
        values: dict[str, Any] = {
            "found": [told_possible(self._desk.addresses, one) for one in found],
            "kind": resource.title,
            "name": NOTE,
            "note": form.text(NOTE),
            "must_say_why": any(one.score.value >= POSSIBLE for one in found),
        }
        return Shown("duplicates_found.html", values)


def told_possible(addresses: Addresses, one: Possible) -> dict[str, Any]:
    """Return how somebody who may be there already is shown, with where to go on."""
    link = f"{addresses.of_facts(one.resource, one.key)}/edit"
    if one.resource is not Customer.resource:
        link = f"{addresses.of_list(Customer.resource)}/new?engagedParty.id={one.id}"
    return {
        "key": one.key,
        "name": one.name,
        "percent": percent(one.score.value),
        "is_exact": one.score.is_exact,
        "reasons": [REASON_TITLES[reason] for reason in one.score.reasons],
        "address": addresses.of_record(one.resource, one.key),
        "link": link,
        "is_party": one.resource is not Customer.resource,
    }


def may_check(work: Work, resource: Resource) -> bool:
    """Tell whether somebody may be told who is there already."""
    grant = work.actor.grant(resource, "read")
    return work.actor.may(CHECK) is not None and grant is not None and "personal" in grant.sees


def must_say_why(work: Work, resource: Resource, document: dict[str, Json], form: Form) -> None:
    """Refuse to make a record that may be there already, unless a note says why it is another."""
    if form.text(NOTE) or not may_check(work, resource):
        return
    found = possible_duplicates(work, resource, document, least=POSSIBLE)
    if found:
        names = ", ".join(f"{one.name} ({one.key})" for one in found[:3])
        message = f"may be there already: {names}; open that one, or say below why this is another"
        raise Conflict("conflictPossible", message, faults=[Fault("", "conflictPossible", message)])


def keep_why(work: Work, document: Document, form: Form) -> None:
    """Keep with each pair why the record that was made is not the one that was there."""
    if form.text(NOTE):
        keep_why_of(work, document, form.text(NOTE))


def keep_why_of(work: Work, document: Document, note: str) -> None:
    """Keep a note with each pair of a record just made and one that it may be."""
    if not may_check(work, document.resource):
        return
    found = possible_duplicates(
        work, document.resource, document.raw, apart=[document.id], least=POSSIBLE
    )
    keep_pairs(
        work, document.resource, [Alike(one.id, document.id, one.score) for one in found],
        denied=note,
    )  # fmt: skip
