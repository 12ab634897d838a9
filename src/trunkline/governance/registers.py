"""Registers as they are now: their values in order, read once per generation of configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trunkline.documents.decode import load
from trunkline.documents.shape import Json, parse_instant
from trunkline.governance.configured import configured
from trunkline.kernel.work import Work

READ = (
    "select r.doc, v.doc from register r "
    "left join register_value v on v.p_register_id = r.id::text "
    "order by r.p_code, v.p_position nulls last, v.p_code"
)


@dataclass(frozen=True)
class Called:
    """What something is called: by its own name, and in other languages by theirs."""

    name: str
    others: Mapping[str, str] = field(default_factory=dict)

    def within(self, language: str) -> str:
        """Return the name in a language (`de`, `de-AT`), the own one where there is none."""
        return self.others.get(language) or self.others.get(language.partition("-")[0]) or self.name


@dataclass(frozen=True)
class KnownValue:
    """A value of a register, as forms, lists and rules need it."""

    code: str
    called: Called
    color: str
    icon: str
    starts_at: datetime | None
    ends_at: datetime | None
    attribute: Mapping[str, Json] = field(default_factory=dict)

    def is_chosen(self, now: datetime) -> bool:
        """Tell whether it may be chosen at a moment."""
        return (self.starts_at is None or self.starts_at <= now) and (
            self.ends_at is None or now < self.ends_at
        )


@dataclass(frozen=True)
class KnownRegister:
    """A register with its values by code, in the operator's order."""

    code: str
    called: Called
    values: Mapping[str, KnownValue]

    def chosen(self, now: datetime) -> list[KnownValue]:
        """Return the values that may be chosen at a moment, in their order."""
        return [one for one in self.values.values() if one.is_chosen(now)]

    def by_words(self) -> dict[str, str]:
        """Return the codes by what they are called in any language, in small letters.

        A name that two values share is neither's.
        """
        said: dict[str, set[str]] = {}
        for one in self.values.values():
            for name in {one.called.name, *one.called.others.values()}:
                said.setdefault(name.casefold(), set()).add(one.code)
        found = {name: codes.pop() for name, codes in said.items() if len(codes) == 1}
        return found | {code.casefold(): code for code in self.values}


@dataclass(frozen=True)
class Registers:
    """Every register by its code."""

    by_code: Mapping[str, KnownRegister]


def registers(work: Work) -> Mapping[str, KnownRegister]:
    """Return the registers by code."""
    return configured(work, Registers, _read).by_code


def called(raw: Mapping[str, Json], name: str) -> Called:
    """Return what a document with `translation` is called; `name` where it does not say."""
    others = {
        one["language"]: one["name"] for one in raw.get("translation") or () if one.get("name")
    }
    return Called(raw.get("name") or name, others)


def described(raw: Mapping[str, Json], text: str) -> Called:
    """Return how a document with `translation` is described, by its own text and the others."""
    others = {
        one["language"]: one["description"]
        for one in raw.get("translation") or ()
        if one.get("description")
    }
    return Called(text, others)


def _read(connection: Any) -> Registers:
    found: dict[str, KnownRegister] = {}
    values: dict[str, dict[str, KnownValue]] = {}
    for body, value_body in connection.execute(READ).fetchall():
        raw = load(body)
        code = raw["code"]
        if code not in found:
            values[code] = {}
            found[code] = KnownRegister(code, called(raw, code), values[code])
        if value_body is not None:
            value = _value(load(value_body))
            values[code][value.code] = value
    return Registers(found)


def _value(raw: Mapping[str, Json]) -> KnownValue:
    period: Mapping[str, Json] = raw.get("validFor") or {}
    return KnownValue(
        raw["code"],
        called(raw, raw["code"]),
        raw.get("color") or "",
        raw.get("icon") or "",
        _moment(period.get("startDateTime")),
        _moment(period.get("endDateTime")),
        {one["name"]: one["value"] for one in raw.get("attribute") or ()},
    )


def _moment(text: Json) -> datetime | None:
    return parse_instant(text) if isinstance(text, str) else None
