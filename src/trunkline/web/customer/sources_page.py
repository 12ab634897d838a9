"""Where a customer's values come from: each value of now, who brought it, by which way and when."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import falcon

from trunkline.care.customer_view import Told, customer_view
from trunkline.documents.origins import Datum
from trunkline.kernel.states import label_of
from trunkline.party.customer import Customer
from trunkline.rest.origins import Origin
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.record_page import head_of
from trunkline.web.records import record_of
from trunkline.web.values import cell, instant
from trunkline.web.wording import nested

UNSAID = frozenset({"id", "href", "@type", "@baseType", "@schemaLocation", "@referredType"})
"""What tells people nothing; it stems from where its neighbours do."""
SOURCES = {
    "person": "Person",
    "system": "Other system",
    "import": "Import",
    "merge": "Merge",
    "program": "Program",
    "unknown": "Not known any more",
}
CHANNELS = {"web": "Pages", "api": "Interface", "job": "Job", "cli": "Command line"}


class SourcesPage:
    """`/customer/{ident}/sources`."""

    needs = "Customer:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            customer = record_of(work, Customer.resource, ident)
            parts = [self._part(one) for one in customer_view(work, customer.id)]
        return Shown("customer_sources.html", head_of(self._desk, customer) | {"parts": parts})

    def _part(self, one: Told) -> dict[str, Any]:
        resource = one.document.resource
        return {
            "label": label_of(resource, one.shown) or one.document.key,
            "kind": resource.title,
            "key": one.document.key,
            "address": self._desk.addresses.of_facts(resource, one.document.key),
            "rows": list(self._rows(one)),
        }

    def _rows(self, one: Told) -> Iterator[dict[str, Any]]:
        for each in one.data:
            names = [name for name, _ in steps(each)]
            if names[-1] in UNSAID or each.value in (None, ""):
                continue
            origin = each.stamp
            told = SOURCES[origin.source]
            way = CHANNELS.get(origin.channel, "")
            yield {
                "name": _title(each),
                "value": cell(names[-1], each.value, self._desk.zone),
                "source": told,
                "way": way if origin.source in {"person", "system"} else "",
                "by": origin.by,
                "at": instant(origin.at, self._desk.zone),
            }


def steps(datum: Datum[Origin]) -> list[tuple[str, str]]:
    """Return the names on the way to a value, each with what picks an element behind it."""
    found: list[tuple[str, str]] = []
    for part in datum.path.replace("].", "]\n").split("\n"):
        head, _, picked = part.partition("[")
        names = head.split(".") if head else [""]
        found += [(name, "") for name in names[:-1]]
        found.append((names[-1], picked.rstrip("]")))
    return found


def _title(datum: Datum[Origin]) -> str:
    """Return what a value is called: `Contact medium 2 email address`."""
    named = steps(datum)
    middle = {"characteristic"} if len(named) > 2 else set()
    names = [name for name, _ in named if name and name not in middle]
    place = next((one for _, one in named if one.isdigit()), "")
    return f"{nested(*names)} ({int(place) + 1})" if place else nested(*names)
