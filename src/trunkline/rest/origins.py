"""Origins: who brought each value of a record, from where and when, by its lines in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from trunkline.documents.decode import load
from trunkline.documents.origins import Datum, data_of, stamps_after
from trunkline.documents.patch import ABSENT, Change, decode_changes
from trunkline.documents.shape import Json
from trunkline.documents.taking_back import taken_back
from trunkline.kernel.actor import Grant
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work

Source: TypeAlias = Literal["person", "system", "import", "merge", "program", "unknown"]
LINES_MAX = 500
"""So many changes of a record are looked at; what is older has the source unknown."""
LINES = """
select l.* from unnest(%s::uuid[]) s(id) cross join lateral (
  select a.subject::text, a.id::text, a.at, a.actor::text, a.actor_name,
    (select w.kind from kinds_of_writers(array[a.actor]) w), a.channel, a.request, a.action,
    a.version, a.owner::text, a.changes
  from audit a
  where a.subject = s.id order by a.version desc limit %s
) l
"""


@dataclass(frozen=True)
class Origin:
    """Who brought a value, by which way and when; `at` is None where that is not known any more.

    `source` says it in a word: a person, another system, an import, a merge, or the program. `by`
    is empty for readers who are no staff: they need not know who works here.
    """

    source: Source
    at: datetime | None = None
    by: str = ""
    channel: str = ""
    request: str = ""
    version: int = 0


UNKNOWN = Origin("unknown")


def origins_of(work: Work, documents: Sequence[Document]) -> dict[str, list[Datum[Origin]]]:
    """Return the values of records that the actor sees, each with its origin, by the record's id.

    Two statements do for all of them. What was brought before the oldest line that is kept, or
    whose line was sealed with a key that is gone, is of unknown source.
    """
    lines: dict[str, list[Any]] = {one.id: [] for one in documents}
    asked = [list(lines), LINES_MAX]
    for subject, *line in work.connection.execute(LINES, asked).fetchall() if lines else ():
        lines[subject].append(line)
    return {one.id: list(_data(work, one, lines[one.id])) for one in documents}


def shown_to(work: Work, document: Document) -> dict[str, Json]:
    """Return what the actor sees of a record, as it is stored."""
    hidden = hidden_paths(document.resource, _grant(work, document).sees)
    return dict(document.raw) if hidden is None else mask(document.raw, hidden)


def _data(work: Work, document: Document, lines: Sequence[Any]) -> list[Datum[Origin]]:
    """Return the values with their origins: go back to the oldest state known, then forward."""
    states: list[tuple[dict[str, Json], Origin]] = []
    state: dict[str, Json] = document.raw
    grant = _grant(work, document)
    begun = False
    for line in lines:
        ident, at, actor, name, kind, channel, request, action, version, owner, sealed = line
        if version > document.meta.version:
            continue
        changes = opened(work, ident, owner, sealed)
        if changes is None:
            break
        by = name if grant.is_staffs else ""
        source = _source(channel, kind)
        states.append((state, Origin(source, at, by, channel, request or "", version)))
        if action == "create":
            begun = True
            break
        state = taken_back(state, changes)
    first: Any = {} if begun else state
    stamps = stamps_after(ABSENT, None, first, UNKNOWN)
    for now, origin in reversed(states):
        stamps = stamps_after(first, stamps, now, origin)
        first = now
    hidden = hidden_paths(document.resource, grant.sees)
    if hidden is not None:  # both are of one shape, and cut alike
        return list(data_of(mask(document.raw, hidden), mask(stamps, hidden)))
    return list(data_of(document.raw, stamps))


def _grant(work: Work, document: Document) -> Grant:
    return work.actor.must(document.resource, "read")


def opened(work: Work, ident: str, owner: str | None, sealed: Any) -> list[Change] | None:
    """Return the changes of a line in the audit; None where its key is gone."""
    found = work.services.keyring.open(work.connection, owner, f"audit|{ident}", bytes(sealed))
    return decode_changes(load(found)) if found is not None else None


def _source(channel: str, kind: str | None) -> Source:
    """Tell in a word from where something was written: by whom, unless the way says more."""
    if channel in {"import", "merge"}:
        return "import" if channel == "import" else "merge"
    return "person" if kind == "user" else "system" if kind == "client" else "program"
