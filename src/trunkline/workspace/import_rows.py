"""Rows of an import as records: written one after the other, or many by few statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from trunkline.documents.errors import Conflict, NotFound, Refusal, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.row import ROW
from trunkline.kernel.row import document_of as stored
from trunkline.kernel.work import FIND_MAX, Work
from trunkline.rest.writing import Unnamed, change_unnamed, create_unnamed, give_names
from trunkline.workspace.import_columns import Element, with_other_elements
from trunkline.workspace.import_fields import Field, document_of, patch_of
from trunkline.workspace.import_references import Names, learn, settle
from trunkline.workspace.job import Line
from trunkline.workspace.many import MERGE


@dataclass(frozen=True)
class Plan:
    """How rows become documents."""

    resource: Resource
    mapping: Mapping[str, str]
    match: str
    fields: Mapping[str, Field]
    zone: ZoneInfo
    names: Names

    @property
    def elements(self) -> list[Element]:
        """The elements of lists that columns are about."""
        found = (self.fields[path].element for path in self.mapping.values() if path in self.fields)
        return [one for one in found if one is not None]


@dataclass(frozen=True)
class Written:
    """What a row has written: the record, what was before (None: nothing), and by which patch."""

    document: Document
    before: dict[str, Json] | None
    patch: dict[str, Json]


@dataclass(frozen=True)
class _Row:
    """A row as a document, and by what it is matched with a record."""

    line: Line
    sent: dict[str, Json]
    match: str | None


Found = Document | Refusal | None
"""The locked record that a row is about; None for a new one, a refusal where it is not told."""


def write_row(work: Work, plan: Plan, line: Line) -> Written:
    """Write what a row says."""
    row = _read(plan, line)
    found = _matched(work, plan, [row])[line.number]
    if isinstance(found, Refusal):
        raise found
    written, unnamed = _write(work, plan, row, found)
    give_names(work, [unnamed])
    return written


def write_rows(
    work: Work, plan: Plan, lines: Sequence[Line]
) -> list[tuple[Line, Written | Refusal]]:
    """Write what rows say as `write_row` does one after the other, and return what became of each.

    The rows from the first one on that may be about a record which another before it writes are
    left out. Raises a refusal where what was written cannot stand: then none of it may be kept.
    """
    rows = list(_apart(plan, [_read(plan, one) for one in lines]))
    found = _matched(work, plan, rows)
    known = learn(work, plan.names, plan.resource, [one.sent for one in rows])
    part = _Part(work, plan)
    with work.together():
        for row, names_are_known in zip(rows, known, strict=True):
            if not names_are_known:
                part.give_names()
            if not part.write(row, found[row.line.number]):
                break
        part.give_names()
    return part.done


@dataclass
class _Part:
    """Rows that are written together; records get their names before one is looked for by name."""

    work: Work
    plan: Plan
    done: list[tuple[Line, Written | Refusal]] = field(default_factory=list)
    unnamed: list[Unnamed] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)

    def write(self, row: _Row, found: Found) -> bool:
        """Write what a row says, or keep why not; False where its record was touched before."""
        outcome: Written | Refusal
        if isinstance(found, Refusal):
            outcome = found
        elif found is not None and found.id in self.touched:
            return False
        else:
            self.touched |= {found.id} if found is not None else set()
            try:
                outcome, unnamed = _write(self.work, self.plan, row, found)
                self.unnamed.append(unnamed)
            except Refusal as refusal:
                outcome = refusal
        self.done.append((row.line, outcome))
        return True

    def give_names(self) -> None:
        """Let the records that were written so far be found by their names."""
        unnamed, self.unnamed = self.unnamed, []
        give_names(self.work, unnamed)


def _write(work: Work, plan: Plan, row: _Row, document: Document | None) -> tuple[Written, Unnamed]:
    """Make or change the record of one row; a refusal leaves nothing written."""
    resource, sent = plan.resource, row.sent
    if document is None:
        refuse(settle(work, plan.names, resource, sent, None))
        made = create_unnamed(work, resource, sent)
        return Written(made.document, None, {}), made
    before = copied(document.raw)
    refuse(settle(work, plan.names, resource, sent, before))
    patch = with_other_elements(patch_of(sent, plan.match), before, plan.elements)
    changed = change_unnamed(work, document, copied(patch), MERGE)
    return Written(document, before, patch), changed


# --- reading --------------------------------------------------------------------------------


def _read(plan: Plan, line: Line) -> _Row:
    row: Mapping[str, Json] = line.detail["row"]
    sent = document_of(row, plan.mapping, plan.fields, plan.zone)
    head = next((head for head, path in plan.mapping.items() if path == plan.match), "")
    value = row.get(head) if plan.match else None
    return _Row(line, sent, None if value is None else str(value))


def _apart(plan: Plan, rows: Sequence[_Row]) -> Iterator[_Row]:
    """Yield rows up to one that is matched by something which another row before it says.

    That other row may make the record, or give it the name, that this one is matched by.
    """
    said: set[str] = set()
    lists: list[str] = []
    for row in rows:
        if row.match is not None:
            text = row.match.strip().casefold()
            names = {text, text.rpartition(":")[2]}  # also an id with the system that gave it
            if names & said or any(one in each for each in lists for one in names):
                return
        yield row
        if plan.match:
            cells = row.line.detail["row"]
            texts = {str(cells[head]).strip().casefold() for head in plan.mapping if head in cells}
            said |= texts
            lists += [one for one in texts if one.startswith(("[", "{"))]


# --- the records there are ------------------------------------------------------------------


def _matched(work: Work, plan: Plan, rows: Sequence[_Row]) -> dict[int, Found]:
    """Return the record that each row is about, locked. A key that nobody has is refused."""
    asked = {one.line.number: one.match for one in rows if one.match is not None}
    found: dict[int, Found] = dict.fromkeys(one.line.number for one in rows)
    if not asked:
        return found
    if plan.match == "externalId":
        return found | _by_external_id(work, plan.resource, asked)
    if plan.match == "key":
        asked = {number: text.upper() for number, text in asked.items()}
    named = work.directory.named(plan.resource, asked.values())
    idents = {
        number: [*([text.lower()] if UUID.match(text) else ()), *filter(None, [named.get(text)])]
        for number, text in asked.items()
    }
    locked = _locked(work, plan.resource, {one for each in idents.values() for one in each})
    for number, each in idents.items():
        found[number] = next((locked[one] for one in each if one in locked), None)
        if found[number] is None and plan.match == "key":
            title = plan.resource.title.lower()
            found[number] = NotFound("notFound", f"there is no {title} {asked[number]}")
    return found


def _by_external_id(work: Work, resource: Resource, asked: Mapping[int, str]) -> dict[int, Found]:
    records = work.find(resource.type, {"externalId": [*set(asked.values())]}, limit=FIND_MAX)
    if len(records) == FIND_MAX:
        raise Conflict("conflictMany", "too many records have these external ids")
    by_name: dict[Json, list[str]] = {}
    for one in records:
        by_name.setdefault(one.raw.get("externalId"), []).append(one.id)
    locked = _locked(work, resource, {one.id for one in records})
    found: dict[int, Found] = {}
    for number, text in asked.items():
        same = by_name.get(text, ())
        if len(same) > 1:
            message = f"several records have the external id {text}"
            found[number] = Conflict("conflictMany", message)
        else:
            found[number] = locked.get(same[0]) if same else None
    return found


def _locked(work: Work, resource: Resource, idents: set[str]) -> dict[str, Document]:
    """Return the records with these ids that may be changed, locked in the order of their ids."""
    seen = work.many(resource.type, idents) if idents else {}
    if not seen:
        return {}
    if len(seen) == 1:
        (ident,) = seen
        return {ident: work.lock(resource.type, ident)}
    rows = work.connection.execute(
        f"select {ROW} from {resource.table} t where t.id = any(%s::uuid[]) "  # noqa: S608 - ours
        "order by t.id for update of t",
        [[*seen]],
    ).fetchall()
    return {one.id: one for one in (stored(resource.type, row) for row in rows)}
