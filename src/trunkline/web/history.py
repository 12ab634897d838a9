"""History: who changed a record, when, by which channel, and which values from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.documents.decode import load
from trunkline.documents.patch import ABSENT, Change, decode_changes
from trunkline.documents.shape import Json
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.work import Work
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, cell, instant

LINES_MAX = 50
LINES = (
    "select id::text, at, actor_name, channel, request, action, version, owner::text, changes "
    "from audit where subject = %s and (%s::bigint is null or version < %s) "
    "order by version desc limit %s"
)


@dataclass(frozen=True)
class ChangedValue:
    """One value that was changed."""

    path: str
    old: Cell
    new: Cell


@dataclass(frozen=True)
class Line:
    """One change of a record: `erased` where the key of its owner is gone."""

    at: Cell
    actor: str
    channel: str
    request: str
    action: str
    version: int
    changes: tuple[ChangedValue, ...]
    hidden: int
    erased: bool


def history_of(
    work: Work, record: Record, zone: ZoneInfo, before: int | None
) -> tuple[list[Line], int | None]:
    """Return the newest changes of a record, and the version before which older ones are found.

    Values that are hidden from the visitor are counted, not told.
    """
    rows = work.connection.execute(LINES, [record.id, before, before, LINES_MAX + 1]).fetchall()
    lines = [_line(work, record, zone, row) for row in rows[:LINES_MAX]]
    return lines, lines[-1].version if len(rows) > LINES_MAX else None


def _line(work: Work, record: Record, zone: ZoneInfo, row: tuple[Any, ...]) -> Line:
    ident, at, actor, channel, request, action, version, owner, sealed = row
    opened = work.services.keyring.open(work.connection, owner, f"audit|{ident}", bytes(sealed))
    changes = decode_changes(load(opened)) if opened is not None else []
    shown = [one for one in changes if record.hidden is None or not is_hidden(record.hidden,
                                                                             one.path)]  # fmt: skip
    return Line(
        at=instant(at, zone),
        actor=actor,
        channel=channel,
        request=request or "",
        action=action,
        version=version,
        changes=tuple(_told(one, zone) for one in shown),
        hidden=len(changes) - len(shown),
        erased=opened is None,
    )


def _told(change: Change, zone: ZoneInfo) -> ChangedValue:
    name = change.path.rpartition(".")[2]
    return ChangedValue(change.path, _cell(name, change.old, zone), _cell(name, change.new, zone))


def _cell(name: str, value: Json, zone: ZoneInfo) -> Cell:
    if value is ABSENT:
        return EMPTY
    if isinstance(value, (dict, list)):
        if not value:
            return Cell("text", "empty")
        return Cell("text", ", ".join(str(one) for one in value))
    return cell(name, value, zone)
