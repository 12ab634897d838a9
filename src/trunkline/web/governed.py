"""Governed: what registers and extra attributes say of a kind of record, for those who read pages.

Labels of the operator's come in the reader's language as they are; no catalog translates them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from trunkline.documents.shape import Json
from trunkline.governance.extra_values import Extra, extras_of, registers_at
from trunkline.governance.profiles import profile_of, profiles
from trunkline.governance.registers import KnownRegister, KnownValue
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.pages.language import say, spoken
from trunkline.screens.values_at import plain_path
from trunkline.web.values import Cell, day, state
from trunkline.web.wording import is_state, tone, words


@dataclass(frozen=True)
class Governed:
    """What the operator has decided about a kind of record, at a moment.

    `left_out` are the attributes that the way of working has no use for, which are shown only
    where they have a value, `needed` those that it asks for, `picking` those by which a record's
    way of working is picked.
    """

    extras: Mapping[str, Extra]
    bound: Mapping[str, KnownRegister]
    now: datetime
    left_out: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    picking: frozenset[str] = frozenset()

    @property
    def depends(self) -> set[str]:
        """The attributes on which it depends whether others are asked for."""
        return {*self.picking, *(name for one in self.extras.values() for name in one.depends)}

    def has_use_for(self, path: str) -> bool:
        """Tell whether the way of working has a use for what stands at a path."""
        plain = plain_path(path)
        return not any(plain == one or plain.startswith(f"{one}.") for one in self.left_out)

    def label(self, name: str) -> str:
        """Return what an extra attribute is called; empty for what is none."""
        extra = self.extras.get(name)
        return "" if extra is None else extra.called.within(spoken().code) or words(name)

    def choices(self, path: str, *held: str) -> list[tuple[str, str]]:
        """Return (code, name) of what may be chosen at a path, and of the held ones beside it."""
        register = self.bound.get(path)
        if register is None:
            return []
        found = [(one.code, self._name(one)) for one in register.chosen(self.now)]
        known = {code for code, _ in found}
        ended = [
            register.values[one] for one in held if one in register.values and one not in known
        ]
        return found + [(one.code, say("%(name)s (ended)", name=self._name(one))) for one in ended]

    def options(self, path: str) -> list[tuple[str, str]]:
        """Return (code, name) of every value at a path, the ended ones last: what is looked for."""
        register = self.bound.get(path)
        return self.choices(path, *register.values) if register is not None else []

    def cell(self, path: str, value: Json) -> Cell | None:
        """Return the cell of a value of a register; None for what is none."""
        extra = self.extras.get(path)
        if extra is not None and extra.kind == "date" and isinstance(value, str):
            return day(value)
        register = self.bound.get(path)
        found = register.values.get(value) if register and isinstance(value, str) else None
        if found is None:
            return None
        if is_state(path) and not (found.color or found.icon):
            return Cell("state", self._name(found), tone=tone(found.code))
        return Cell("coded", self._name(found), tone=found.color, more=found.icon, iso=found.code)

    def state(self, path: str, code: str) -> Cell:
        """Return the cell of a state, as the operator's register has it or as its code reads."""
        return self.cell(path, code) or state(code)

    def named(self, path: str, code: str) -> str:
        """Return what a code at a path is called, its words where no register has it."""
        register = self.bound.get(path)
        found = register.values.get(code) if register is not None else None
        return self._name(found) if found is not None else words(code)

    def _name(self, one: KnownValue) -> str:
        return one.called.within(spoken().code)


NOTHING = Governed({}, {}, datetime.min.replace(tzinfo=UTC))


def governed(work: Work, resource: Resource, document: dict[str, Json] | None = None) -> Governed:
    """Return what is governed of a kind of record, or of one whose document is known."""
    extras, held = extras_of(work, resource), registers_at(work, resource)
    known_profiles = profiles(work)
    if not known_profiles.on:
        return Governed(extras, held, work.now)
    record = None if document is None else resource.type.wrap(document)
    own = profile_of(work, record)
    return Governed(
        extras, held, work.now,
        known_profiles.hidden_attributes(resource.name, own),
        own.needed(resource.name, document or {}) if own is not None else frozenset(),
        known_profiles.picking(resource.name),
    )  # fmt: skip
