"""Asked values: what a form asks for by name where not the declaration but a record says what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work

Kind = Literal[
    "text", "integer", "decimal", "boolean", "date", "dateTime", "duration", "email", "object",
    "address", "attachment", "label", "json",
]  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One value to choose, and how it reads."""

    value: Json
    label: str


@dataclass(frozen=True)
class AskedValue:
    """A value that is asked for by its name: its kind, its bounds and what may be chosen.

    `most` None admits any number of values. A list as value is what `is_array` says. `low` and
    `high` bound a number, `pattern` a text. A `fixed` value is shown, not asked for. `members` are
    those of an object, `label` is what it is called where that is not in the words of its name.
    """

    name: str
    kind: Kind = "text"
    value_type: str = ""
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    least: int = 0
    most: int | None = 1
    is_array: bool = False
    pattern: str = ""
    low: str = ""
    high: str = ""
    unit: str = ""
    defaults: tuple[Json, ...] = ()
    fixed: bool = False
    members: tuple[AskedValue, ...] = ()
    label: str = ""

    @property
    def is_many(self) -> bool:
        """Tell whether there may be several values."""
        return self.is_array or self.most is None or self.most > 1

    def place_of(self, element: int, inner: str) -> str:
        """Return where a path inside the value of an element of this name lies: `Size[2].unit`.

        Where there are several elements of the name, `element` says which of them.
        """
        is_one_of = self.is_many and not self.is_array
        return f"{self.name}[{element}]{inner}" if is_one_of else f"{self.name}{inner}"


Offer = Callable[[Work], Sequence[Choice]]
"""Returns what may be chosen now where records, not the declaration, say so."""
Ask = Callable[[Work, dict[str, Json]], Sequence[AskedValue]]


@dataclass(frozen=True)
class NamedValues:
    """A list of `{name, valueType, value}` whose names and kinds are said by another record.

    `by` is the path of the reference to it; when that changes the form is asked for anew. `ask`
    returns what is asked of a document, nothing where it does not say.
    """

    path: str
    by: tuple[str, ...]
    ask: Ask
