"""Who works on a sale: leads and opportunities given to people, one or many, with their tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trunkline.care.request import Assignee
from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.patch import copied
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.sales.lead.lead import OPEN, SalesLead
from trunkline.sales.opportunity.opportunity import SalesOpportunity
from trunkline.workspace.about import about
from trunkline.workspace.notes import Told
from trunkline.workspace.notifications import notice_of
from trunkline.workspace.people import person_who
from trunkline.workspace.tasks import give_open_tasks

Sale: TypeAlias = SalesLead | SalesOpportunity
AT_ONCE = 500


@dataclass(frozen=True)
class Given:
    """What was given to whom: the records, how many tasks moved along, and whom to tell."""

    person: str
    records: Sequence[Sale]
    tasks: int
    told: Told | None


def assign(
    work: Work, kind: type[Sale], idents: Sequence[str], login: str, *, with_tasks: bool = False
) -> Given:
    """Give leads or opportunities to somebody by login, or to the one who asks by `me`.

    Refuses (409) one that has ended, and (400) somebody who may not work on them. Either all are
    given or none.
    """
    work.actor.must(kind.resource, "update")
    wanted = list(dict.fromkeys(idents))
    if not wanted or len(wanted) > AT_ONCE:
        message = f"name 1 to {AT_ONCE} at once"
        raise Invalid.of([Fault("record", "badValue", message)])
    person = _person(work, kind, login)
    found: list[Sale] = [work.lock(kind, ident) for ident in sorted(wanted)]
    tasks = 0
    for one in found:
        if not _is_open(one):
            raise Conflict("conflictEnded", f"{one.key} has ended; leave it out")
        before = copied(one.raw)
        if one.assignee is None or one.assignee.id != person.id:
            one.assignee = Assignee(id=person.id, name=person.name, assigned_at=work.now)
            work.save(one, before)
        if with_tasks:
            tasks += give_open_tasks(work, about(work, kind.resource, one.id), person)
    return Given(person.name, found, tasks, _told(work, kind, found, person))


def _is_open(one: Sale) -> bool:
    return one.stage in OPEN if isinstance(one, SalesLead) else one.status == "open"


def _person(work: Work, kind: type[Sale], login: str) -> Actor:
    """Return who is to work on it; refuses whoever may not change such records."""
    person = person_who(
        work, login,
        lambda one: (grant := one.grant(kind.resource, "update")) is not None
        and grant.reach != "own",
    )  # fmt: skip
    if person is None:
        what = kind.resource.title.lower()
        message = f"nobody with the login {login} may work on a {what}; name a login that may"
        raise Invalid.of([Fault("login", "notAssignable", message)])
    return person


def _told(work: Work, kind: type[Sale], found: Sequence[Sale], person: Actor) -> Told | None:
    if person.id == work.actor.id:
        return None
    first = found[0]
    notice = notice_of(
        "task", "recordGiven" if len(found) == 1 else "recordsGiven",
        {"who": work.actor.name, "what": first.key, "count": len(found)},
        f"/r/{kind.resource.path}/{first.key}" if len(found) == 1 else f"/r/{kind.resource.path}",
        record=(kind.resource.name, first.id) if len(found) == 1 else None,
    )  # fmt: skip
    return Told([person.id], notice)
