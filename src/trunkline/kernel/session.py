"""Sessions on a connection: how a transaction begins, and whose rows the database lets it see."""

from __future__ import annotations

from typing import Any

from trunkline.kernel.actor import Actor


def begin(connection: Any) -> tuple[int, int]:
    """Begin a transaction and return the generation and the test clock's offset, in one trip."""
    cursor = connection.execute(
        "begin; select g.number, c.offset_s from generation g, clock c", prepare=False
    )
    cursor.nextset()
    number, offset_s = cursor.fetchone()
    return number, offset_s


def is_narrow(actor: Actor) -> bool:
    """Tell whether row-level security watches this actor: it holds no grant over all rows."""
    return actor.kind != "system" and not any(
        grant.reach == "all" for grant in actor.grants.values()
    )


def enter_scope(connection: Any, actor: Actor) -> None:
    """Tell the database for this transaction whose rows may be seen."""
    reach = "partner" if any(one.reach == "partner" for one in actor.grants.values()) else "own"
    connection.execute(
        "select set_config('trunkline.reach', %s, true), "
        "set_config('trunkline.party', %s, true), set_config('trunkline.partner', %s, true)",
        [reach, actor.party or "", actor.partner or ""],
    )
