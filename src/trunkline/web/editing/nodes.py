"""Nodes: what a form shows: inputs, look-ups, groups of them and lists of groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Option:
    """One value of a choice, and how it reads; `translated` where the words are the program's."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class Input:
    """One value. `type` says which input: text, long, number, choice, radio, date, instant, …

    `picks` is the address of a panel with values to choose from.
    """

    name: str
    label: str
    type: str
    value: str = ""
    options: Sequence[Option] = ()
    required: bool = False
    hint: str = ""
    problems: Sequence[str] = ()
    at: str = ""
    again: bool = False
    length_max: int | None = None
    pattern: str = ""
    low: str = ""
    high: str = ""
    unit: str = ""
    fixed: bool = False
    rule: str = ""
    picks: str = ""
    kind: str = "input"

    @property
    def is_wide(self) -> bool:
        """Tell whether it takes the whole line."""
        return self.type in {"long", "lines", "boxes"}


@dataclass(frozen=True)
class LookUp:
    """A reference that is looked up as one types; `kinds` are the parts of its address."""

    path: str
    label: str
    address: str
    ident: str = ""
    text: str = ""
    own_name: str = ""
    referred_type: str = ""
    required: bool = False
    problems: Sequence[str] = ()
    at: str = ""
    again: bool = False
    hint: str = ""
    kind: str = "look-up"
    is_wide: bool = False


@dataclass(frozen=True)
class Group:
    """An object: its nodes, and those that are folded away. `present` False: it can be added."""

    path: str
    label: str
    nodes: Sequence[Node] = ()
    more: Sequence[Node] = ()
    more_open: bool = False
    present: bool = True
    marker: bool = True
    removable: bool = False
    in_line: bool = False
    bare: bool = False
    opened: bool = False
    origin: str = ""
    problems: Sequence[str] = ()
    at: str = ""
    kind: str = "group"

    @property
    def is_wide(self) -> bool:
        """Tell whether it takes the whole line."""
        return self.present and not self.in_line


@dataclass(frozen=True)
class Repeat:
    """A list of objects, each a group that can be taken away, and the way to add one."""

    path: str
    label: str
    one: str
    items: Sequence[Group] = ()
    required: bool = False
    problems: Sequence[str] = ()
    at: str = ""
    kind: str = "repeat"

    @property
    def is_wide(self) -> bool:
        """Tell whether it takes the whole line."""
        return bool(self.items or self.problems)


@dataclass(frozen=True)
class Members:
    """A value that is typed by its members. `rest` is what of it is not asked for, as JSON.

    `clear` is the step that takes it away, `file` tells that it may be one that is sent along.
    """

    name: str
    label: str
    nodes: Sequence[Node] = ()
    rest: str = ""
    required: bool = False
    hint: str = ""
    problems: Sequence[str] = ()
    at: str = ""
    again: bool = False
    picks: str = ""
    clear: str = ""
    file: bool = False
    kind: str = "members"
    is_wide: bool = True


@dataclass(frozen=True)
class Row:
    """One of several values; `clear` is the step that takes it away, empty for a spare one."""

    node: Node
    clear: str = ""


@dataclass(frozen=True)
class Several:
    """Several values of one name, each in an input of its own, with room for one more."""

    name: str
    label: str
    rows: Sequence[Row] = ()
    required: bool = False
    hint: str = ""
    problems: Sequence[str] = ()
    at: str = ""
    again: bool = False
    picks: str = ""
    grows: bool = True
    kind: str = "several"
    is_wide: bool = True


@dataclass(frozen=True)
class Shown:
    """A value that is not asked for, with the reason why."""

    label: str
    text: str
    why: str
    at: str = ""
    kind: str = "shown"
    is_wide: bool = True


Named = Input | Members | Several
Node = Named | LookUp | Group | Repeat | Shown


@dataclass(frozen=True)
class Part:
    """A titled part of a form."""

    title: str
    nodes: Sequence[Node] = field(default_factory=tuple)
    folded: bool = False
    problems: Sequence[str] = ()
