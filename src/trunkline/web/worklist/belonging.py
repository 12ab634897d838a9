"""What the things of a queue belong to: its kind and key, read with them where it may be seen."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import Sql, scope
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.values import EMPTY, Cell


def belonging(work: Work, kinds: Sequence[tuple[str, str, Resource]]) -> Sql:
    """Return JSON of the kind and the key of the first of these that a row `s` belongs to.

    Each is a condition and the id of the record that it then belongs to, both SQL on `s`.
    """
    sql = Sql("case", [])
    for condition, ident, resource in kinds:
        grant = work.actor.grant(resource, "read")
        if grant is None:
            continue
        within = scope(resource, work.actor, grant)
        sql.text += (
            f" when {condition} then json_build_array('{resource.name}', "  # noqa: S608 - our own names
            f"(select t.key from {resource.table} t where t.id = {ident} and {within.text}))"
        )
        sql.parameters += within.parameters
    return Sql(f"{sql.text} end", sql.parameters) if sql.text != "case" else Sql("null::json")


def link_to(desk: Desk, told: Json) -> Cell:
    """Return the link to what a row belongs to, empty where it may not be read."""
    if not isinstance(told, list) or told[1] is None:
        return EMPTY
    resource = desk.services.registry[str(told[0])]
    return Cell("link", str(told[1]), address=desk.addresses.of_record(resource, str(told[1])))
