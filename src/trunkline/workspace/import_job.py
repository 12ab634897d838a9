"""Imports: rows of a file become records or change those they match, by the interfaces' rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.documents.errors import Fault, Refusal, refuse
from trunkline.documents.patch import changes
from trunkline.documents.shape import Json
from trunkline.governance.extra_values import registers_at
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.workspace.import_fields import MATCHES, Field, fields_of
from trunkline.workspace.import_file import Sheet
from trunkline.workspace.import_references import Names
from trunkline.workspace.import_rows import Plan, Written, write_row, write_rows
from trunkline.workspace.job import Job, Line, lines_of
from trunkline.workspace.jobs import At, ask_again, job_kind, refused_detail, start
from trunkline.workspace.many import (
    Outcome,
    are_done_together,
    inverse,
    work_off,
    work_off_together,
)

TRIED_MAX = 100


@dataclass(frozen=True)
class Tried:
    """What would become of a row: `new`, `changed`, `same` or `refused`, and what that means."""

    number: int
    state: str
    key: str
    changes: Sequence[tuple[str, Json, Json]] = ()
    faults: Sequence[Mapping[str, Json]] = ()


def importable(work: Work, resource: Resource) -> list[Field]:
    """Return what an import of somebody may set; refuses (403) who may not make such records."""
    grant = work.actor.must(resource, "create")
    runtime = work.defined(resource)
    masks = [] if grant.is_staffs else [hidden_paths(resource, grant.sees)]
    update = work.actor.grant(resource, "update")
    if update is not None:
        masks.append(hidden_paths(resource, update.sees))
    found = fields_of(resource, masks, {name: one.kind for name, one in runtime.items()})
    coded = {path: one.by_words() for path, one in registers_at(work, resource).items()}
    return [replace(one, codes=coded[one.path]) if one.path in coded else one for one in found]


def begin_import(
    services: Services, actor: Actor, resource: Resource, sheet: Sheet, *, title: str,
    mapping: Mapping[str, str], match: str, zone: str, told: Mapping[str, Json] | None = None,
) -> str:  # fmt: skip
    """Keep the rows of a file as a draft of an import; return the id of the job."""
    lines = [(None, None, {"row": dict(one)}) for one in sheet.rows]
    asked: dict[str, Json] = {
        "heads": list(sheet.heads), "mapping": dict(mapping), "match": match, "zone": zone,
        "told": dict(told) if told else None,
    }  # fmt: skip
    return start(
        services, actor, kind="import", resource=resource.name, title=title, asked=asked,
        lines=lines, is_draft=True,
    )  # fmt: skip


def map_import(
    services: Services, job: Job, fields: Sequence[Field], *, mapping: Mapping[str, str], match: str
) -> None:
    """Say which column is what, and by what rows are matched with records there are."""
    paths = {one.path for one in fields}
    faults = [
        Fault(f"mapping[{head}]", "badValue", f"{path} is nothing that an import sets")
        for head, path in mapping.items() if path not in paths
    ]  # fmt: skip
    if match and match not in MATCHES:
        faults.append(Fault("match", "badValue", f"must be one of: {', '.join(MATCHES)}"))
    twice = {one for one in mapping.values() if [*mapping.values()].count(one) > 1}
    faults += [Fault("mapping", "badValue", f"two columns are {one}") for one in sorted(twice)]
    refuse(faults)
    ask_again(services, job, {**job.asked, "mapping": dict(mapping), "match": match})


def try_import(
    services: Services, actor: Actor, resource: Resource, job: Job, *, after: int = 0
) -> list[Tried]:
    """Return what would become of the rows after a number, a page of them; nothing is written."""
    return list(_tried(services, actor, resource, job, after))


def _tried(
    services: Services, actor: Actor, resource: Resource, job: Job, after: int
) -> Iterator[Tried]:
    names = Names()
    lines = lines_of(services, job, after=after, limit=TRIED_MAX)
    while lines:
        found = _tried_together(services, actor, resource, job, names, lines)
        yield from found
        lines = lines[len(found) :]


def _tried_together(
    services: Services, actor: Actor, resource: Resource, job: Job, names: Names,
    lines: Sequence[Line],
) -> list[Tried]:  # fmt: skip
    """Try rows, or the first of them, in one transaction; where that is refused the first alone."""
    write = write_rows if are_done_together(actor, resource) and len(lines) > 1 else _write_first
    try:
        with transaction(services, actor) as work:
            plan = _plan(work, resource, job, names)
            raise _Enough([_told(work, resource, *one) for one in write(work, plan, lines)])
    except _Enough as enough:
        return enough.found
    except Refusal as refusal:
        if write is write_rows:
            return [
                one for line in lines
                for one in _tried_together(services, actor, resource, job, names, [line])
            ]  # fmt: skip
        return [_refused(lines[0], refusal)]


def _write_first(
    work: Work, plan: Plan, lines: Sequence[Line]
) -> list[tuple[Line, Written | Refusal]]:
    return [(lines[0], write_row(work, plan, lines[0]))]


def _refused(line: Line, refusal: Refusal) -> Tried:
    return Tried(line.number, "refused", "", faults=refused_detail(refusal)["faults"])


class _Enough(Exception):
    """Ends a transaction in which rows were only tried."""

    def __init__(self, found: list[Tried]) -> None:
        super().__init__()
        self.found = found


def _plan(work: Work, resource: Resource, job: Job, names: Names) -> Plan:
    fields = {one.path: one for one in importable(work, resource)}
    asked: Mapping[str, Any] = job.asked
    zone = ZoneInfo(str(asked["zone"]))
    return Plan(resource, asked["mapping"], asked["match"], fields, zone, names)


def _told(work: Work, resource: Resource, line: Line, written: Written | Refusal) -> Tried:
    if isinstance(written, Refusal):
        return _refused(line, written)
    before, document = written.before, written.document
    after = document.raw
    hidden = hidden_paths(resource, work.actor.must(resource, "read").sees)
    if hidden is not None:
        before = mask(before, hidden) if before is not None else None
        after = mask(after, hidden)
    if before is None:
        found = [(one.path, None, one.new) for one in changes({}, after)]
        return Tried(line.number, "new", "", found[:12])
    differs = [(one.path, one.old, one.new) for one in changes(before, after)]
    return Tried(line.number, "changed" if differs else "same", document.key, differs)


@job_kind("import")
def import_piece(at: At) -> bool:
    """Take in the next rows of an import."""
    at.actor.must(at.resource, "create")
    with transaction(at.services, at.actor) as reading:
        plan = _plan(reading, at.resource, at.job, Names())

    def take(work: Work, line: Line) -> Outcome:
        return _became(write_row(work, plan, line))

    if not are_done_together(at.actor, at.resource):
        return work_off(at, take)

    def take_all(work: Work, lines: Sequence[Line]) -> list[tuple[Line, Outcome | Refusal]]:
        return [
            (line, one if isinstance(one, Refusal) else _became(one))
            for line, one in write_rows(work, plan, lines)
        ]

    return work_off_together(at, take_all, take)


def _became(written: Written) -> Outcome:
    document, before = written.document, written.before
    version = document.meta.version
    if before is None:
        return "created", document.id, document.key, version, None
    if not changes(before, document.raw):
        return "same", document.id, document.key, version, None
    former: Json = {"former": inverse(written.patch, before)}
    return "changed", document.id, document.key, version, former
