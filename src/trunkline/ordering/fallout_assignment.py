"""Who works on a fallout: taken on, given to somebody, given back; and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trunkline.documents.errors import Conflict, Fault, Invalid
from trunkline.documents.shape import format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.workspace.people import person_who


def assign_fallout(work: Work, fallouts: Sequence[str], login: str) -> list[Fallout]:
    """Give fallouts to somebody by login, or to the one who asks by `me`, whoever has them.

    Refuses one that is closed (409), and whoever may not work on fallout (400).
    """
    person = _person(work, login)
    held = {"id": person.id, "name": person.name, "assignedAt": format_instant(work.now)}
    found = [_open(work, ident) for ident in dict.fromkeys(fallouts)]
    for record in found:
        if record.assignee is None or record.assignee.id != person.id:
            _keep(work, record, "assignee", held)
    return found


def release_fallout(work: Work, fallouts: Sequence[str]) -> list[Fallout]:
    """Give fallouts back, whoever has them; one that nobody has stays as it is."""
    found = [_open(work, ident) for ident in dict.fromkeys(fallouts)]
    for record in found:
        _keep(work, record, "assignee", None)
    return found


def set_fallout_due(work: Work, fallouts: Sequence[str], due: datetime | None) -> list[Fallout]:
    """Say until when fallouts are to be put right; None takes the moment away."""
    found = [_open(work, ident) for ident in dict.fromkeys(fallouts)]
    for record in found:
        _keep(work, record, "dueAt", format_instant(due) if due is not None else None)
    return found


def _keep(work: Work, record: Fallout, name: str, value: object) -> None:
    before = dict(record.raw)
    if value is None:
        record.raw.pop(name, None)
    else:
        record.raw[name] = value
    work.save(record, before)


def _open(work: Work, ident: str) -> Fallout:
    work.actor.must(Fallout.resource, "update")
    record = work.lock(Fallout, ident)
    if record.state in CLOSED:
        raise Conflict("conflictNotInFallout", f"{record.key} is closed; nothing is left to do")
    return record


def _person(work: Work, login: str) -> Actor:
    """Return who is to work on it; refuses whoever may not change fallout."""
    person = person_who(work, login, lambda one: one.grant(Fallout.resource, "update") is not None)
    if person is None:
        message = f"nobody with the login {login} may work on fallout; name a login that may"
        raise Invalid.of([Fault("login", "notAssignable", message)])
    return person
