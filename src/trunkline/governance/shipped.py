"""Shipped registers: what an installation begins with; the operator's edits are never undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trunkline.documents.shape import Json
from trunkline.governance.register import Register, RegisterValue
from trunkline.governance.shipping import first_shipped
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system

STEP = 10


@dataclass(frozen=True)
class ShippedValue:
    """A value that a register begins with; `others` are its names by language."""

    code: str
    name: str
    others: Mapping[str, str] = field(default_factory=dict)
    color: str = ""
    icon: str = ""


def worded(
    code: str, name: str, german: str, arabic: str, color: str = "", icon: str = ""
) -> ShippedValue:
    """Return a value with its names in the other languages of the program."""
    return ShippedValue(code, name, {"de": german, "ar": arabic}, color, icon)


@dataclass(frozen=True)
class ShippedRegister:
    """A register that an installation begins with, its values in their order."""

    code: str
    name: str
    others: Mapping[str, str]
    values: Sequence[ShippedValue]
    description: str = ""


_shipped: dict[str, ShippedRegister] = {}


def ship(*declared: ShippedRegister) -> None:
    """Declare registers that every installation begins with."""
    for one in declared:
        if one.code in _shipped:
            raise ValueError(f"the register {one.code} is shipped twice")
        _shipped[one.code] = one


def ensure_registers(services: Services) -> list[str]:
    """Make the shipped registers and values that were never made, and return their names.

    What was made once is the operator's: neither edited again nor brought back.
    """
    names = {
        name: (one, value)
        for one in _shipped.values()
        for value in (None, *one.values)
        if (name := f"register {one.code}" + (f" {value.code}" if value else ""))
    }
    with as_system(services, "setup") as work:
        made = first_shipped(work, names)
        new = [one for name, one in names.items() if name in made]
        if new:
            _make(work, new)
    return [name for name in names if name in made]


def _make(work: Work, new: Sequence[tuple[ShippedRegister, ShippedValue | None]]) -> None:
    codes = [one.code for one, _ in new]
    there = {one.code: one for one in work.find(Register, {"code": codes})}
    registers = [_register(one) for one, value in new if value is None and one.code not in there]
    if registers:
        work.add(*registers)
    there |= {one.code: one for one in registers}
    held = work.find(RegisterValue, {"register.id": [one.id for one in there.values()]})
    taken = {(one.register.id, one.code) for one in held}
    values = [
        _value(there[one.code], value, one.values.index(value))
        for one, value in new
        if value is not None and one.code in there and (there[one.code].id, value.code) not in taken
    ]
    if values:
        work.add(*values)


def _register(one: ShippedRegister) -> Register:
    raw: dict[str, Json] = {"code": one.code, "name": one.name}
    if one.description:
        raw["description"] = one.description
    return Register.wrap(raw | _translated(one.others))


def _value(register: Register, one: ShippedValue, index: int) -> RegisterValue:
    raw: dict[str, Json] = {
        "register": {"id": register.id},
        "code": one.code,
        "name": one.name,
        "position": STEP * (index + 1),
    }
    raw |= {name: text for name, text in (("color", one.color), ("icon", one.icon)) if text}
    return RegisterValue.wrap(raw | _translated(one.others))


def _translated(others: Mapping[str, str]) -> dict[str, Any]:
    said = [{"language": language, "name": name} for language, name in others.items()]
    return {"translation": said} if said else {}
