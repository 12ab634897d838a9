"""Names of roles, for rules that speak of them: who holds which, and which there are.

Who is watched by row-level security sees nothing of roles by the own connection, so for them the
program looks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.documents.errors import Fault
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work

HELD = (
    "select r.name, r.title, exists (select from principal_role p where p.role = r.name "
    "and p.principal = %s and (p.ends_at is null or p.ends_at > %s)) from role r order by r.title"
)

HELD_BY_ANYBODY = (
    "select r.name, exists (select from principal_role p join principal h on h.id = p.principal "
    "where p.role = r.name and h.active and (p.ends_at is null or p.ends_at > %s)) "
    "from role r where r.name = any(%s)"
)


@dataclass
class Roles:
    """What every role is called, by name, and the names of those that who asks holds now."""

    titles: dict[str, str] = field(default_factory=dict)
    held: frozenset[str] = frozenset()


def roles(work: Work) -> Roles:
    """Return the roles that there are, by title; read once per transaction."""
    known: Roles | None = work.kept.get(Roles)
    if known is None:
        rows = _rows(work, [work.actor.id, work.services.machine_now()], HELD)
        known = work.kept[Roles] = Roles(
            {name: title for name, title, _ in rows},
            frozenset(name for name, _, is_held in rows if is_held),
        )
    return known


def role_faults(work: Work, path: str, said: str | None, *stands: str | None) -> Iterator[Fault]:
    """Yield the fault of a name that is no role's, as nobody would find what is given to it.

    What stands somewhere already (`stands`) may stay, and what the program carries on.
    """
    if said is None or said in stands or work.actor.kind == "system":
        return
    known = tuple(sorted(roles(work).titles))
    if said not in known:
        message = f"there is no role {said}; choose one of: {', '.join(known)}"
        yield Fault(path, "roleUnknown", message, known)


def without_holders(work: Work, names: Collection[str]) -> dict[str, bool]:
    """Return those of the names that nobody holds as a role, and whether there is such a role."""
    if not names:
        return {}
    asked = [work.services.machine_now(), sorted(names)]
    held = dict(_rows(work, asked, HELD_BY_ANYBODY))
    return {name: name in held for name in sorted(names) if not held.get(name, False)}


def _rows(work: Work, parameters: Sequence[Any], query: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]]
    if not is_narrow(work.actor):
        found = work.connection.execute(query, parameters).fetchall()
        return found
    with work.services.database.app.connection() as connection:
        found = connection.execute(query, parameters).fetchall()
    return found
