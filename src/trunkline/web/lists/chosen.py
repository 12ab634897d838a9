"""What was selected in a list: some records by their ids, or all that match its filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from trunkline.documents.errors import Invalid
from trunkline.kernel.filters import Condition, ListQuery
from trunkline.kernel.reading import list_page
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.archived import out_of_archive
from trunkline.web.desk import Desk
from trunkline.web.forms import Form
from trunkline.web.lists.address import Address, for_kernel, read_address
from trunkline.web.lists.job_titles import counted
from trunkline.web.lists.list_page import query_of
from trunkline.workspace.many import PREVIEW_MAX

IDS_MAX = 200


@dataclass(frozen=True)
class Chosen:
    """Records of a list: `query` in the interfaces' words where it means all that match."""

    resource: Resource
    state: str
    idents: Sequence[str]
    query: str | None
    count: int | None
    sample: Sequence[str]

    @property
    def how_many(self) -> str:
        """How many they are, with what they are."""
        return counted(self.resource.title, self.count)

    @property
    def fields(self) -> list[dict[str, str]]:
        """What a form sends along so that the next page knows them."""
        found: list[dict[str, str]] = [{"name": "state", "value": self.state}]
        if self.query is not None:
            return [*found, {"name": "all", "value": "1"}]
        return [*found, *({"name": "id", "value": one} for one in self.idents)]


def chosen_of(desk: Desk, work: Work, resource: Resource, form: Form) -> Chosen:
    """Return what a form says was selected; refuses a form that selects nothing."""
    address, _ = read_address(form.text("state"))
    state = address.state
    if form.text("all"):
        found = query_of(desk, work, resource, _bare(address))
        page = _listed(work, resource, replace(found, limit=PREVIEW_MAX))
        query = kernel_query(desk, work, resource, address)
        return Chosen(resource, state, (), query, page.total, [one.id for one in page.rows])
    idents = tuple(dict.fromkeys(one for one in form.all("id") if UUID.match(one)))[:IDS_MAX]
    if not idents:
        raise Invalid("nothingSelected", "select records in the list first")
    condition = Condition("id", (), "any", "eq", idents)
    page = _listed(work, resource, ListQuery((condition,), limit=IDS_MAX))
    known = [one.id for one in page.rows]
    return Chosen(resource, state, known, None, len(known), known[:PREVIEW_MAX])


def kernel_query(desk: Desk, work: Work, resource: Resource, address: Address) -> str:
    """Return the query of a list as a client of the interface would send it, unsorted."""
    text = for_kernel(_bare(address), resource, desk.zone)
    if address["q"]:
        found = query_of(desk, work, resource, _bare(address))
        text += "&id=" + ",".join(str(one) for one in found.conditions[-1].values)
    return text.strip("&")


def _bare(address: Address) -> Address:
    plain = dict.fromkeys(("sort", "limit", "offset", "after", "group"), "")
    return replace(address, plain={**address.plain, **plain})


def _listed(work: Work, resource: Resource, query: ListQuery) -> Any:
    query = out_of_archive(work.actor, resource, query)
    return list_page(work, work.actor, work.actor.must(resource, "read"), resource, query)
