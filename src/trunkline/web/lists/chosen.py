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
from trunkline.web.lists.rows import for_list
from trunkline.workspace.many import PREVIEW_MAX
from trunkline.workspace.search import TOO_WIDE

IDS_MAX = 200
AT_ONCE = 1_000
COUNT = "count"
LAST_STEPS = frozenset({"start", "give"})
"""Steps of a form that need each of the records; the others show a few and a number."""


@dataclass(frozen=True)
class Chosen:
    """Records of a list: `query` in the interfaces' words where it means all that match.

    What was searched for has no such words: then the ids are those of all that match (`is_all`).
    """

    resource: Resource
    state: str
    idents: Sequence[str]
    query: str | None
    count: int | None
    sample: Sequence[str]
    is_all: bool = False

    @property
    def how_many(self) -> str:
        """How many they are, with what they are."""
        return counted(self.resource.title, self.count)

    def is_as_told(self, form: Form) -> bool:
        """Tell whether as many match as the page said that the form was on."""
        told = form.text(COUNT)
        return not told or told == str(self.count)

    def step_of(self, form: Form) -> str:
        """Return the step that a form asks for: no beginning, but the preview if others match."""
        step = form.text("step")
        return "preview" if step == "start" and not self.is_as_told(form) else step

    @property
    def fields(self) -> list[dict[str, str]]:
        """What a form sends along so that the next page knows them."""
        found: list[dict[str, str]] = [{"name": "state", "value": self.state}]
        if self.query is not None or self.is_all:
            told = {"name": COUNT, "value": "" if self.count is None else str(self.count)}
            return [*found, {"name": "all", "value": "1"}, told]
        return [*found, *({"name": "id", "value": one} for one in self.idents)]


def chosen_of(desk: Desk, work: Work, resource: Resource, form: Form) -> Chosen:
    """Return what a form says was selected; refuses a form that selects nothing."""
    address, _ = read_address(form.text("state"))
    state = address.state
    if form.text("all") and address["q"]:
        needs_all = form.text("step") in LAST_STEPS or form.text("do") == "export"
        return searched(desk, work, resource, address, is_whole=needs_all)
    if form.text("all"):
        found = query_of(desk, work, resource, _bare(address))
        page = _listed(work, resource, replace(found, limit=PREVIEW_MAX))
        query = kernel_query(desk, resource, address)
        return Chosen(resource, state, (), query, page.total, [one.id for one in page.rows])
    idents = tuple(dict.fromkeys(one for one in form.all("id") if UUID.match(one)))[:IDS_MAX]
    if not idents:
        raise Invalid("nothingSelected", "select records in the list first")
    condition = Condition("id", (), "any", "eq", idents)
    page = _listed(work, resource, ListQuery((condition,), limit=IDS_MAX))
    known = [one.id for one in page.rows]
    return Chosen(resource, state, known, None, len(known), known[:PREVIEW_MAX])


def searched(
    desk: Desk, work: Work, resource: Resource, address: Address, *, is_whole: bool = True
) -> Chosen:
    """Return all that a list with a search has, in its order; refuses more than lists count.

    Where they are not needed as a whole the ids are those of the first few.
    """
    whole = replace(_bare(address), plain={**_bare(address).plain, "sort": address["sort"]})
    limit = AT_ONCE if is_whole else PREVIEW_MAX
    query = replace(query_of(desk, work, resource, whole), limit=limit)
    idents: list[str] = []
    page = _listed(work, resource, query)
    count = page.total
    while True:
        if page.total is None:
            raise Invalid("searchTooWide", TOO_WIDE)
        idents += [one.id for one in page.rows]
        if page.next is None or not is_whole:
            break
        page = _listed(work, resource, replace(query, after=page.next))
    count = len(idents) if is_whole else count
    return Chosen(resource, address.state, idents, None, count, idents[:PREVIEW_MAX], is_all=True)


def kernel_query(desk: Desk, resource: Resource, address: Address) -> str:
    """Return the query of a list as a client of the interface would send it, unsorted."""
    return for_kernel(_bare(address), resource, desk.zone).strip("&")


def _bare(address: Address) -> Address:
    plain = dict.fromkeys(("sort", "limit", "offset", "after", "group"), "")
    return replace(address, plain={**address.plain, **plain})


def _listed(work: Work, resource: Resource, query: ListQuery) -> Any:
    query = out_of_archive(work.actor, resource, query)
    grant = work.actor.must(resource, "read")
    return list_page(for_list(work), work.actor, grant, resource, query)
