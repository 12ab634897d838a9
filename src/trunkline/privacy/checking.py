"""Checking: what an erasure would do, told by kind before anybody decides; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.documents.errors import NotFound
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.work import Work
from trunkline.privacy.api import ERASE
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.in_the_way import Obstacle, obstacles_of
from trunkline.privacy.keeping import kept_kinds, kept_until
from trunkline.privacy.subject import Subject, subject_of

BESIDE = {"Notes": "staff_note", "Tasks": "staff_task", "Files": "staff_file"}


@dataclass(frozen=True)
class Checked:
    """What stands in the way, and by kind what would stay without the person, go, or be kept."""

    obstacles: list[Obstacle]
    outcome: list[dict[str, Json]]

    @property
    def told(self) -> Json:
        """As the interface says it."""
        return {"inTheWay": [one.told for one in self.obstacles], "outcome": self.outcome}


def check_of(work: Work, ident: str) -> Checked:
    """Return what a request would do by now; refuses (403) without the right."""
    work.actor.must_have(ERASE)
    request = work.get(ErasureRequest, ident)
    subject = subject_of(work, request.person.id) if request is not None else None
    if request is None or subject is None:
        raise NotFound("notFound", f"there is no erasure request {ident} about a person")
    return Checked(obstacles_of(work, subject), [*_records(work, subject), *_beside(work, subject)])


def _records(work: Work, subject: Subject) -> list[dict[str, Json]]:
    """Return by kind how many records stay without the person, and how many as they are."""
    kept = kept_kinds(work)
    asked = {"owners": list(subject.owners), "idents": list(subject.idents)}
    found: list[dict[str, Json]] = []
    mine = "owner = any(%(owners)s::uuid[]) or id = any(%(idents)s::uuid[])"
    for resource in sorted(work.services.registry, key=lambda one: one.name):
        if not is_scoped(resource):
            continue
        (count,) = work.connection.execute(
            f"select count(*) from {resource.table} where {mine}",  # noqa: S608 - declared names
            asked,
        ).fetchone()
        if not count:
            continue
        if resource.name not in kept:
            found.append({"kind": resource.name, "pseudonymised": count})
            continue
        rows = work.connection.execute(
            f"select id::text from {resource.table} where {mine}",  # noqa: S608 - declared names
            asked,
        ).fetchall()
        ends = [
            kept_until(kept[resource.name], one.raw, one.meta)
            for one in work.many(resource.type, [ident for (ident,) in rows]).values()
        ]
        later = [one for one in ends if one is not None and one > work.now]
        told: dict[str, Json] = {"kind": resource.name}
        if count > len(later):
            told["pseudonymised"] = count - len(later)
        if later:
            told |= {"kept": len(later), "keptUntil": format_instant(max(later)),
                     "reason": kept[resource.name].reason}  # fmt: skip
        found.append(told)
    return found


def _beside(work: Work, subject: Subject) -> list[dict[str, Json]]:
    """Return how many notes, tasks, files and sign-ins would go."""
    found: list[dict[str, Json]] = []
    for name, table in BESIDE.items():
        (count,) = work.connection.execute(
            f"select count(*) from {table} where owner = any(%s::uuid[])",  # noqa: S608 - constants
            [list(subject.owners)],
        ).fetchone()
        if count:
            found.append({"kind": name, "deleted": count})
    (count,) = work.connection.execute(
        "select count(*) from principal where party = any(%s::uuid[])", [list(subject.owners)]
    ).fetchone()
    if count:
        found.append({"kind": "Sign-ins", "deleted": count})
    return found
