"""The operator's people: who has a role, and who may be given work.

Accounts and roles are beyond the reach of actors who see a part of the customers only; what is
looked up here are ids and names, never more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from trunkline.care.request import Assignee
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.grant import Grant
from trunkline.identity.accounts import actor_of_login
from trunkline.kernel.resource import Resource
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work

ME = "me"
HOLDERS = (
    "select r.principal::text from principal_role r join principal p on p.id = r.principal "
    "join user_account u on u.principal = p.id where r.role = %s and p.active "
    "and (r.ends_at is null or r.ends_at > %s) order by 1 limit 50"
)


def holders_of(work: Work, role: str | None) -> list[str]:
    """Return the ids of who has a role now."""
    if not role:
        return []
    with _accounts(work) as connection:
        rows = connection.execute(HOLDERS, [role, work.services.machine_now()]).fetchall()
    return [one for (one,) in rows]


def assignable(
    work: Work, login: str, resource: Resource, things: str, may: Callable[[Grant], bool]
) -> Assignee:
    """Return who has a login, or the asker by `me`; refuses (400) who may not change records.

    `things` says in words what the records are, `may` whether a grant to change them is enough.
    """
    if login == ME:
        return Assignee(id=work.actor.id, name=work.actor.name, assigned_at=work.now)
    with _accounts(work) as connection:
        now = work.services.machine_now()
        person = actor_of_login(connection, login=login, now=now)
    grant = person.grant(resource, "update") if person is not None else None
    if person is None or grant is None or not may(grant):
        message = f"nobody with the login {login} may work on {things}; name a login that may"
        raise Invalid.of([Fault("login", "notAssignable", message)])
    return Assignee(id=person.id, name=person.name, assigned_at=work.now)


@contextmanager
def _accounts(work: Work) -> Iterator[Any]:
    """Yield a connection that reads accounts; the transaction's own where that may."""
    if not is_narrow(work.actor):
        yield work.connection
        return
    with work.services.database.app.connection() as connection, connection.transaction():
        yield connection
