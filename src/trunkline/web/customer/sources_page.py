"""Where a customer's values come from: each value of now, who brought it, by which way and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.care.customer_view import EACH_MAX, NAMED_BY, NAMING, Told, customer_view
from trunkline.documents.origins import Datum
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.kernel.resource import Document
from trunkline.kernel.states import label_of
from trunkline.party.customer import Customer, names_of
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.rest.origins import Origin
from trunkline.screens.read_ahead import keep_sought
from trunkline.web.capture.looking import Looking
from trunkline.web.capture.who import customer_ids
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.record_page import head_of
from trunkline.web.records import Branch, seen, sees
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
POINTED_AT: Sequence[tuple[type[Document], str]] = (
    (Individual, "engagedParty"), (Organization, "engagedParty"), (GeographicAddress, "place"),
)  # fmt: skip
"""What the customer itself points at."""
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
            work.actor.must(Customer.resource, "read")
            looking = Looking(work)
            own = read_at_once(looking, ident)
            told = customer_view(looking, own, asks_for_stale=False)
            customer = seen(looking, told[0].document)
            parts = [self._part(one) for one in told]
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


def read_at_once(looking: Looking, ident: str) -> str:
    """Read what the view of a customer is made of in one statement; return the customer's id."""
    buyer, table = customer_ids(ident), Customer.resource.reference_table
    named = (
        f"select f.target from {table} f where f.source in ({buyer.text}) "  # noqa: S608 - our own
        "and f.type = 'Customer' and f.path = '{path}'"
    )
    parameters, party = buyer.parameters, named.format(path="engagedParty")
    branches = [Branch(Customer.resource, f"t.id in ({buyer.text})", parameters)]
    for kind, path in POINTED_AT:
        if sees(looking, kind.resource):
            branches.append(Branch(
                kind.resource, f"t.id in ({named.format(path=path)})", parameters
            ))  # fmt: skip
    naming = [one for one in NAMING if sees(looking, one.resource)]
    for naming_kind in naming:
        own = naming_kind.resource
        text = (
            f"t.id in (select n.source from {own.reference_table} n "  # noqa: S608 - our own names
            f"where n.target = any(array({buyer.text} union all {party})) "
            "and n.type = %s and n.path = 'relatedParty')"
        )
        values = [*parameters, *parameters, own.name]
        branches.append(Branch(own, text, values, f"order by t.id desc limit {EACH_MAX + 1}"))
    found = looking.read_each(branches)
    if not found[0]:
        return ident
    customer = found[0][0]
    wanted: dict[str, Json] = {NAMED_BY: names_of(customer.id, customer.raw)}
    for naming_kind, records in zip(naming, found[-len(naming) :], strict=False):
        keep_sought(looking, naming_kind, wanted, EACH_MAX + 1, records)
    return customer.id


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
