"""History: who changed a record, when, by which channel, and which values from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.documents.decode import load
from trunkline.documents.errors import NotFound
from trunkline.documents.patch import ABSENT, Change, decode_changes, same
from trunkline.documents.shape import Json
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.work import Work
from trunkline.web.editing.paths import value_at
from trunkline.web.governed import Governed, governed
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, Cell, cell, instant
from trunkline.web.wording import called_by, path_called

LINES_MAX = 50
LINES = (
    "select id::text, at, actor_name, channel, request, action, version, actor::text, owner::text, "
    "changes "
    "from audit where subject = %s and (%s::bigint is null or version < %s) "
    "order by version desc limit %s"
)


@dataclass(frozen=True)
class ChangedValue:
    """One value that was changed, by what it is called and by its path.

    `restorable` where the visitor may set it to what it was.
    """

    label: str
    path: str
    old: Cell
    new: Cell
    restorable: bool = False


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
    work: Work,
    record: Record,
    zone: ZoneInfo,
    before: int | None,
    writable: frozenset[str] = frozenset(),
) -> tuple[list[Line], int | None]:
    """Return the newest changes of a record, and the version before which older ones are found.

    Values that are hidden from the visitor are counted, not told. `writable` are the attributes
    that the visitor may change.
    """
    rows = work.connection.execute(LINES, [record.id, before, before, LINES_MAX + 1]).fetchall()
    known = governed(work, record.resource)
    lines = [_line(work, record, zone, row, writable, known) for row in rows[:LINES_MAX]]
    return lines, lines[-1].version if len(rows) > LINES_MAX else None


def changes_at(work: Work, record: Record, version: int) -> list[Change]:
    """Return what one change of a record did, as far as the visitor may see it; refuses 404."""
    rows = work.connection.execute(LINES, [record.id, version + 1, version + 1, 1]).fetchall()
    if not rows or rows[0][6] != version:
        raise NotFound("notFound", f"there is no change {version} of {record.key}")
    return _seen(record, _opened(work, rows[0]) or [])


def changes_since(work: Work, record: Record, version: int, most: int) -> list[list[Change]]:
    """Return what each change after a version did, newest first, as far as the visitor may see it.

    There are fewer where older ones are not kept any more, or cannot be read.
    """
    wanted = min(record.version - version, most)
    above = record.version + 1
    rows = work.connection.execute(LINES, [record.id, above, above, max(wanted, 0)]).fetchall()
    found: list[list[Change]] = []
    for row in rows:
        opened = _opened(work, row)
        if opened is None or row[6] != record.version - len(found):
            break
        found.append(_seen(record, opened))
    return found


def _opened(work: Work, row: tuple[Any, ...]) -> list[Change] | None:
    ident, *_, owner, sealed = row
    opened = work.services.keyring.open(work.connection, owner, f"audit|{ident}", bytes(sealed))
    return decode_changes(load(opened)) if opened is not None else None


def _seen(record: Record, changes: list[Change]) -> list[Change]:
    return [
        one for one in changes if record.hidden is None or not is_hidden(record.hidden, one.path)
    ]


def _line(
    work: Work,
    record: Record,
    zone: ZoneInfo,
    row: tuple[Any, ...],
    writable: frozenset[str],
    known: Governed,
) -> Line:
    _, at, actor, channel, request, action, version, by, _, _ = row
    opened = _opened(work, row)
    changes = opened or []
    shown = _seen(record, changes)
    return Line(
        at=instant(at, zone),
        actor=called_by(actor, by),
        channel=channel,
        request=request or "",
        action=action,
        version=version,
        changes=tuple(
            _told(one, zone, action == "update" and _may_restore(record, one, writable), known)
            for one in shown
        ),
        hidden=len(changes) - len(shown),
        erased=opened is None,
    )


def _may_restore(record: Record, change: Change, writable: frozenset[str]) -> bool:
    """Tell whether a value may be changed, and is another one now."""
    if "[*]" in change.path or change.path.partition(".")[0].partition("[")[0] not in writable:
        return False
    now = value_at(record.document, change.path)
    return not same(now, None if change.old is ABSENT else change.old)


def _told(change: Change, zone: ZoneInfo, restorable: bool, known: Governed) -> ChangedValue:
    name = change.path.rpartition(".")[2]
    old, new = _cell(name, change.old, zone), _cell(name, change.new, zone)
    label = known.label(change.path) or path_called(change.path)
    return ChangedValue(label, change.path, old, new, restorable)


def _cell(name: str, value: Json, zone: ZoneInfo) -> Cell:
    if value is ABSENT:
        return EMPTY
    if isinstance(value, (dict, list)):
        if not value:
            return Cell("text", "empty")
        return Cell("text", ", ".join(str(one) for one in value))
    return cell(name, value, zone)
