"""Sheets: a form of a record between two requests: what it began with, what was typed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk
from trunkline.web.editing.asking import Asking, asking_of
from trunkline.web.editing.building import Builder
from trunkline.web.editing.merging import Difference, differences, merged, with_choices
from trunkline.web.editing.nodes import Part
from trunkline.web.editing.paths import value_at
from trunkline.web.editing.problems import Problem, by_path, placed, problems_of
from trunkline.web.editing.reading import Draft, Reader, pruned
from trunkline.web.editing.steps import packed, stepped, unpacked
from trunkline.web.facts import Teller, pointed_at
from trunkline.web.records import Record, documents_of, mentions_of
from trunkline.web.values import EMPTY
from trunkline.web.wording import words

CHOICE = "choose:"
Fields = dict[str, list[str]]


@dataclass
class Sheet:
    """One form as it is filled in. `base` is the record that the typing began with."""

    resource: Resource
    record: Record | None
    base: dict[str, Json]
    version: int
    asking: Asking
    draft: Draft
    conflict: list[Difference] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Tell whether it makes a new record."""
        return self.record is None

    @property
    def document(self) -> dict[str, Json]:
        """The document that was typed, without what was left empty."""
        return pruned(self.draft)


def new_sheet(work: Work, desk: Desk, resource: Resource, fields: Fields, step: str = "") -> Sheet:
    """Return the form of a new record with what was typed so far."""
    fields = stepped(fields, step)
    asking, draft = _read(work, desk, resource, {}, fields, is_new=True)
    return Sheet(resource, None, {}, 0, asking, draft)


def copy_sheet(work: Work, resource: Resource, record: Record) -> Sheet:
    """Return the form of a new record that begins as a copy of another."""
    asking = _asking(work, resource, record.document, is_new=True)
    document = {
        name: value
        for name, value in record.document.items()
        if name in asking.names and not asking.starts(name)
    }
    return Sheet(resource, None, {}, 0, asking, Draft(document))


def edit_sheet(work: Work, desk: Desk, record: Record, fields: Fields, step: str = "") -> Sheet:
    """Return the form of a record with what was typed so far.

    Where the record has changed since, both versions are merged, and the differences told.
    """
    resource = record.resource
    posted = unpacked(fields.get("base", [""])[0])
    version = _version(fields, record.version)
    is_moved = version != record.version and posted is not None
    base = dict(record.document)
    if is_moved and posted is not None:
        base = _unasked(work, record) | posted
    asking, draft = _read(work, desk, resource, base, stepped(fields, step), is_new=False)
    choices = {name[len(CHOICE):]: one[0] for name, one in fields.items()
               if name.startswith(CHOICE)}  # fmt: skip
    if not is_moved:
        if choices:
            draft.document = with_choices(draft.document, record.document, choices)
        return Sheet(resource, record, base, record.version, asking, draft)
    found = [
        one
        for one in differences(base, record.document, pruned(draft))
        if one.path.partition(".")[0] in asking.names
    ]
    together = Draft(merged(record.document, found))
    if all(one.by == "yours" for one in found):
        found = []
    return Sheet(resource, record, dict(record.document), record.version, asking, together, found)


def left_sheet(work: Work, desk: Desk, resource: Resource, fields: Fields) -> Sheet | None:
    """Return the form of a new record with what was typed over one that is not there any more.

    Where the visitor may make none it has what was typed all the same; None for no such form.
    """
    base = unpacked(fields.get("base", [""])[0])
    if base is None:
        return None
    asking, draft = _read(work, desk, resource, base, fields, is_new=False)
    if "create" not in resource.operations or work.actor.grant(resource, "create") is None:
        return Sheet(resource, None, {}, 0, asking, draft)
    asking = _asking(work, resource, draft.document, is_new=True)
    document = {name: one for name, one in draft.document.items() if name in asking.names}
    return Sheet(resource, None, {}, 0, asking, replace(draft, document=document))


def _read(
    work: Work, desk: Desk, resource: Resource, base: dict[str, Json], fields: Fields, *,
    is_new: bool,
) -> tuple[Asking, Draft]:  # fmt: skip
    """Return what is asked of what was typed: it may depend on what was typed itself."""
    asking = asking_of(work, resource, {}, is_new=is_new)
    first = Reader(fields, desk.zone).read(resource.type, base, asking.runtime)
    if not asking.screen.values:
        if asking.governed.picking:
            asking = asking_of(work, resource, first.document, is_new=is_new)
        return asking, first
    asking = _asking(work, resource, first.document, is_new=is_new)
    reader = Reader(fields, desk.zone, asking.asked)
    return asking, reader.read(resource.type, base, asking.runtime)


def _asking(work: Work, resource: Resource, document: dict[str, Json], *, is_new: bool) -> Asking:
    """Return what is asked of a document; what it points at is read at once before."""
    documents_of(work, pointed_at(work.services.registry, resource, document))
    return asking_of(work, resource, document, is_new=is_new)


def _version(fields: Mapping[str, Sequence[str]], default: int) -> int:
    text = fields.get("version", [""])[0]
    return int(text) if text.isdecimal() else default


def _unasked(work: Work, record: Record) -> dict[str, Json]:
    """Return what the form of a record does not ask for: it is as it is now."""
    asked = asking_of(work, record.resource, {}, is_new=False).names
    return {name: value for name, value in record.document.items() if name not in asked}


def shown_sheet(
    work: Work, desk: Desk, sheet: Sheet, refusal: Refusal | None = None
) -> dict[str, Any]:
    """Return the values of the template that shows a form."""
    return _shown_by(work, desk, sheet, refusal, lambda builder: builder.parts())


def nodes_at(
    work: Work, desk: Desk, sheet: Sheet, path: str, refusal: Refusal | None = None
) -> dict[str, Any]:
    """Return the values of the template that shows the inputs of one attribute only."""

    def parts(builder: Builder) -> list[Part]:
        return [Part("", list(builder.nodes(path)))]

    return _shown_by(work, desk, sheet, refusal, parts)


def _shown_by(
    work: Work, desk: Desk, sheet: Sheet, refusal: Refusal | None,
    parts_of: Callable[[Builder], list[Part]],
) -> dict[str, Any]:  # fmt: skip
    document = sheet.draft.document
    mentions = mentions_of(
        work, desk.addresses, pointed_at(work.services.registry, sheet.resource, document)
    )
    problems = problems_of(refusal, document, sheet.asking.asked)

    def builder(found: Sequence[Problem]) -> Builder:
        return Builder(
            sheet.asking, sheet.draft, actor=work.actor, registry=work.services.registry,
            zone=desk.zone, mentions=mentions, problems=by_path(found),
        )  # fmt: skip

    made = builder(())
    parts = parts_of(made)
    if problems:
        problems = placed(problems, made.places)
        parts = parts_of(builder(problems))
    teller = Teller(desk.zone, mentions, sheet.asking.governed)
    return {
        "parts": parts,
        "problems": problems,
        "version": sheet.version,
        "base": packed(sheet.base, sheet.asking.names) if sheet.record else "",
        "conflict": [_shown(teller, sheet, one) for one in sheet.conflict],
        "undecided": any(one.both for one in sheet.conflict),
        "zone": str(desk.zone),
    }


def _shown(teller: Teller, sheet: Sheet, one: Difference) -> dict[str, Any]:
    """Return a row of the comparison of both versions."""
    name = one.path.rpartition(".")[2]
    shape: Any = sheet.resource.type
    attribute = None
    for part in one.path.split("."):
        attribute = shape.by_json_name().get(part) if shape is not None else None
        shape = attribute.shape if attribute is not None else None

    def told(value: Json) -> Any:
        return teller.value(name, value, attribute) if value is not None else _nothing()

    return {
        "path": one.path, "label": one.label or words(name), "at": one.at, "both": one.both,
        "by": one.by, "before": told(one.before), "theirs": told(one.theirs),
        "yours": told(one.yours),
    }  # fmt: skip


def _nothing() -> Any:
    return {"kind": "cell", "cell": EMPTY, "is_small": True}


def label_of_sheet(sheet: Sheet) -> str:
    """Return what the record of a form is called, as far as that has been typed."""
    parts = [value_at(sheet.draft.document, path) for path in sheet.resource.label]
    return " ".join(str(one) for one in parts if one not in (None, ""))
