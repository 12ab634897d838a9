"""People who work here: looked up by their logins, whoever asks.

Accounts and roles are beyond the reach of actors who see a part of the records only; what is
looked up here are ids and names, never more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from trunkline.identity.accounts import actor_of_login
from trunkline.kernel.actor import Actor
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work
from trunkline.workspace.tasks import ME


def person_who(work: Work, login: str, may: Callable[[Actor], bool]) -> Actor | None:
    """Return who has a login, or the asker by `me`, and may do something; None for nobody."""
    if login == ME:
        return work.actor if may(work.actor) else None
    with accounts(work) as connection:
        now = work.services.machine_now()
        person = actor_of_login(connection, login=login, now=now)
    return person if person is not None and may(person) else None


@contextmanager
def accounts(work: Work) -> Iterator[Any]:
    """Yield a connection that reads accounts; the transaction's own where that may."""
    if not is_narrow(work.actor):
        yield work.connection
        return
    with work.services.database.app.connection() as connection, connection.transaction():
        yield connection
