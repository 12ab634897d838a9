"""`/api/sales/v1/salesLead`: leads in plain words, for forms, campaigns and lists bought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.kernel.filters import ListQuery, Schema
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.rest.http import Doorman, Endpoint
from trunkline.rest.query import parse
from trunkline.rest.verb import Object, Verb, shape, whole
from trunkline.sales.api import SALES
from trunkline.sales.lead.lead import SalesLead
from trunkline.sales.lead.plain import PLAIN, Lenient

LIMIT_MAX = 10_000
WORDS: Mapping[str, str | Object] = {
    "lastName": "text", "firstName": "text", "company": "text", "title": "text", "email": "text",
    "phone": "text", "stage": {"enum": ["new", "contacted", "nurturing", "disqualified"]},
    "rating": "text", "score": "integer", "source": "text", "type": "text", "account": "text",
    "consumer": "text", "contact": "text", "campaign": "text", "doNotCall": "flag",
    "doNotEmail": "flag", "doNotShare": "flag", "closeReason": "text", "otherReason": "text",
    "lineItem": "list object",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    "PlainLead": whole(shape(
        "A lead: `lastName` is enough. `account` and `consumer` are ids of customers; given both, "
        "neither counts, nor does `contact`. Of at most 100 lines each names a `productOffering` "
        "and, unless it is 1, a `quantity`. What is optional and not known is left out.",
        WORDS,
        "lastName",
    )),
    "ToldLead": shape(
        "A lead, in the standard's words and in plain ones.",
        {"id": "text", "number": "text", "stage": "text", **WORDS}, "id number",
    ),
}  # fmt: skip


class LeadInterface(Endpoint):
    """The leads, taken leniently, in pages of up to 10,000."""

    def __init__(self, services: Services, doorman: Doorman) -> None:
        super().__init__(services, doorman, SalesLead.resource, PLAIN)
        self._serving = Lenient()

    def _query(self, work: Work, text: str) -> ListQuery:
        own = {name: one.kind for name, one in work.defined(self.resource).items()}
        schema = Schema(self.resource, own, page_max=LIMIT_MAX, view=PLAIN)
        return parse(self._serving.asked(work, self.resource, text), schema)


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    told = partial(Verb, api=SALES, about="ToldLead", answers="ToldLead")
    yield told(
        method="get", path="/salesLead", name="listPlainLeads", is_list=True,
        scope="SalesLead:read", summary="List leads in plain words, up to 10,000 at once",
        filters={"fields": "Attributes that are wanted.", "limit": "How many, up to 10,000.",
                 "offset": "How many are left out first."},
    )  # fmt: skip
    yield told(
        method="get", path="/salesLead/{id}", name="retrievePlainLead", scope="SalesLead:read",
        summary="Return a lead in plain words",
    )  # fmt: skip
    yield told(
        method="post", path="/salesLead", name="createPlainLead", takes="PlainLead",
        scope="SalesLead:create", status="201", parameters="Idempotency-Key",
        summary="Write down a lead; what is optional and not known is left out",
    )  # fmt: skip
    yield told(
        method="patch", path="/salesLead/{id}", name="patchPlainLead", takes="PlainLead",
        scope="SalesLead:update", parameters="If-Match", conflicts=True,
        summary="Change what is sent of a lead",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    leads = LeadInterface(services, doorman)
    app.add_route(f"{SALES.base}/salesLead", leads)
    app.add_route(f"{SALES.base}/salesLead/{{ident}}", leads, suffix="item")
