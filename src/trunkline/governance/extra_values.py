"""Values of extra attributes: what each definition asks, and the rule that holds for all kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trunkline.documents.condition import (
    Rule,
    RuleFailed,
    RuleInvalid,
    ValueMissing,
    named_in,
    rule_of,
)
from trunkline.documents.decode import load
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied, same
from trunkline.documents.shape import Json
from trunkline.governance.bindings import chosen_faults, compared, declared_bindings
from trunkline.governance.configured import configured
from trunkline.governance.registers import Called, KnownRegister, called, described, registers
from trunkline.governance.required_texts import is_blank
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.states import QUIET
from trunkline.kernel.work import Work
from trunkline.rest.writing import fills

READ = (
    "select d.type, d.name, d.kind, e.doc from attribute_definition d left join extra_attribute e "
    "on e.p_record_type = d.type and e.p_name = d.name"
)
RECORD = ("record",)
VALUE = ("value", "record")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Extra:
    """An extra attribute as forms, lists and rules need it."""

    name: str
    kind: str
    called: Called
    help: Called
    required: bool = False
    default: Json = None
    register: str = ""
    condition: Rule | None = None
    validation: Rule | None = None
    message: str = ""
    section: str = ""
    position: int | None = None
    indexed: bool = False
    searched: bool = False
    depends: frozenset[str] = field(default_factory=frozenset)

    def is_of(self, record: Mapping[str, Json]) -> bool:
        """Tell whether a record has this attribute, by the definition's condition."""
        if self.condition is None:
            return True
        try:
            return self.condition.holds({"record": record})
        except RuleFailed:
            return False


@dataclass(frozen=True)
class Extras:
    """The extra attributes of every kind of record, by name, in the operator's order."""

    by_kind: Mapping[str, Mapping[str, Extra]]


NOTHING: Mapping[str, Extra] = {}


def extras_of(work: Work, resource: Resource) -> Mapping[str, Extra]:
    """Return the extra attributes of a kind of record, by name, in their order."""
    return configured(work, Extras, _read).by_kind.get(resource.name, NOTHING)


def registers_at(work: Work, resource: Resource) -> dict[str, KnownRegister]:
    """Return the registers from which a kind takes values, by path: declared and extra ones."""
    known = registers(work)
    named = {path: one.register for path, one in declared_bindings(resource.name).items()}
    named |= {one.name: one.register for one in extras_of(work, resource).values() if one.register}
    return {path: known[code] for path, code in named.items() if code in known}


def bare(name: str, kind: str) -> Extra:
    """Return an attribute of which nothing is said but its kind."""
    return Extra(name, kind, Called(""), Called(""))


@rule()
def extra_values_are_as_defined(work: Work, old: Document | None, new: Document) -> Iterator[Fault]:
    """Refuse a value that its definition does not allow, and a record without a required one.

    What is stored already may stay as it is. A required value is asked for where somebody writes
    what a record says, not where only its state moves, and not of the program itself.
    """
    extras = extras_of(work, new.resource)
    if not extras:
        return
    kind, before = compared(old, new)
    if kind == QUIET:
        return
    needs = work.actor.kind != "system" and kind != "state_changed"
    for extra in extras.values():
        value = new.raw.get(extra.name)
        is_empty = value is None or value == []
        if (is_empty or is_blank(value)) and needs and extra.required and extra.is_of(new.raw):
            yield Fault(extra.name, "missing", f"{extra.name} is required; give it a value")
        elif not is_empty and not same(value, before.get(extra.name)):
            yield from value_faults(work, extra, value, new.raw)


def value_faults(
    work: Work, extra: Extra, value: Json, record: Mapping[str, Json]
) -> Iterator[Fault]:
    """Yield what a definition has against a value of a record."""
    name = extra.name
    if not extra.is_of(record):
        yield Fault(name, "notApplicable", f"{name} is not kept of such records; leave it out")
        return
    if extra.kind == "date" and not _is_day(value):
        yield Fault(name, "badDate", "must be a date such as 2026-11-21")
        return
    register = registers(work).get(extra.register) if extra.register else None
    if register is not None:
        chosen = value if isinstance(value, list) else [value]
        for index, one in enumerate(chosen):
            place = f"{name}[{index}]" if isinstance(value, list) else name
            yield from chosen_faults(work, register, place, one)
    if extra.validation is not None:
        yield from _validated(extra, value, record)


def _validated(extra: Extra, value: Json, record: Mapping[str, Json]) -> Iterator[Fault]:
    rule_ = extra.validation
    if rule_ is None:
        return
    try:
        if rule_.holds({"value": value, "record": record}):
            return
        message = extra.message or f"is not valid; it must hold that {rule_.text}"
    except ValueMissing as missing:
        message = f"cannot be checked: {missing}; give that a value first"
    except RuleFailed as failed:
        message = f"cannot be checked: {failed}; an administrator must correct the attribute"
    yield Fault(extra.name, "notValid", message)


@fills
def fill_defaults(work: Work, resource: Resource, sent: dict[str, Json]) -> None:
    """Give a new record the defaults of its extra attributes; null stands for none."""
    for one in extras_of(work, resource).values():
        if one.default is not None and one.name not in sent and one.is_of(sent):
            sent[one.name] = copied(one.default)


def _is_day(value: Json) -> bool:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _read(connection: Any) -> Extras:
    rows = connection.execute(READ).fetchall()
    found: dict[str, list[Extra]] = {}
    for kind_of, name, kind, body in rows:
        extra = bare(name, kind) if body is None else extra_of(load(body))
        found.setdefault(kind_of, []).append(extra)
    return Extras(
        {
            kind_of: {one.name: one for one in sorted(each, key=_place)}
            for kind_of, each in found.items()
        }
    )


def extra_of(raw: Mapping[str, Json]) -> Extra:
    """Return what a definition's document says; a rule that does not compile is left out."""
    condition = raw.get("condition")
    return Extra(
        name=raw["name"],
        kind=raw["kind"],
        called=called({**raw, "name": raw.get("label")}, ""),
        help=described(raw, raw.get("help") or ""),
        required=bool(raw.get("required")),
        default=raw.get("defaultValue"),
        register=raw.get("register") or "",
        condition=_known(condition, RECORD),
        validation=_known(raw.get("validation"), VALUE),
        message=raw.get("message") or "",
        section=raw.get("section") or "",
        position=raw.get("position"),
        indexed=bool(raw.get("indexed")),
        searched=bool(raw.get("searched")),
        depends=named_in(condition),
    )


def _known(text: str | None, variables: tuple[str, ...]) -> Rule | None:
    try:
        return rule_of(text, variables)
    except RuleInvalid:
        return None


def _place(one: Extra) -> tuple[bool, int, str]:
    return one.position is None, one.position or 0, one.name
