"""Imports: rows of a file become records or change those they match, by the interfaces' rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.documents.errors import Conflict, Fault, NotFound, Refusal, refuse
from trunkline.documents.patch import changes, copied
from trunkline.documents.shape import Json
from trunkline.governance.extra_values import registers_at
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import hidden_paths, mask
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, transaction
from trunkline.rest.writing import change, create
from trunkline.workspace.import_fields import (
    MATCHES,
    Field,
    document_of,
    fields_of,
    patch_of,
)
from trunkline.workspace.import_file import Sheet
from trunkline.workspace.import_references import Names, settle
from trunkline.workspace.job import Job, Line, lines_of
from trunkline.workspace.jobs import At, ask_again, job_kind, refused_detail, start
from trunkline.workspace.many import MERGE, Outcome, inverse, work_off

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
    for line in lines_of(services, job, after=after, limit=TRIED_MAX):
        found: Tried
        try:
            with transaction(services, actor) as work:
                plan = _plan(work, resource, job, names)
                found = _tried_row(work, plan, line)
                raise _Enough(found)
        except _Enough as enough:
            yield enough.found
        except Refusal as refusal:
            yield Tried(line.number, "refused", "", faults=refused_detail(refusal)["faults"])


class _Enough(Exception):
    """Ends a transaction in which a row was only tried."""

    def __init__(self, found: Tried) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True)
class _Plan:
    """How rows become documents."""

    resource: Resource
    mapping: Mapping[str, str]
    match: str
    fields: Mapping[str, Field]
    zone: ZoneInfo
    names: Names


def _plan(work: Work, resource: Resource, job: Job, names: Names) -> _Plan:
    fields = {one.path: one for one in importable(work, resource)}
    asked: Mapping[str, Any] = job.asked
    zone = ZoneInfo(str(asked["zone"]))
    return _Plan(resource, asked["mapping"], asked["match"], fields, zone, names)


def _tried_row(work: Work, plan: _Plan, line: Line) -> Tried:
    before, document, _ = _written(work, plan, line)
    after = document.raw
    hidden = hidden_paths(plan.resource, work.actor.must(plan.resource, "read").sees)
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
        before, document, patch = _written(work, plan, line)
        version = document.meta.version
        if before is None:
            return "created", document.id, document.key, version, None
        if not changes(before, document.raw):
            return "same", document.id, document.key, version, None
        former: Json = {"former": inverse(patch, before)}
        return "changed", document.id, document.key, version, former

    return work_off(at, take)


def _written(
    work: Work, plan: _Plan, line: Line
) -> tuple[dict[str, Json] | None, Document, dict[str, Json]]:
    """Write what a row says; return what was before (None: a new record), the record, the patch."""
    resource = plan.resource
    row: Mapping[str, Json] = line.detail["row"]
    sent = document_of(row, plan.mapping, plan.fields, plan.zone)
    found = _matched(work, plan, row, sent)
    if found is None:
        refuse(settle(work, plan.names, resource, sent, None))
        return None, create(work, resource, sent), {}
    document = work.lock(resource.type, found)
    before = copied(document.raw)
    refuse(settle(work, plan.names, resource, sent, before))
    patch = patch_of(sent, plan.match)
    change(work, document, copied(patch), MERGE)
    return before, document, patch


def _matched(
    work: Work, plan: _Plan, row: Mapping[str, Json], sent: Mapping[str, Json]
) -> str | None:
    """Return the record that a row is about; None for a new one. Refuses a key nobody has."""
    head = next((head for head, path in plan.mapping.items() if path == plan.match), None)
    value = row.get(head) if head is not None else None
    if not plan.match or value is None:
        return None
    kind, text = plan.resource.type, str(value)
    if plan.match != "externalId":
        found = work.get(kind, text.upper() if plan.match == "key" else text)
        if found is None and plan.match == "key":
            raise NotFound("notFound", f"there is no {plan.resource.title.lower()} {text}")
        return found.id if found is not None else None
    same = work.find(kind, {"externalId": sent["externalId"]}, limit=2)
    if len(same) > 1:
        raise Conflict("conflictMany", f"several records have the external id {text}")
    return same[0].id if same else None
