"""Gathering: records of several kinds that name a customer, in one read."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.errors import NotFound
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import Sql, array_of, scope
from trunkline.kernel.work import Work
from trunkline.web.records import Record, hidden_of, record_of, seen

NAMED_BY = "relatedParty.id"


def party_of(work: Work, customer: Record) -> Record | None:
    """Return the person or organization that a customer is, as far as the visitor may."""
    engaged = customer.document.get("engagedParty")
    if not isinstance(engaged, dict):
        return None
    resource = work.services.registry.resources.get(str(engaged.get("@referredType")))
    if resource is None or work.actor.grant(resource, "read") is None:
        return None
    try:
        return record_of(work, resource, str(engaged.get("id")))
    except NotFound:
        return None


def names_of(customer: Record) -> list[str]:
    """Return the ids by which records name a customer: its own and its party's."""
    engaged = customer.document.get("engagedParty")
    party = engaged.get("id") if isinstance(engaged, dict) else None
    return [customer.id, *([party] if isinstance(party, str) else [])]


def naming(work: Work, resource: Resource, idents: Sequence[str]) -> Sql | None:
    """Return the condition on records of a kind that name one of these parties.

    It keeps to the visitor's reach; None where the visitor may not see that.
    """
    grant = work.actor.grant(resource, "read")
    if grant is None:
        return None
    hidden = hidden_of(work, resource)
    if hidden is not None and is_hidden(hidden, NAMED_BY):
        return None
    sql = scope(resource, work.actor, grant)
    sql.also(
        f"t.id in (select f.source from {resource.reference_table} f "  # noqa: S608 - our own name
        "where f.target = any(%s::uuid[]) and f.type = %s and f.path = %s)",
        array_of(one for one in idents if UUID.match(one)),
        resource.name,
        NAMED_BY.removesuffix(".id"),
    )
    return sql


def gathered(
    work: Work, wanted: Sequence[tuple[Resource, int]], idents: Sequence[str]
) -> dict[str, list[Record]]:
    """Return the newest records that name one of these parties, by the name of their kind.

    `wanted` says how many of each kind at most. Kinds that may not be read are not in it.
    """
    branches: list[Sql] = []
    found: dict[str, list[Record]] = {}
    for resource, limit in wanted:
        condition = naming(work, resource, idents)
        if condition is not None:
            found[resource.name] = []
            text = (
                f"(select '{resource}', {ROW} from {resource.table} t "  # noqa: S608 - our names
                f"where {condition.text} "
                f"order by t.id desc limit {int(limit)})"
            )
            branches.append(Sql(text, condition.parameters))
    if branches:
        rows = work.connection.execute(
            " union all ".join(one.text for one in branches),
            [value for one in branches for value in one.parameters],
        ).fetchall()
        for name, *row in rows:
            kind = work.services.registry[name].type
            found[name].append(seen(work, document_of(kind, row)))
    return found
