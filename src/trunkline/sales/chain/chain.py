"""The chain: which records came before one, and which came of it, from lead to what is installed.

Kinds stand in an order. Of two records of which one names the other, the one whose kind stands
earlier came first, whichever names which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.states import internal_state, label_of
from trunkline.kernel.work import Work
from trunkline.sales.chain.steps import (
    ROOTS,
    TASK,
    Step,
    around,
    step_of,
    visits_for,
)

KINDS = (
    "SalesLead", "SalesOpportunity", "Agreement", "ShoppingCart", "QuoteRequest", "Quote",
    "Contract", "ProductOrder", "ServiceOrder", "ResourceOrder", TASK, "WorkOrder",
    "ServiceContract", "Product", "Service", "Resource",
)  # fmt: skip
RANK: Mapping[str, int] = {name: place for place, name in enumerate(KINDS)}
WITHIN = {"Service": "supportingService"}
"""Of a kind that lies on several levels, what names the records that one of them stands on."""
LEVELS = ABOVE, BELOW = "stands on it", "it stands on"
"""What is told in place of a kind of records of the same kind."""
LIMIT, EARLIER_MAX = 60, 1000
"""How many records of a kind are named beside one: of those that came of it, and before it."""


@dataclass(frozen=True)
class Link:
    """A record of the chain, by its kind and id, and whether it came before."""

    kind: str
    id: str
    is_earlier: bool


@dataclass(frozen=True)
class Neighbour:
    """A neighbour in the chain that the one who asks may read; `raw` is what that one sees.

    It is a record, or a manual task.
    """

    link: Link
    record: Document | None = None
    raw: dict[str, Json] = field(default_factory=dict)
    step: Step | None = None

    @property
    def key(self) -> str:
        """The number by which people know it; tasks are known by their ids."""
        return self.record.key if self.record is not None else self.link.id

    @property
    def label(self) -> str:
        """What it is called, its key where it has no name."""
        if self.record is None:
            return self.step.title if self.step is not None else self.key
        return label_of(self.record.resource, self.raw) or self.record.key

    @property
    def state(self) -> str | None:
        """The state that it is in."""
        if self.record is None:
            return self.step.state if self.step is not None else None
        return internal_state(self.record.resource, self.record.raw)


@dataclass(frozen=True)
class Chain:
    """What stands before and after something, in the order of the chain, and the tasks by id."""

    links: Sequence[Link]
    steps: Mapping[str, Step] = field(default_factory=dict)
    more: Sequence[str] = ()
    """The kinds of which there are more than are named, whose newest ones are."""


def chain_of(work: Work, resource: Resource, ident: str) -> Chain:
    """Return what stands before and after a record, tasks and visits of its plan among it.

    One statement. Which records there are is told whoever may see them, and of which kinds there
    are more; readers ask for the records as the one who asks.
    """
    kind = resource.name
    if kind not in RANK:
        return Chain(())
    links, asked = _links_sql(work, resource)
    if RANK[kind] < RANK[ROOTS[0]]:
        rows = work.connection.execute(links, {**asked, "id": ident}).fetchall()
        return _chain_from(rows, kind, ident)
    found = around(work, kind, ident, links, asked)
    levels = {Link(kind, one, is_earlier=on == ABOVE) for on, one in found.links if on in LEVELS}
    chain = _chain_from([one for one in found.links if one[0] not in LEVELS], kind, ident)
    about = [(TASK, one.id) for one in found.steps if one.is_task]
    about += found.about
    about += [("WorkOrder", one.visit) for one in found.steps if one.visit is not None]
    return Chain(
        _sorted([*chain.links, *levels, *_links(about, kind, ident)]),
        {one.id: one for one in found.steps if one.is_task},
        chain.more,
    )


def _links_sql(work: Work, resource: Resource) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the kinds and ids that name a record or that it names, and its values."""
    held = [work.services.registry.resources.get(name) for name in KINDS]
    tables = sorted({one.reference_table for one in held if one is not None})
    others = " union all ".join(
        "(select type, source::text as id from (select type, source, "  # noqa: S608
        f"row_number() over (partition by type order by source desc) as place from (select "
        f"distinct type, source from {table} where target = %(id)s and type = any(%(kinds)s)) one"
        ") placed where place <= case when type = any(%(earlier)s) then %(all)s "
        "else %(limit)s + 1 end)"
        for table in tables
    )
    own = (
        "select target_type as type, target::text as id "  # noqa: S608 - declared names
        f"from {resource.reference_table} "
        "where source = %(id)s and target_type = any(%(kinds)s)"
    )
    levels, levelled = _levels_sql(resource)
    return f"{own} union all {others}{levels}", {
        "kinds": list(KINDS), "limit": LIMIT, "all": EARLIER_MAX,
        "earlier": list(KINDS[: RANK[resource.name]]), **levelled,
    }  # fmt: skip


def _levels_sql(resource: Resource) -> tuple[str, dict[str, Any]]:
    """Return the SQL of the records of the same kind that stand on one, and that it stands on."""
    names = WITHIN.get(resource.name)
    if names is None:
        return "", {}
    table = resource.reference_table
    text = (
        f" union all (select '{BELOW}', target::text "  # noqa: S608 - declared names
        f"from {table} where source = %(id)s and target_type = %(levelled)s and path = %(held_at)s "
        f"limit %(limit)s) union all (select '{ABOVE}', source::text "
        f"from {table} where target = %(id)s and type = %(levelled)s and path = %(held_at)s "
        "limit %(limit)s)"
    )
    return text, {"levelled": resource.name, "held_at": names}


def _chain_from(rows: Iterable[tuple[str, str]], kind: str, ident: str) -> Chain:
    """Return the chain of what was found, the newest of each kind of which there are many."""
    found = _sorted(_links(rows, kind, ident))
    kinds = dict.fromkeys(one.kind for one in found if not one.is_earlier)
    later = {name: [one for one in found if one.kind == name] for name in kinds}
    more = [name for name, held in later.items() if len(held) > LIMIT]
    left = {one for name in more for one in later[name][:-LIMIT]}
    return Chain([one for one in found if one not in left], more=more)


def chain_of_task(work: Work, ident: str) -> Chain | None:
    """Return what stands around a manual task: its orders, visits, and what it makes.

    None where there is no such task that the one who asks may see.
    """
    step = step_of(work, ident)
    if step is None:
        return None
    visits = visits_for(work, step.domain_orders)
    about = [*step.records, *(("WorkOrder", one) for one in visits)]
    return Chain(_sorted(_links(about, TASK, step.id)))


def _links(about: Iterable[tuple[str, str]], kind: str, ident: str) -> list[Link]:
    mine = RANK[kind]
    return [
        Link(other, one, RANK[other] < mine)
        for other, one in about
        if one != ident and RANK[other] != mine
    ]


def _sorted(links: Iterable[Link]) -> list[Link]:
    return sorted(dict.fromkeys(links), key=lambda one: (RANK[one.kind], one.id))


def neighbours_of(work: Work, chain: Chain) -> list[Neighbour]:
    """Return those of a chain that the one who asks may read."""
    links = chain.links
    found = [Neighbour(one, step=chain.steps[one.id]) for one in links if one.id in chain.steps]
    for kind in dict.fromkeys(one.kind for one in links if one.kind != TASK):
        resource = work.services.registry[kind]
        grant = work.actor.grant(resource, "read")
        if grant is None:
            continue
        hidden = hidden_paths(resource, grant.sees)
        records = work.many(resource.type, [one.id for one in links if one.kind == kind])
        found += (
            Neighbour(one, held, held.raw if hidden is None else mask(held.raw, hidden))
            for one in links
            if one.kind == kind and (held := records.get(one.id)) is not None
        )
    return sorted(found, key=lambda one: RANK[one.link.kind])
