"""Parked work as a worklist: what failed too often, by kind, to be tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from trunkline import attributes
from trunkline.documents.errors import Conflict
from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.leases.queue import try_again
from trunkline.web.desk import Desk, must_operate
from trunkline.web.navigation import OPERATIONS_READ, OPERATIONS_RETRY
from trunkline.web.records import Mention, mentions_of
from trunkline.web.values import EMPTY, Cell
from trunkline.web.wording import words
from trunkline.web.worklist.worklist import Deed, Group, Grouping, Look, Row, Said, Tab, Worklist
from trunkline.workspace.notes import Told

COLUMNS = {"kind": "w.kind", "error": "coalesce(left(w.error, 120), '')"}
FROM = (
    "from work w left join plan_item p on p.id = w.subject "
    "left join record r on r.id = coalesce(p.root, w.subject) where w.parked_at is not null"
)
COUNTS = (
    "select count(*), count(*) filter (where parked_at > %s) from work where parked_at is not null"
)


class ParkedSource:
    """The pieces of work that are parked, of the whole installation.

    They belong to nobody, so row security does not narrow them; only who operates is let in.
    """

    def counts(self, work: Work, since: datetime | None) -> tuple[Mapping[Tab, int], int]:
        """Return how many there are, and how many were parked after a moment."""
        ((count, new),) = _rows(work, COUNTS, [since])
        return {"all": count}, new

    def groups(self, work: Work, look: Look) -> list[Group]:
        """Return the groups, the one that is parked longest first."""
        rows = _rows(
            work,
            f"select {_value(look)}, count(*), min(w.parked_at) {FROM} "
            "group by 1 order by 3 limit 100",
            [],
        )
        return [Group((key,), [key], count, oldest) for key, count, oldest in rows]

    def rows(self, desk: Desk, work: Work, look: Look, *, limit: int) -> list[Row]:
        """Return rows, the one that is parked longest first."""
        found = _found(work, look, limit)
        idents: dict[str, set[str]] = {}
        for one in found:
            if one[6] is not None:
                idents.setdefault(one[6], set()).add(one[2])
        mentions = mentions_of(work, desk.addresses, idents)
        return [_row(one, mentions.get(one[2])) for one in found]

    def idents(self, work: Work, look: Look, *, limit: int) -> list[str]:
        """Return the ids of the pieces of work."""
        return [str(one[0]) for one in _found(work, look, limit)]


def _value(look: Look) -> str:
    return COLUMNS[look.grouping.paths[0] if look.grouping is not None else "kind"]


def _found(work: Work, look: Look, limit: int) -> list[tuple[Any, ...]]:
    sql = (
        "select w.id, w.kind, coalesce(p.root, w.subject)::text, w.attempt, w.error, "
        f"w.parked_at, r.type, p.name {FROM} and (%s::text is null or {_value(look)} = %s) "
        "order by w.parked_at, w.id limit %s"
    )
    value = look.group[0] if look.group else None
    return _rows(work, sql, [value, value, limit])


def _row(found: Sequence[Any], mention: Mention | None) -> Row:
    ident, kind, subject, attempt, error, parked_at, _, step = found
    about = Cell("link", mention.key, address=mention.address) if mention else Cell("text", subject)
    return Row(
        ident=str(ident), key="", address=mention.address if mention else "/parked", what=kind,
        under=step or "", said=error or "", about=about, state=EMPTY, since=parked_at,
        number=attempt,
    )  # fmt: skip


def _rows(work: Work, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with work.services.database.app.connection() as connection:
        found: list[tuple[Any, ...]] = connection.execute(sql, parameters).fetchall()
    return found


def fillings_of(work: Work) -> dict[str, Any]:
    """Return the indexes of attributes that are being filled, which stand below the queue."""
    with work.services.database.app.connection() as connection:
        found = attributes.fillings(connection, work.services.registry)
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
    shows=("said", "state"),
    below="worklist_fillings.html",
    beside=fillings_of,
)  # fmt: skip
