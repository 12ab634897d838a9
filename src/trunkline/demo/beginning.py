"""How far the demonstration data is, as the database itself tells, and starting it anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from trunkline.database.migrate import drop_everything
from trunkline.demo.seed import SIGN_INS
from trunkline.kernel.services import Services
from trunkline.program.start import Program, bring_up_to_date

State = Literal["empty", "filled", "interrupted", "mixed"]
ADVISORY_LOCK = 7_240_015_123

# The catalog is the first thing that is seeded, and the users that sign in are the last. What every
# installation begins with is there before.
_LOOK = """
select exists (select from record r where not exists (select from audit a
    where a.subject = r.id and a.action = 'create' and a.actor_name = 'setup')),
  exists (select from audit where type = 'Catalog' and action = 'create' and actor_name = 'demo'),
  exists (select from user_account where login = any(%s)),
  exists (select from user_account) or exists (select from audit where channel <> 'worker')
"""


def state_of(program: Program) -> State:
    """Return how far the seeding is; `mixed` where it was broken off and others wrote since."""
    with program.services.database.app.connection() as connection:
        logins = [one.login for one in SIGN_INS]
        has_records, is_begun, is_done, has_others = connection.execute(_LOOK, [logins]).fetchone()
    if not has_records:
        return "empty"
    if not is_begun or is_done:
        return "filled"
    return "mixed" if has_others else "interrupted"


@contextmanager
def alone(services: Services) -> Iterator[bool]:
    """Hold the lock of seeding for a `with` block; False where another process has it.

    The server frees it when this process dies.
    """
    with services.database.app.connection() as connection:
        asked = connection.execute("select pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
        is_ours = bool(asked.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours and not connection.broken:
                connection.execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def start_anew(program: Program) -> None:
    """Drop what an interrupted seed has stored and make the tables again, as on a first start."""
    drop_everything(program.owner_dsn)
    bring_up_to_date(program.owner_dsn, program.modules)
