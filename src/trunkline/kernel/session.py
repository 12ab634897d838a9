"""Sessions on a connection: how a transaction begins, and whose rows the database lets it see."""

from __future__ import annotations

from typing import Any

from trunkline.database import connection as connections
from trunkline.documents.limits import query_of
from trunkline.kernel.actor import Actor, Verb
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.resource import Registry, Resource

BEGIN = b"begin; select g.number, c.offset_s from generation g, clock c"
READING: tuple[Verb, ...] = ("read",)
WRITING: tuple[Verb, ...] = ("create", "update", "delete")


def begin(connection: Any) -> tuple[int, int]:
    """Begin a transaction and return the generation and the test clock's offset, in one trip."""
    found = connections.run_plain(connection, BEGIN)
    return int(found.get_value(0, 0) or 0), int(found.get_value(0, 1) or 0)


def is_narrow(actor: Actor) -> bool:
    """Tell whether row-level security watches this actor: some grant is not over all rows."""
    everything = actor.grants.get("*:*")
    if actor.kind == "system" or (everything is not None and everything.reach == "all"):
        return False
    return {grant.reach for grant in actor.grants.values()} != {"all"}


def is_limited(actor: Actor) -> bool:
    """Tell whether some grant is kept to owners in some spheres."""
    return any(one.limits for one in actor.grants.values())


def enter_scope(connection: Any, actor: Actor, registry: Registry) -> None:
    """Tell the database for this transaction whose rows may be seen, and which kinds wholly."""
    reaches = {each for one in actor.grants.values() for each in (one.reach, one.beside)}
    reach = "partner" if "partner" in reaches else "own"
    limits = query_of({each for one in actor.grants.values() for each in one.limits})
    read, written = _whole_kinds(actor, registry)
    connection.execute(
        "select set_config('trunkline.reach', %s, true), set_config('trunkline.limits', %s, true), "
        "set_config('trunkline.party', %s, true), set_config('trunkline.partner', %s, true), "
        "set_config('trunkline.kinds_read', %s, true), "
        "set_config('trunkline.kinds_written', %s, true)",
        [reach, limits, actor.party or "", actor.partner or "", read, written],
    )


def _whole_kinds(actor: Actor, registry: Registry) -> list[str]:
    """Return the names of the kinds of which an actor reads every record, and writes every one.

    Records of kinds that belong to nobody are everybody's who may read them.
    """
    if not actor.whole_kinds:
        actor.whole_kinds[:] = [
            ",".join(one.name for one in registry if any(_is_whole(actor, one, v) for v in verbs))
            for verbs in (READING, WRITING)
        ]
    return actor.whole_kinds


def _is_whole(actor: Actor, resource: Resource, verb: Verb) -> bool:
    grant = actor.grant(resource, verb)
    return grant is not None and (grant.reach == "all" or not is_scoped(resource))
