"""Concerning: which due reactions have anything to do, told in SQL before they are leased.

Most records that change are named by nothing that would follow them. Such a reaction is taken off
the queue by the statement that would lease it, and costs no transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.kernel.behaviour import Reaction
from trunkline.kernel.resource import Registry


def concerns(registry: Registry) -> str:
    """Return the SQL that tells of a row named `due` whether what it calls concerns anybody."""
    cases = "".join(
        f" when '{one.name}' then {' or '.join(_named(one))}"
        for one in registry.reactions
        if one.named_by
    )
    return f"case due.kind{cases} else true end" if cases else "true"


def _named(reaction: Reaction) -> Iterator[str]:
    """Yield what SQL asks of each table with references: whether one of the kinds names it."""
    tables: dict[str, list[str]] = {}
    for kind in reaction.named_by:
        tables.setdefault(kind.resource.reference_table, []).append(f"'{kind.resource}'")
    own = reaction.events[0].resource.reference_table
    for table, kinds in tables.items():
        among = f"f.type in ({', '.join(kinds)})"
        if reaction.by_way_of:
            yield (
                f"exists (select from {own} o join {table} f on f.target = o.target and {among} "
                f"where o.source = due.subject and o.path = '{reaction.by_way_of}')"
            )
        else:
            yield f"exists (select from {table} f where f.target = due.subject and {among})"
