"""The characteristics of a specification where they stand: shown, added, changed, taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from trunkline.catalog.entry import DRAFT, LIVE
from trunkline.catalog.entry_rules import CHARACTERISTICS
from trunkline.catalog.value_type import value_type
from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, NotFound, Refusal, refuse
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.rest.writing import change
from trunkline.web.forms import Form
from trunkline.web.records import Record

MERGE = "application/merge-patch+json"
FIELDS = ("name", "type", "values", "default", "min", "max", "unit", "about", "members")
TYPES = (
    "text", "integer", "decimal", "boolean", "checkbox", "date", "dateTime", "duration", "email",
    "choice", "radio", "list", "address", "attachment", "object", "label", "text[]", "integer[]",
    "decimal[]", "date[]", "dateTime[]", "object[]",
)  # fmt: skip
CHILDREN = "childCharacteristic"
NEEDED = "*"
INSIDE = "- "
"""Stands before a member that lies in the object of a line above, once for each that it is in."""
ENDS = {"name": "name", "valueType": "type", "minCardinality": "min", "maxCardinality": "max",
        "unitOfMeasure": "unit", "description": "about"}  # fmt: skip
"""The field of the form at which a fault is told, by the last name of its path."""
RANGE = re.compile(r"(-?\d+)\s*\.\.\s*(-?\d+)")
NO = ("no", "false")
YES = ("yes", "true")


def characteristics_of(
    record: Record, form: Form | None = None, refusal: Refusal | None = None
) -> dict[str, Any] | None:
    """Return the characteristics of a specification, and the form that is open among them.

    None for an entry that has none.
    """
    place = place_of(record.resource.type)
    if place is None:
        return None
    held = [one for one in record.document.get(place[0]) or () if isinstance(one, dict)]
    status = record.document.get("lifecycleStatus")
    return {
        "rows": [_row(one, place[1]) for one in held],
        "is_open": status in (*DRAFT, *LIVE),
        "is_live": status in LIVE,
        "form": _asked(held, place, form, refusal) if form is not None else None,
    }


def place_of(kind: type[Document]) -> tuple[str, str] | None:
    """Return the attribute of a kind that holds characteristics, and where each has its options."""
    own = kind.by_json_name()
    return next((pair for pair in CHARACTERISTICS.items() if pair[0] in own), None)


def _row(one: dict[str, Any], options: str) -> dict[str, Any]:
    held = one.get(options) or []
    low, high = one.get("minCardinality"), one.get("maxCardinality")
    return {
        "name": one.get("name") or "",
        "about": one.get("description") or "",
        "type": one.get("valueType") or "",
        "members": [_told_member(each) for each in one.get(CHILDREN) or ()],
        "values": [{"text": line_of(each), "is_default": bool(each.get("isDefault"))}
                   for each in held if line_of(each)],
        "unit": _unit(held),
        "count": f"{0 if low is None else low} – {'∞' if high is None else high}"
        if low is not None or high is not None else "",
    }  # fmt: skip


def line_of(option: dict[str, Any]) -> str:
    """Return an option as a line: its value, or its range as `1..10`; empty for another kind."""
    value = option.get("value")
    if value is None and option.get("valueFrom") is not None and option.get("valueTo") is not None:
        return f"{option['valueFrom']}..{option['valueTo']}"
    if isinstance(value, bool):
        return YES[0] if value else NO[0]
    return "" if value is None or isinstance(value, (dict, list)) else f"{value}"


def _unit(options: Sequence[dict[str, Any]]) -> str:
    return next((one["unitOfMeasure"] for one in options if one.get("unitOfMeasure")), "")


def _asked(
    held: list[dict[str, Any]], place: tuple[str, str], form: Form, refusal: Refusal | None
) -> dict[str, Any]:
    """Return the open form: what was typed, else what stands there; and what is wrong with it."""
    at = form.text("at")
    one = next((one for one in held if at and one.get("name") == at), {})
    options = one.get(place[1]) or []
    default = next((line_of(each) for each in options if each.get("isDefault")), "")
    values: dict[str, Json] = {
        "name": one.get("name"), "type": one.get("valueType") or TYPES[0], "default": default,
        "values": "\n".join(line for each in options if (line := line_of(each))),
        "about": one.get("description"),
        "members": "\n".join(_member_lines(one.get(CHILDREN) or ())),
        "min": one.get("minCardinality"), "max": one.get("maxCardinality"), "unit": _unit(options),
    }  # fmt: skip
    typed = {
        name: form.text(name) if name in form.fields else "" if value is None else f"{value}"
        for name, value in values.items()
    }
    wrong: dict[str, str] = {}
    others: list[str] = []
    faults = [] if refusal is None else refusal.faults or [Fault("", "", refusal.message)]
    for fault in faults:
        last = fault.path.rpartition(".")[2]
        name = ENDS.get(last, "values" if f".{place[1]}[" in fault.path else last)
        name = "members" if f".{CHILDREN}" in fault.path else name
        if name in FIELDS:
            wrong.setdefault(name, fault.message)
        else:
            others.append(fault.message)
    return typed | {
        "do": form.text("do") if one else "add",
        "at": at if one else "",
        "types": list(dict.fromkeys([typed["type"], *TYPES])),
        "wrong": {name: wrong.get(name, "") for name in FIELDS},
        "others": others,
    }


# --- done ---------------------------------------------------------------------------------------


def do_characteristic(work: Work, kind: type[Document], form: Form, ident: str) -> None:
    """Do to the characteristics of a specification what a form asks for."""
    place = place_of(kind)
    if place is None:
        raise NotFound("notFound", f"a {kind.resource.title.lower()} has no characteristics")
    document = work.lock(kind, ident)
    held: list[Json] = [copied(one) for one in document.raw.get(place[0]) or ()]
    at, do = form.text("at"), form.text("do")
    spot = next((n for n, one in enumerate(held) if at and one.get("name") == at), None)
    if do == "add":
        held.append(_filled({"configurable": True}, place[1], form))
    elif spot is None:
        raise NotFound("notFound", f"{document.key} has no characteristic {at}")
    elif do == "change":
        held[spot] = _filled(held[spot], place[1], form)
    elif do == "off":
        del held[spot]
    else:
        raise NotFound("notFound", f"there is nothing called {do} to do with a characteristic")
    change(work, document, {place[0]: held or None}, MERGE)


def _filled(one: dict[str, Any], options: str, form: Form) -> dict[str, Any]:
    """Return a characteristic as the form says it; what the form does not ask for stays."""
    faults: list[Fault] = []
    if not form.text("name"):
        faults.append(Fault("name", "missing", "say what the characteristic is called"))
    found = {**one, "name": form.text("name"), "valueType": form.text("type") or None,
             "description": form.text("about") or None if "about" in form.fields
             else one.get("description"),
             CHILDREN: _members(one.get(CHILDREN) or [], form, faults),
             "minCardinality": _whole(form, "min", faults),
             "maxCardinality": _whole(form, "max", faults),
             options: _options(one.get(options) or [], form, faults)}  # fmt: skip
    refuse(faults)
    return {name: value for name, value in found.items() if value is not None and value != []}


def _options(former: Sequence[dict[str, Any]], form: Form, faults: list[Fault]) -> list[Json]:
    """Return the options of the lines; those that are no line, such as patterns, stay."""
    lines = [one.strip() for one in form.text("values").splitlines() if one.strip()]
    default, unit = form.text("default"), form.text("unit")
    if default and default not in lines:
        faults.append(Fault("default", "badValue", "must be one of the values above"))
    known = {line_of(one): one for one in former if line_of(one)}
    found = []
    for line in dict.fromkeys(lines):
        one = known.get(line) or _option(line, form.text("type"), faults)
        said = False if "isDefault" in one else None
        found.append({**one, "isDefault": True if line == default else said})
    found += [one for one in former if not line_of(one) and _limits(one)]
    if not found and unit:
        found = [{}]
    is_new = unit != _unit(former)
    for one in found:
        if is_new or not one.get("unitOfMeasure"):
            one["unitOfMeasure"] = unit or None
    return [{name: value for name, value in one.items() if value is not None} for one in found]


def _member_line(one: dict[str, Any]) -> str:
    """Return a member of an object as a line: `size: integer *` is one that has to be said."""
    needed = f" {NEEDED}" if one.get("minCardinality") else ""
    return f"{one.get('name') or ''}: {one.get('valueType') or TYPES[0]}{needed}"


def _member_lines(members: Sequence[dict[str, Any]], before: str = "") -> Iterator[str]:
    """Yield a line for each member, and for those inside it behind that."""
    for one in members:
        yield before + _member_line(one)
        yield from _member_lines(one.get(CHILDREN) or (), before + INSIDE)


def _told_member(one: dict[str, Any]) -> str:
    """Return a member as it is told, those inside it in brackets."""
    inner = ", ".join(_told_member(each) for each in one.get(CHILDREN) or ())
    return f"{_member_line(one)} ({inner})" if inner else _member_line(one)


def _members(former: Sequence[dict[str, Any]], form: Form, faults: list[Fault]) -> list[Json]:
    """Return the members that the lines say; what a line does not say of a former one stays."""
    if "members" not in form.fields:
        return list(former)
    lines = [one.strip() for one in form.text("members").splitlines() if one.strip()]
    if lines and value_type(form.text("type")).kind != "object":
        faults.append(Fault("members", "badValue", "only an object has members"))
    return _branch(lines, former, faults)


def _branch(
    lines: Sequence[str], former: Sequence[dict[str, Any]], faults: list[Fault]
) -> list[Json]:
    """Return the members of lines, each with those of the lines inside it."""
    known = {_member_line(one): one for one in former}
    named = {one.get("name"): one for one in former}
    groups: list[list[str]] = []
    for line in lines:
        if groups and line.startswith(INSIDE):
            groups[-1].append(line.removeprefix(INSIDE).strip())
        else:
            groups.append([line])
    found: list[Json] = []
    for line, *inner in dict.fromkeys(tuple(one) for one in groups):
        one = known.get(line) or _member(line, named, faults)
        if one is None:
            continue
        if inner and value_type(one.get("valueType")).kind != "object":
            faults.append(Fault("members", "badValue", "only an object has members"))
        said = {**one, CHILDREN: _branch(inner, one.get(CHILDREN) or (), faults) or None}
        found.append({name: value for name, value in said.items() if value is not None})
    return found


def _member(
    line: str, named: Mapping[str | None, dict[str, Any]], faults: list[Fault]
) -> dict[str, Any] | None:
    """Return the member that a line says, over the former one of its name."""
    name, _, kind = (part.strip() for part in line.partition(":"))
    kind, star, more = kind.partition(NEEDED)
    kind = kind.strip() or TYPES[0]
    is_known = value_type(kind).kind != "any"
    if not name or line.startswith(INSIDE) or more.strip() or not is_known:
        message = f"“{line}” is not understood; write it as name: type"
        faults.append(Fault("members", "badValue", message))
        return None
    before = named.get(name) or {"configurable": True}
    least = max(before.get("minCardinality") or 0, 1) if star else None
    return {**before, "name": name, "valueType": kind, "minCardinality": least}


def _limits(option: dict[str, Any]) -> bool:
    """Tell whether an option that is no line says what a value may be."""
    return any(option.get(one) is not None for one in ("value", "regex", "valueFrom", "valueTo"))


def _option(line: str, kind: str, faults: list[Fault]) -> dict[str, Any]:
    """Return the option that a line says, its value as the type wants it."""
    span = RANGE.fullmatch(line)
    wanted = value_type(kind).kind
    if span is not None and wanted in {"integer", "decimal"}:
        return {"valueFrom": int(span[1]), "valueTo": int(span[2])}
    if wanted == "boolean":
        if line.lower() not in (*YES, *NO):
            faults.append(Fault("values", "badValue", f"“{line}” is neither yes nor no"))
        return {"value": line.lower() in YES}
    if wanted not in {"integer", "decimal"}:
        return {"value": line}
    try:
        number = Decimal(bounded_number(line.replace(",", ".")))
    except (InvalidOperation, ValueError):
        faults.append(Fault("values", "badValue", f"“{line}” is no number"))
        return {"value": line}
    return {"value": int(number) if number == number.to_integral_value() else number}


def _whole(form: Form, name: str, faults: list[Fault]) -> int | None:
    text = form.text(name)
    if not text:
        return None
    if not text.isdecimal() or len(text) > len("999999"):
        faults.append(Fault(name, "badValue", "must be a whole number"))
        return None
    return int(text)
