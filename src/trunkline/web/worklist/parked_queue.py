"""Parked work as a worklist: what failed too often, by kind, to be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.documents.errors import Conflict
from trunkline.governance import attribute_index
from trunkline.kernel.actor import Actor
from trunkline.kernel.select import Sql, array_of
from trunkline.kernel.work import Work
from trunkline.leases.queue import try_again
from trunkline.web.desk import Desk, must_operate
from trunkline.web.navigation import OPERATIONS_READ, OPERATIONS_RETRY
from trunkline.web.records import Mention, mentions_of
from trunkline.web.values import EMPTY, Cell
from trunkline.web.wording import words
from trunkline.web.worklist.worklist import (
    Deed,
    Found,
    Grouping,
    Look,
    Row,
    Said,
    Seen,
    WholeSource,
    Worklist,
)
from trunkline.workspace.notes import Told

COLUMNS = {"kind": "w.kind", "error": "coalesce(left(w.error, 120), '')"}
SEEN = """
select w.id::text as id, w.parked_at as since, null::timestamptz as due, null::text as owner_name,
  false as in_late, true as in_all, {value} as g0
from work w where w.parked_at is not null
"""
ROWS = """
select w.id::text, w.kind, coalesce(p.root, w.subject)::text, w.attempt, w.error, r.type, p.name
from work w left join plan_item p on p.id = w.subject
left join record r on r.id = coalesce(p.root, w.subject)
where w.id = any(%s::bigint[]) and w.parked_at is not null
"""


class ParkedSource(WholeSource):
    """The pieces of work that are parked, of the whole installation.

    They belong to nobody, so row security does not narrow them; only who operates is let in.
    """

    def seen(self, _desk: Desk, _work: Work, look: Look) -> Seen:
        """Return what is parked."""
        value = COLUMNS[look.grouping.paths[0] if look.grouping is not None else "kind"]
        return Seen(Sql(SEEN.replace("{value}", value), []), ("all",))

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return the pieces of work as rows."""
        held = _rows(work, ROWS, [array_of(one.id for one in found)]) if found else []
        idents: dict[str, set[str]] = {}
        for row in held:
            if row[5] is not None:
                idents.setdefault(row[5], set()).add(row[2])
        mentions = mentions_of(work, desk.addresses, idents)
        by_id = {row[0]: row for row in held}
        return [
            _row(one, by_id[one.id], mentions.get(by_id[one.id][2]))
            for one in found if one.id in by_id
        ]  # fmt: skip


def _row(found: Found, held: Sequence[Any], mention: Mention | None) -> Row:
    ident, kind, subject, attempt, error, _, step = held
    about = Cell("link", mention.key, address=mention.address) if mention else Cell("text", subject)
    return Row(
        ident=ident, key="", address=mention.address if mention else "/parked", what=kind,
        under=step or "", said=error or "", about=about, state=EMPTY, since=found.since,
        number=attempt,
    )  # fmt: skip


def _rows(work: Work, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with work.services.database.app.connection() as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql, parameters).fetchall()
    return found


def fillings_of(work: Work) -> dict[str, Any]:
    """Return the indexes of attributes that are being filled, which stand below the queue."""
    with work.services.database.app.connection() as connection:
        found = attribute_index.fillings(connection, work.services.registry)
    return {
        "fillings": [
            {"type": words(one.type), "name": one.name, "told": one.told, "done": one.records,
             "total": max(one.total, 1), "parked": one.parked}
            for one in found
        ]
    }  # fmt: skip


def _may_retry(actor: Actor) -> bool:
    grant = actor.may(OPERATIONS_RETRY)
    return grant is not None and grant.reach == "all"


def _retry(work: Work, idents: Sequence[str], _said: Said) -> Sequence[Told]:
    must_operate(work.actor, OPERATIONS_RETRY)
    with work.services.database.app.connection() as connection:
        for one in idents:
            if not (one.isascii() and one.isdigit() and try_again(connection, int(one))):
                raise Conflict("conflictNotParked", f"work {one} is not parked any more")
    return ()


def _must_see(_desk: Desk, actor: Actor) -> None:
    must_operate(actor, OPERATIONS_READ)


PARKED = Worklist(
    name="parked",
    title="Parked work",
    under="Work that failed too often is set aside here. Mend the cause, then try again.",
    empty=("Nothing is parked.", "Work that keeps failing appears here, with what went wrong."),
    may_see=_must_see,
    source=ParkedSource(),
    groupings=(Grouping("kind", "Kind", ("kind",)), Grouping("error", "Error", ("error",))),
    deeds=(
        Deed("retry", "Try again", "%(count)s to be tried again now.", _may_retry, _retry, (),
             "Each piece of work is tried once more, now.", "list.retry", is_first=True),
    ),
    tabs=("all",),
    what="Work",
    about="About",
    shows=("said", "state", "since"),
    below="worklist_fillings.html",
    beside=fillings_of,
)  # fmt: skip
