"""The hierarchy of organizations: what is above and below one, and roll-ups over all below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.documents.decode import load
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.masks import mask
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, array_of, scope
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.customer import Customer
from trunkline.party.organization import Organization
from trunkline.web.customer.orders_panel import FINISHED
from trunkline.web.records import Record, hidden_of

DEPTH_MAX = 20
NODES_MAX = 10_000
CHILDREN_MAX = 200
TABLE = Organization.resource.reference_table
UP, DOWN = (
    "organizationParentRelationship.organization",
    "organizationChildRelationship.organization",
)
LINKS = (
    f"select source as child, target as parent from {TABLE} where type = 'Organization' "  # noqa: S608
    f"and path = '{UP}' union all select target, source from {TABLE} "
    f"where type = 'Organization' and path = '{DOWN}'"
)
ABOVE = (
    f"with recursive links as not materialized ({LINKS}), up(id, depth) as ("  # noqa: S608
    "select %s::uuid, 0 union all select l.parent, up.depth + 1 from up join links l "
    f"on l.child = up.id where up.depth < {DEPTH_MAX}) "
    "select distinct on (up.id) up.id::text, up.depth from up where up.depth > 0 "
    "order by up.id, up.depth"
)
ROLLED: tuple[tuple[str, Resource, str, tuple[Any, ...]], ...] = (
    ("customers", Customer.resource, "t.p_status <> 'terminated'", ()),
    ("sites", GeographicSite.resource, "t.p_status = 'active'", ()),
    ("products", Product.resource, "t.p_status = 'active'", ()),
    ("orders", ProductOrder.resource, "t.p_state <> all(%s)", (list(FINISHED),)),
)
"""What is summed up: its name, the kind, and which records of it count."""


@dataclass(frozen=True)
class Node:
    """An organization in the tree; `sums` holds the roll-ups that the visitor may see."""

    record: Record
    has_children: bool = False
    sums: Mapping[str, int] = field(default_factory=dict)
    parts: int = 0


def above(work: Work, ident: str) -> list[Record]:
    """Return the organizations above one, the topmost first."""
    rows = work.connection.execute(ABOVE, [ident]).fetchall()
    depth = {found: at for found, at in rows if found != ident}
    records = nodes(work, depth)
    return sorted(records, key=lambda one: -depth[one.id])


def children_of(work: Work, ident: str) -> list[Record]:
    """Return the organizations directly below one that the visitor reaches, by name."""
    rows = work.connection.execute(
        f"select distinct l.child::text from ({LINKS}) l where l.parent = %s "  # noqa: S608
        f"limit {CHILDREN_MAX}",
        [ident],
    ).fetchall()
    return sorted(nodes(work, [one for (one,) in rows]), key=lambda one: one.label.lower())


def nodes(work: Work, idents: Iterable[str]) -> list[Record]:
    """Return organizations by id, as far as the visitor reaches and sees them."""
    wanted = [one for one in idents if UUID.match(one)]
    if not wanted:
        return []
    resource = Organization.resource
    condition = scope(resource, work.actor, work.actor.must(resource, "read"))
    condition.also("t.id = any(%s::uuid[])", array_of(wanted))
    rows = work.connection.execute(
        f"select t.id::text, t.key, t.version, t.updated_at, t.doc from organization t "  # noqa: S608
        f"where {condition.text}",
        condition.parameters,
    ).fetchall()
    hidden = hidden_of(work, resource)
    return [
        Record(
            resource, ident, key, version, at,
            load(body) if hidden is None else mask(load(body), hidden), hidden,
        )
        for ident, key, version, at, body in rows
    ]  # fmt: skip


def rolled_up(work: Work, records: Sequence[Record]) -> list[Node]:
    """Return organizations with the sums over all that is below each, in one statement.

    It goes down at most twenty levels and over ten thousand organizations in all.
    """
    if not records:
        return []
    own = Organization.resource
    reach = scope(own, work.actor, work.actor.must(own, "read"))
    counts = [*_counts(work)]
    columns = "".join(f", sum(c{at}.n)::bigint" for at in range(len(counts)))
    joins = "".join(
        f" left join lateral ({one.text}) c{at} on true" for at, (_, one) in enumerate(counts)
    )
    rows = work.connection.execute(
        f"with recursive links as not materialized ({LINKS}), "  # noqa: S608 - our own names
        "below(top, id, depth) as (select id, id, 0 from unnest(%s::uuid[]) id "
        "union select b.top, l.child, b.depth + 1 from below b join links l on l.parent = b.id "
        f"where b.depth < {DEPTH_MAX}), "
        "parts as (select distinct b.top, b.id from below b where exists (select 1 "
        f"from organization t where t.id = b.id and {reach.text}) limit {NODES_MAX}) "
        f"select p.top::text, count(*) - 1{columns} from parts p{joins} group by p.top",
        [
            array_of(one.id for one in records),
            *reach.parameters,
            *(value for _, one in counts for value in one.parameters),
        ],
    ).fetchall()
    found = {top: (parts, sums) for top, parts, *sums in rows}
    names = [name for name, _ in counts]
    return [
        Node(
            one, found[one.id][0] > 0, dict(zip(names, found[one.id][1], strict=True)),
            found[one.id][0],
        )
        for one in records
        if one.id in found
    ]  # fmt: skip


def _counts(work: Work) -> Iterable[tuple[str, Sql]]:
    """Yield the count of each kind of record that an organization owns, as far as reached."""
    for name, resource, counted, parameters in ROLLED:
        grant = work.actor.grant(resource, "read")
        if grant is None:
            continue
        condition = scope(resource, work.actor, grant)
        condition.also("t.owner = p.id")
        condition.also(counted, *parameters)
        text = f"select count(*) as n from {resource.table} t where {condition.text}"  # noqa: S608
        yield name, Sql(text, condition.parameters)
