"""Told: the facts of a record in the order of its form, and which of them may be changed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json, Shape
from trunkline.kernel.work import Work
from trunkline.screens.screen import screen_of
from trunkline.web.desk import Desk
from trunkline.web.editing.arranging import is_in_line
from trunkline.web.editing.asking import STAMPED, Asking, asking_of, inside
from trunkline.web.facts import REFERENCE_NAMES, Fact, Teller, Value
from trunkline.web.record_page import teller_of
from trunkline.web.records import Record
from trunkline.web.values import Cell
from trunkline.web.wording import words


@dataclass(frozen=True)
class ToldFact:
    """A fact of the page: `here` where it is changed in its place, `there` where on the form."""

    name: str
    label: str
    value: Value
    declared: bool
    here: bool
    there: bool


@dataclass(frozen=True)
class Chapter:
    """Facts under one title: the small ones, and those that need room of their own."""

    title: str
    small: Sequence[ToldFact] = field(default_factory=tuple)
    large: Sequence[ToldFact] = field(default_factory=tuple)


def writing_of(work: Work, record: Record) -> Asking | None:
    """Return what the visitor may change of a record; None for nothing.

    What its form asks for by name is not in it.
    """
    if "patch" not in record.resource.operations:
        return None
    if work.actor.grant(record.resource, "update") is None:
        return None
    try:
        return asking_of(work, record.resource, {}, is_new=False)
    except Forbidden:
        return None


def chapters_of(work: Work, record: Record, teller: Teller) -> list[Chapter]:
    """Return the facts of a record by the sections of its form, then all others."""
    asking = writing_of(work, record)
    facts = facts_by_name(record, teller)
    chapters = []
    left_out = {one for one in teller.known.left_out if not record.document.get(one)}
    told = stamped(record) | left_out
    for section in screen_of(record.resource).form:
        own = (one.name for one in teller.known.extras.values() if one.section == section.title)
        names = [*(path.partition(".")[0] for path in section.fields), *own]
        names = [one for one in dict.fromkeys(names) if one not in left_out]
        if section.title:
            writable = None if section.folded else asking
            chapters.append(_chapter(record, asking, writable, section.title, names, facts, told))
    known = teller.known.extras.values()
    asked = [one.name for one in known if one.is_of(record.document)]
    rest = [*_worth_showing(record), *facts, *asked]
    others = [one for one in dict.fromkeys(rest) if one not in told and one != state_name(record)]
    chapters.append(
        _chapter(record, asking, asking, "Further" if chapters else "", others, facts, told)
    )
    return [one for one in chapters if one.small or one.large]


def facts_by_name(record: Record, teller: Teller) -> dict[str, Fact]:
    """Return the facts of a record; an id that its screen declares as a link is told as that."""
    facts = {one.name: one for one in teller.facts(record.resource.type, record.document)}
    for link in screen_of(record.resource).links:
        if link.path not in facts:
            continue
        held = facts.pop(link.called, None)
        text = str(record.document[link.path]) if held is None else held.value.cell.text
        pages = (facts[one].value.cell.address for one in link.within if one in facts)
        page = next((one for one in pages if one), "")
        address = f"{page}?{link.query.format(value=record.document[link.path])}" if page else ""
        told = Cell("link" if address else "text", text, address=address)
        facts[link.path] = Fact(link.path, link.title, Value("cell", told))
    return facts


def state_name(record: Record) -> str:
    """Return the attribute that the head of the page shows already."""
    lifecycle = record.resource.lifecycle
    own = record.resource.type.attributes()
    return own[lifecycle.attribute].json_name if lifecycle else ""


def stamped(record: Record) -> set[str]:
    """Return the attributes that say when it was changed, as the head of the page does."""
    own = record.resource.type.attributes()
    return {own[name].json_name for name in STAMPED if name in own}


def _worth_showing(record: Record) -> list[str]:
    resource = record.resource
    named = [*resource.label, *resource.columns, *screen_of(resource).facts]
    own = resource.type.by_json_name()
    return [name for one in named if (name := one.partition(".")[0]) in own]


def _chapter(
    record: Record,
    asking: Asking | None,
    empty: Asking | None,
    title: str,
    names: Sequence[str],
    facts: dict[str, Fact],
    told: set[str],
) -> Chapter:
    """Return the facts under one title; with `empty` also those that may be said and are not."""
    shown = []
    for name in names:
        one = facts.get(name)
        editable = fact_editing(record, asking, name)
        told.add(name)
        if one is None and editable[0] and empty is not None:
            one = Fact(name, empty.governed.label(name) or words(name), Value("cell"))
        if one is not None:
            shown.append(ToldFact(one.name, one.label, one.value, one.declared, *editable))
    return Chapter(
        title,
        [one for one in shown if one.value.is_small],
        [one for one in shown if not one.value.is_small],
    )


def fact_of(desk: Desk, work: Work, record: Record, name: str) -> ToldFact:
    """Return one fact of a record, also one that says nothing yet."""
    attribute = record.resource.type.by_json_name().get(name)
    value: Json = record.document.get(name)
    here, there = fact_editing(record, writing_of(work, record), name)
    teller = teller_of(desk, work, record)
    told = teller.value(name, value, attribute)
    if value is None:
        told = Value("cell", Cell("empty"))
    return ToldFact(name, teller.known.label(name) or words(name), told, True, here, there)


def fact_editing(record: Record, asking: Asking | None, name: str) -> tuple[bool, bool]:
    """Tell whether a fact may be changed in its place, and whether on the form."""
    if asking is None or name not in asking.names:
        return False, False
    if name in asking.runtime:
        return inside(asking.steps, name) is not None, False
    steps = inside(asking.steps, name)
    if steps is None:
        return False, False
    attribute = record.resource.type.by_json_name()[name]
    shape = attribute.shape
    if attribute.is_list:
        return (shape is None and not steps), shape is not None and not steps
    is_small = shape is None or is_in_line(shape) or (bool(shape.targets) and _is_plain(shape))
    return is_small and not steps, not is_small


def _is_plain(shape: type[Shape]) -> bool:
    return set(shape.by_json_name()) <= REFERENCE_NAMES
