"""Importing: storing the entries of a file, by code, with a report of what was refused."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from trunkline.catalog.code_names import name_by_code
from trunkline.catalog.entry import DRAFT, LIVE, CatalogEntry
from trunkline.catalog.portable import (
    PARENT,
    Entry,
    Identity,
    Kind,
    Step,
    catalog_references,
    has_parent,
    identity_of,
    plan,
    without,
)
from trunkline.documents.errors import Conflict, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work

SERVER_SETS = ("id", "href", "lastUpdate")
REPORT_LENGTH_MAX = 90_000


@dataclass
class Outcome:
    """What became of the entries of a file; `refused` has one line per refused entry."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def report(self) -> str | None:
        """The report for the job, None when nothing was refused."""
        if not self.refused:
            return None
        stored = self.created + self.updated
        head = (
            f"{len(self.refused)} refused, {stored} stored "
            f"({self.created} new), {self.unchanged} unchanged"
        )
        return "\n".join([head, *self.refused.values()])[:REPORT_LENGTH_MAX]


def import_entries(work: Work, entries: Sequence[Entry], kinds: Sequence[Kind]) -> Outcome:
    """Store all entries: known codes are updated, new ones inserted, refused ones reported."""
    run = _Import(work)
    for step in plan(entries, kinds):
        if step.entry.where in run.outcome.refused:
            continue
        try:
            run.store(step)
        except Refusal as refusal:
            run.outcome.refused[step.entry.where] = f"{step.entry.label}: {refusal.message}"
    return run.outcome


class _Import:
    """One import: which entry of the file has become which record here."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.outcome = Outcome()
        self.ids: dict[Identity, str] = {}
        self.stored: dict[str, str] = {}
        self.created: set[str] = set()
        self.codes: dict[Identity, str | None] = {}

    def store(self, step: Step) -> None:
        """Insert or update one entry."""
        entry, kind = step.entry, step.entry.kind
        known = self.stored.get(entry.where) or self._find(entry)
        if known is not None:
            self._remember(entry, known)
            if not step.leave_out:
                self._update(entry, known)
            return
        raw = self._resolved(kind, without(kind, copy.deepcopy(entry.raw), step.leave_out))
        if step.leave_out and raw.get("lifecycleStatus") in LIVE and not has_parent(kind):
            raw["lifecycleStatus"] = DRAFT[1]
        record = self.work.add(kind.wrap(raw))
        name_by_code(self.work, record)
        self.outcome.created += 1
        self.created.add(record.id)
        self._remember(entry, record.id)

    def _remember(self, entry: Entry, ident: str) -> None:
        self.stored[entry.where] = ident
        if identity := identity_of(entry):
            self.ids[identity] = ident

    def _update(self, entry: Entry, ident: str) -> None:
        raw = self._resolved(entry.kind, copy.deepcopy(entry.raw))
        with self.work.edit(entry.kind, ident) as record:
            if raw.get("externalId") == record.id:
                del raw["externalId"]
            if "lastUpdate" in record.raw:
                raw["lastUpdate"] = record.raw["lastUpdate"]
            raw.setdefault("lifecycleStatus", record.lifecycle_status)
            before = record.meta.version
            record.raw.clear()
            record.raw.update(raw)
        name_by_code(self.work, record)
        if ident in self.created:
            return
        if record.meta.version > before:
            self.outcome.updated += 1
        else:
            self.outcome.unchanged += 1

    def _find(self, entry: Entry) -> str | None:
        """Return the id of the record here that an entry stands for.

        Its code decides; else its id, when the file comes from here; else its name.
        """
        if entry.code is not None:
            found = self._of_version(entry, self.work.find(entry.kind, {"externalId": entry.code}))
            if found is not None:
                return found
        if entry.source_id and UUID.match(entry.source_id):
            own = self.work.many(entry.kind, [entry.source_id])
            if own:
                return next(iter(own))
        name = entry.raw.get("name")
        if entry.code is None and isinstance(name, str):
            return self._of_version(entry, self.work.find(entry.kind, {"name": name}))
        return None

    def _of_version(self, entry: Entry, found: Sequence[CatalogEntry]) -> str | None:
        version = entry.raw.get("version")
        same = [one for one in found if version is None or one.version == version]
        if len(same) > 1:
            keys = ", ".join(one.key for one in same[:5])
            raise Conflict(
                "conflictAmbiguous", f"may be any of {keys}; give it an externalId and a version"
            )
        return same[0].id if same else None

    def _resolved(self, kind: Kind, raw: dict[str, Json]) -> dict[str, Json]:
        """Return the record with its references pointing at the records here."""
        for name in SERVER_SETS:
            raw.pop(name, None)
        for found, targets in catalog_references(kind, raw):
            code = found.holder.pop("externalId", None)
            found.holder.pop("href", None)
            here = self._here(targets, found.id, code)
            if here is not None:
                found.holder["id"] = here
        if has_parent(kind) and isinstance(raw.get(PARENT), str):
            raw[PARENT] = self.ids.get((kind.__name__, raw[PARENT]), raw[PARENT])
        return raw

    def _here(self, targets: Sequence[Kind], ident: str, code: Json) -> str | None:
        for target in targets:
            if (target.__name__, ident) in self.ids:
                return self.ids[target.__name__, ident]
        if not isinstance(code, str):
            return None
        for target in targets:
            found = self._by_code(target, code)
            if found is not None:
                return found
        return None

    def _by_code(self, kind: Kind, code: str) -> str | None:
        key = (kind.__name__, code)
        if key not in self.codes:
            found = self.work.find(kind, {"externalId": code}, limit=1)
            self.codes[key] = found[0].id if found else None
        return self.codes[key]
