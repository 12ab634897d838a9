"""Worklists: queues of what waits for people, whatever they hold, as one declared noun.

A worklist says what it is called, who may see it, by what it can be grouped and what can be done.
Where its rows come from is its source: records of any kind (`record_source.py`), or a table of
their own. The page, the groups, the selection, the keys and the dialogs are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from trunkline.kernel.actor import Actor
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk, Visit
from trunkline.web.values import EMPTY, Cell
from trunkline.workspace.notes import Told

Tab: TypeAlias = Literal["all", "mine", "nobody", "overdue", "trying"]
Key: TypeAlias = tuple[str | None, ...]
Asks: TypeAlias = Literal["note", "why", "assignee", "due"]
"""What a deed wants to be told: a note that may be empty, one that may not, a person, a moment."""

TAB_TITLES: Mapping[Tab, str] = {
    "all": "All",
    "mine": "Mine",
    "nobody": "Nobody’s",
    "overdue": "Overdue",
    "trying": "Being tried",
}


@dataclass(frozen=True)
class Grouping:
    """A way to group a queue: its name in the address, its title, and the paths of its values."""

    name: str
    title: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Rows with the same values: how they read, how many, since when, and who has them."""

    key: Key
    parts: Sequence[str]
    count: int
    oldest: datetime | None = None
    owners: Sequence[str] = ()
    overdue: int = 0


@dataclass(frozen=True)
class Row:
    """One thing that waits.

    `ident` is what deeds name it by, `key` what people call it, if they do. `about` leads to what
    it belongs to, `said` is what went wrong or is to be done.
    """

    ident: str
    key: str
    address: str
    what: str
    under: str = ""
    said: str = ""
    about: Cell = EMPTY
    who: str = ""
    state: Cell = EMPTY
    due: datetime | None = None
    since: datetime | None = None
    owner: str = ""
    is_mine: bool = False
    number: int | None = None


@dataclass(frozen=True)
class Said:
    """What was asked for with a deed; `pairs` are named values that were typed."""

    note: str = ""
    assignee: str = ""
    due: datetime | None = None
    pairs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Deed:
    """Something that can be done about rows.

    `may` tells who may do it; `act` does it to rows in one transaction and returns whom to tell. A
    deed that asks for nothing is done at once to one row; of many it always asks.
    `key` is the action of `pages/keys.py` that does it. `done` says what was done (`%(count)s`).
    """

    name: str
    title: str
    done: str
    may: Callable[[Actor], bool]
    act: Callable[[Work, Sequence[str], Said], Sequence[Told]]
    asks: tuple[Asks, ...] = ()
    hint: str = ""
    key: str = ""
    is_first: bool = False
    danger: bool = False
    in_bar: bool = True


@dataclass(frozen=True)
class Look:
    """What of a queue is asked for: a tab, a grouping, and the key of one group or of none."""

    tab: Tab = "all"
    grouping: Grouping | None = None
    group: Key | None = None
    now: datetime | None = None


class Source(Protocol):
    """Where the rows of a queue come from."""

    def counts(self, work: Work, since: datetime | None) -> tuple[Mapping[Tab, int], int]:
        """Return how many rows each tab has, and how many came in after a moment."""

    def groups(self, work: Work, look: Look) -> list[Group]:
        """Return the groups, the one whose oldest row waits longest first."""

    def rows(self, desk: Desk, work: Work, look: Look, *, limit: int) -> list[Row]:
        """Return rows, the one that is due or waits longest first."""

    def idents(self, work: Work, look: Look, *, limit: int) -> list[str]:
        """Return what deeds name the rows by."""


@dataclass(frozen=True)
class Worklist:
    """A queue as its page shows it; `may_see` refuses (403) who may not.

    `peek` makes the values of the template `peek_template` for one row; where `has_page` it is
    shown as a page of its own, too. `begin` lets a job do something about many and returns the
    address of its page. `below` is a template that stands under the queue, of what `beside` says.
    """

    name: str
    title: str
    under: str
    empty: tuple[str, str]
    may_see: Callable[[Desk, Actor], None]
    source: Source
    groupings: tuple[Grouping, ...]
    deeds: tuple[Deed, ...]
    tabs: tuple[Tab, ...] = ("all", "mine", "nobody", "overdue")
    what: str = "What"
    about: str = "Order"
    shows: tuple[str, ...] = ("said", "state", "owner")
    peek: Callable[[Desk, Visit, Work, str], dict[str, Any]] | None = None
    peek_template: str = ""
    has_page: bool = True
    below: str = ""
    beside: Callable[[Work], dict[str, Any]] | None = None
    begin: Callable[[Desk, Visit, Deed, Sequence[str], Said], str] | None = None

    @property
    def address(self) -> str:
        """The address of its page."""
        return f"/{self.name}"

    def deed(self, name: str) -> Deed | None:
        """Return a deed by its name."""
        return next((one for one in self.deeds if one.name == name), None)

    def grouping(self, name: str) -> Grouping:
        """Return a grouping by its name, else the first."""
        return next((one for one in self.groupings if one.name == name), self.groupings[0])
