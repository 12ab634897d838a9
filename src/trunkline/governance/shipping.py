"""Shipping: what every installation is given once, and is the operator's from then on."""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.kernel.work import Work

NOTE = (
    "insert into shipped (name) select unnest(%s::text[]) except select name from shipped "
    "on conflict do nothing returning name"
)


def first_shipped(work: Work, names: Iterable[str]) -> set[str]:
    """Note the names of what is shipped, and return those that were never noted before."""
    return {name for (name,) in work.connection.execute(NOTE, [list(names)]).fetchall()}
