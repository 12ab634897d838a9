"""Hierarchies of organizations and accounts: what is above and below, and sums over all below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trunkline.assurance.ticket.ticket import OPEN as UNSOLVED
from trunkline.assurance.ticket.ticket import TroubleTicket
from trunkline.care.request import OPEN as WAITS
from trunkline.care.request import CustomerRequest
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.resource import Resource
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import Sql, array_of, scope
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.web.customer.gathering import NAMED_BY
from trunkline.web.records import Record, seen, sees

DEPTH_MAX = 20
NODES_MAX = 10_000
CHILDREN_MAX = 200
PARENT = "parent"


@dataclass(frozen=True)
class Sum:
    """What is summed up: records of a kind that belong to a node `p` and that count."""

    title: str
    resource: Resource
    belongs: str
    counts: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Tree:
    """A hierarchy of records of one kind; `links` is the SQL of each child with its parent.

    `parent` is the path at which a record says itself what is above it.
    """

    address: str
    resource: Resource
    parent: str
    links: str
    sums: tuple[Sum, ...]


@dataclass(frozen=True)
class Node:
    """A record in its tree; `sums` holds the roll-ups that the visitor may see, by title."""

    record: Record
    sums: Mapping[str, int] = field(default_factory=dict)
    parts: int = 0


EACH_ABOVE = "cross join lateral (select l.parent from links l where l.child = up.id offset 0) l"
EACH_BELOW = "cross join lateral (select l.child from links l where l.parent = b.id offset 0) l"
"""The next step of a walk; without its offset all links that there are would be read for it."""
RENEWING = "Paths being renewed"
OWNED = "t.owner = p.id"
STALE = (
    "p.id <> p.top and not starts_with(t.p_hierarchy_path, (select h.p_hierarchy_path || '/' "
    "from organization h where h.id = p.top))"
)
ACTIVE = "t.p_status = 'active'"
OPEN = "t.p_state <> all(%s)"
ONE_OF = "t.p_status = any(%s)"
NONE_OF = "t.p_status <> all(%s)"


def _links_of_organizations() -> str:
    up, down = (
        "organizationParentRelationship.organization",
        "organizationChildRelationship.organization",
    )
    table = Organization.resource.reference_table
    kind = f"type = '{Organization.resource.name}'"
    return (
        f"select source as child, target as parent from {table} where {kind} and path = '{up}' "  # noqa: S608
        f"union all select target, source from {table} where {kind} and path = '{down}'"
    )


def _links_of_accounts() -> str:
    kind = BillingAccount.resource
    return (
        f"select f.source as child, f.target as parent from {kind.reference_table} f "  # noqa: S608
        f"join {kind.table} s on s.id = f.source where f.type = '{kind.name}' "
        "and f.path = 'accountRelationship.account' and exists (select 1 from "
        "json_array_elements(s.doc -> 'accountRelationship') r where r ->> 'relationshipType' = "
        f"'{PARENT}' and r -> 'account' ->> 'id' = f.target::text)"
    )


def _billed_to(resource: Resource, *paths: str) -> str:
    named = ", ".join(f"'{one}'" for one in paths)
    return (
        f"t.id in (select f.source from {resource.reference_table} f where f.target = p.id "  # noqa: S608
        f"and f.type = '{resource.name}' and f.path in ({named}))"
    )


def _acting_for() -> str:
    """Return the SQL of who is a contact of a node or of it as a customer: named by the person,
    or by a role of the person that holds now."""
    named, customer = Individual.resource.reference_table, Customer.resource
    return (
        f"t.id in (with us as (select p.id union all select c.id from {customer.table} c "  # noqa: S608
        f"where c.owner = p.id) select f.source from {named} f where f.target in (table us) and "
        f"f.type = 'Individual' and f.path = '{NAMED_BY}' union all select e.target from {named} f "
        f"join {named} e on e.source = f.source and e.path = 'engagedParty' "
        "join party_role r on r.id = f.source where f.target in (table us) "
        f"and f.type = 'PartyRole' and f.path = '{NAMED_BY}' and r.p_status = 'active' and "
        "coalesce((r.doc -> 'validFor' ->> 'endDateTime')::timestamptz > now() + "
        "make_interval(secs => (select offset_s from clock)), true))"
    )


ORGANIZATIONS = Tree(
    "/hierarchy",
    Organization.resource,
    "organizationParentRelationship.organization.id",
    _links_of_organizations(),
    (
        Sum("Contacts", Individual.resource, _acting_for(), "true"),
        Sum("Customers", Customer.resource, OWNED, "t.p_status <> 'terminated'"),
        Sum("Sites", GeographicSite.resource, OWNED, NONE_OF, (["cancelled", "former"],)),
        Sum("Active products", Product.resource, OWNED, ACTIVE),
        Sum("Open orders", ProductOrder.resource, OWNED, OPEN, (list(FINISHED),)),
        Sum("Open requests", CustomerRequest.resource, OWNED, ONE_OF, (list(WAITS),)),
        Sum("Open tickets", TroubleTicket.resource, OWNED, ONE_OF, (list(UNSOLVED),)),
        Sum(RENEWING, Organization.resource, "t.id = p.id", STALE),
    ),
)
ACCOUNTS = Tree(
    "/account-hierarchy",
    BillingAccount.resource,
    "accountRelationship.account.id",
    _links_of_accounts(),
    (
        Sum("Active products", Product.resource,
            _billed_to(Product.resource, "billingAccount"), ACTIVE),
        Sum("Open orders", ProductOrder.resource,
            _billed_to(ProductOrder.resource, "billingAccount", "productOrderItem.billingAccount"),
            OPEN, (list(FINISHED),)),
    ),
)  # fmt: skip


def above(work: Work, tree: Tree, ident: str) -> list[Record]:
    """Return what is above a record in its tree, as far as the visitor reaches, topmost first."""
    reach = scope(tree.resource, work.actor, work.actor.must(tree.resource, "read"))
    rows = work.connection.execute(
        f"with recursive links as not materialized ({tree.links}), up(id, depth) as ("  # noqa: S608
        f"select %s::uuid, 0 union all select l.parent, up.depth + 1 from up {EACH_ABOVE} "
        f"where up.depth < {DEPTH_MAX}), "
        "nearest as (select id, min(depth) as depth from up where id <> %s group by id) "
        f"select {ROW} from nearest n join {tree.resource.table} t on t.id = n.id "
        f"where {reach.text} order by n.depth desc",
        [ident, ident, *reach.parameters],
    ).fetchall()
    return [seen(work, document_of(tree.resource.type, row)) for row in rows]


def node_of(work: Work, tree: Tree, record: Record) -> Node:
    """Return a record of a tree with the sums over all that is below it."""
    heads = Sql("select id from unnest(%s::uuid[]) id", [array_of([record.id])])
    (node,) = _rolled_up(work, tree, heads)
    return node


def children_of(work: Work, tree: Tree, ident: str) -> list[Node]:
    """Return what is directly below a record and within the visitor's reach, by name."""
    heads = Sql(
        f"select distinct l.child from links l where l.parent = %s limit {CHILDREN_MAX}",  # noqa: S608
        [ident],
    )
    return _by_name(_rolled_up(work, tree, heads))


def accounts_of(work: Work, organization: str) -> list[Node]:
    """Return the topmost accounts of an organization, or of it as a customer, with their sums.

    Nothing where the visitor may not read accounts or not see whose they are.
    """
    own, customer = ACCOUNTS.resource, Customer.resource
    if not sees(work, own, f"{NAMED_BY}.id"):
        return []
    heads = Sql(
        f"with mine as (select f.source as id from {own.reference_table} f "  # noqa: S608
        f"where f.type = '{own.name}' and f.path = '{NAMED_BY}' and f.target in (select %s::uuid "
        f"union all select c.source from {customer.reference_table} c where c.target = %s "
        f"and c.type = '{customer.name}' and c.path = 'engagedParty')) "
        "select distinct m.id from mine m where not exists (select 1 from links l "
        f"where l.child = m.id and l.parent in (table mine) offset 0) limit {CHILDREN_MAX}",
        [organization, organization],
    )
    return _by_name(_rolled_up(work, ACCOUNTS, heads))


def _by_name(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda one: one.record.label.lower())


def _rolled_up(work: Work, tree: Tree, heads: Sql) -> list[Node]:
    """Return records of a tree with the sums over all that is below each, in one statement.

    It goes down at most twenty levels and over ten thousand records in all.
    """
    own = tree.resource
    reach = scope(own, work.actor, work.actor.must(own, "read"))
    counts = [*_counts(work, tree)]
    columns = "".join(f", sum(c{at}.n)::bigint as n{at}" for at in range(len(counts)))
    joins = "".join(
        f" left join lateral ({one.text}) c{at} on true" for at, (_, one) in enumerate(counts)
    )
    shown = "".join(f", s.n{at}" for at in range(len(counts)))
    rows = work.connection.execute(
        f"with recursive links as not materialized ({tree.links}), "  # noqa: S608 - our own names
        f"heads(id) as ({heads.text}), below(top, id, depth) as (select id, id, 0 from heads "
        f"union select b.top, l.child, b.depth + 1 from below b {EACH_BELOW} "
        f"where b.depth < {DEPTH_MAX}), "
        "parts as (select distinct b.top, b.id from below b where exists (select 1 "
        f"from {own.table} t where t.id = b.id and {reach.text}) limit {NODES_MAX}), "
        f"summed as (select p.top, count(*) - 1 as parts{columns} from parts p{joins} "
        f"group by p.top) select s.parts{shown}, {ROW} from summed s "
        f"join {own.table} t on t.id = s.top where {reach.text}",
        [
            *heads.parameters,
            *reach.parameters,
            *(value for _, one in counts for value in one.parameters),
            *reach.parameters,
        ],
    ).fetchall()
    titles = [title for title, _ in counts]
    first = 1 + len(titles)
    return [
        Node(
            seen(work, document_of(own.type, row[first:])),
            dict(zip(titles, row[1:first], strict=True)),
            row[0],
        )
        for row in rows
    ]


def _counts(work: Work, tree: Tree) -> Iterable[tuple[str, Sql]]:
    """Yield the count of each kind of record that belongs to a node, as far as reached."""
    for one in tree.sums:
        grant = work.actor.grant(one.resource, "read")
        if grant is None:
            continue
        condition = scope(one.resource, work.actor, grant)
        condition.also(one.belongs)
        condition.also(one.counts, *one.parameters)
        text = f"select count(*) as n from {one.resource.table} t where {condition.text}"  # noqa: S608
        yield one.title, Sql(text, condition.parameters)
