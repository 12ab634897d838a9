"""What must hold of the definitions of extra attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline.documents.condition import rule_faults
from trunkline.documents.errors import Fault
from trunkline.governance.extra_attribute import ExtraAttribute
from trunkline.governance.extra_values import RECORD, VALUE, bare, extra_of, value_faults
from trunkline.governance.register import Register
from trunkline.governance.register_rules import hold_name
from trunkline.governance.registers import registers
from trunkline.kernel.behaviour import rule
from trunkline.kernel.filters import OWN_COLUMNS
from trunkline.kernel.work import Work

NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,59}")
CHOOSING = ("choice", "choices")


@rule(ExtraAttribute)
def names_are_free(work: Work, old: ExtraAttribute | None, new: ExtraAttribute) -> Iterator[Fault]:
    """Refuse a kind of record that there is not, and a name that it has already."""
    if old is not None:
        return
    resource = work.services.registry.resources.get(new.record_type)
    if resource is None or not resource.published:
        message = f"there is no kind of record {new.record_type}; name one such as Individual"
        yield Fault("recordType", "badValue", message)
        return
    if not NAME.fullmatch(new.name):
        message = "begins with a small letter and has letters, digits and _ only, 60 at most"
        yield Fault("name", "badValue", message)
    if new.name in resource.type.by_json_name() or new.name in OWN_COLUMNS:
        message = f"{resource.title} has an attribute {new.name} already"
        yield Fault("name", "conflictName", message)
    hold_name(work, "ExtraAttribute", new.record_type, new.name)
    wanted = {"recordType": new.record_type, "name": new.name}
    for one in work.find(ExtraAttribute, wanted, limit=1):
        message = f"{resource.title} has {new.name} already; change {one.key}"
        yield Fault("name", "conflictName", message)


@rule(ExtraAttribute)
def rules_can_be_carried_out(
    _work: Work, _old: ExtraAttribute | None, new: ExtraAttribute
) -> Iterator[Fault]:
    """Refuse a condition or a validation that is no rule."""
    yield from rule_faults([("condition", new.condition)], RECORD, "badRule")
    yield from rule_faults([("validation", new.validation)], VALUE, "badRule")


@rule(ExtraAttribute)
def choices_have_a_register(
    work: Work, _old: ExtraAttribute | None, new: ExtraAttribute
) -> Iterator[Fault]:
    """Refuse a choice without a register, and a register for what is no choice."""
    if new.kind in CHOOSING and not new.register:
        yield Fault("register", "missing", "say of which register its values are")
    elif new.kind not in CHOOSING and new.register:
        message = "is for the kinds choice and choices; leave it out or change the kind"
        yield Fault("register", "badValue", message)
    elif new.register and not work.find(Register, {"code": new.register}, limit=1):
        message = f"there is no register {new.register}; name one by its code, or make it first"
        yield Fault("register", "badValue", message)


@rule(ExtraAttribute)
def defaults_are_valid(
    work: Work, old: ExtraAttribute | None, new: ExtraAttribute
) -> Iterator[Fault]:
    """Refuse a default that the definition itself would refuse; one that stays is not asked."""
    value = new.default_value
    if value is None or (old is not None and old.raw == new.raw):
        return
    extra = extra_of(new.raw)
    if not _is_kind(new.kind, value):
        yield Fault("defaultValue", "badType", f"must be a value of the kind {new.kind}")
        return
    known = bare(extra.name, extra.kind)
    asked = (
        known
        if extra.register not in registers(work)
        else extra_of(
            {name: one for name, one in new.raw.items() if name not in {"condition", "validation"}}
        )
    )
    for fault in value_faults(work, asked, value, {}):
        yield Fault("defaultValue", fault.code, fault.message, fault.choices)


def _is_kind(kind: str, value: object) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return not isinstance(value, (bool, str, list, dict))
    if kind == "choices":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


@rule(ExtraAttribute, deleting=True)
def indexes_go_first(work: Work, old: ExtraAttribute) -> Iterator[Fault]:
    """Refuse to remove an attribute that has an index, or whose index is being emptied."""
    row = work.connection.execute(
        "select indexed or settled_at is null from attribute_definition "
        "where type = %s and name = %s",
        [old.record_type, old.name],
    ).fetchone()
    if row is not None and row[0]:
        message = f"{old.name} has an index; set indexed to false and wait"
        yield Fault("indexed", "conflictIndexed", message)


@rule(Register, deleting=True)
def registers_of_attributes_stay(work: Work, old: Register) -> Iterator[Fault]:
    """Refuse to remove a register that an extra attribute takes its values of."""
    for one in work.find(ExtraAttribute, {"register": old.code}, limit=1):
        message = f"{one.name} of {one.record_type} takes its values of {old.code}"
        yield Fault("", "conflictInUse", f"{message}; remove that attribute first")
