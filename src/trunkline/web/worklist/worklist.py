"""Worklists: queues of what waits for people, whatever they hold, as one declared noun.

A worklist says what it is called, who may see it, by what it can be grouped and what can be done.
Where its rows come from is its source: records of any kind (`record_source.py`), or a table of
their own. The page, the groups, the selection, the keys and the dialogs are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk, Visit
from trunkline.web.values import EMPTY, Cell
from trunkline.web.wording import words
from trunkline.workspace.notes import Told

Tab: TypeAlias = Literal[
    "all", "mine", "nobody", "overdue", "trying", "open", "given", "done", "later"
]
Key: TypeAlias = tuple[str | None, ...]
Asks: TypeAlias = Literal["note", "why", "assignee", "due", "message"]
"""What a deed wants to be told: a note that may be empty, one that may not, a person, a moment,
what a customer is told."""

TAB_TITLES: Mapping[Tab, str] = {
    "all": "All",
    "mine": "Mine",
    "nobody": "Nobody’s",
    "overdue": "Overdue",
    "trying": "Being tried",
    "open": "To do",
    "given": "Given to others",
    "done": "Done",
    "later": "Later",
}


@dataclass(frozen=True)
class Grouping:
    """A way to group a queue: its name in the address, its title, and the paths of its values.

    With `as_words` the first value is a name of the program's own, which is told in words. The
    heading is the value at `led_by`, told likewise; where a group has none there, the first.
    `told` tells a value in words.
    """

    name: str
    title: str
    paths: tuple[str, ...]
    as_words: bool = False
    led_by: int = 0
    told: Callable[[str], str] = words


@dataclass(frozen=True)
class Filter:
    """Something that a queue may be narrowed by: a text, a number, or one of some options.

    `options` are values with what they are called; where there are none, those of the worklist's
    `options` are offered, or anything may be typed.
    """

    name: str
    title: str
    kind: Literal["text", "number", "choice"] = "text"
    options: tuple[tuple[str, str], ...] = ()


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
    """What was asked for with a deed; `pairs` are named values that were typed.

    `subject` and `message` are what the customer is told besides.
    """

    note: str = ""
    assignee: str = ""
    due: datetime | None = None
    pairs: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    message: str = ""


@dataclass(frozen=True)
class Deed:
    """Something that can be done about rows.

    `may` tells who may do it; `act` does it to rows in one transaction and returns whom to tell. A
    deed that asks for nothing is done at once to one row; of many it always asks.
    `key` is the action of `pages/keys.py` that does it. `done` says what was done (`%(count)s`).
    `and_tell` tells who may tell the customer of it in the same go.
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
    and_tell: Callable[[Actor], bool] | None = None


@dataclass(frozen=True)
class Look:
    """What of a queue is asked for: a tab, a grouping, and the key of one group or of none.

    `narrowed` holds values by the names of filters.
    """

    tab: Tab = "all"
    grouping: Grouping | None = None
    group: Key | None = None
    now: datetime | None = None
    narrowed: Mapping[str, str] = field(default_factory=dict)


class Found(NamedTuple):
    """Something that waits: its id, since when, what more its source wants to know, its group."""

    id: str
    since: datetime | None
    more: Json
    key: Key = ()


@dataclass(frozen=True)
class Seen:
    """What of a queue its visitor may see, as a statement with one row for each thing.

    Its columns are `id`, `since`, `due`, `owner_name`, `in_late`, `in_{tab}` for each of the
    `tabs`, and `g0` to `g{width - 1}`, by which it is grouped. `more` is JSON of its row `s`.
    With `soonest_first` groups stand by what is due first in them, not by what waits longest. Where
    a `place` is named, rows and groups stand by that column instead, the least first.
    """

    sql: Sql
    tabs: tuple[Tab, ...]
    width: int = 1
    more: Sql = field(default_factory=lambda: Sql("null::json"))
    soonest_first: bool = False
    place: str = ""


class Source(Protocol):
    """Where the rows of a queue come from."""

    @contextmanager
    def reading(self, work: Work) -> Iterator[Any]:
        """Read within the visitor's own reach."""
        yield work.connection

    def seen(self, desk: Desk, work: Work, look: Look) -> Seen:
        """Return what is in the queue for who looks at it."""

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return what was found as rows, in its order."""


class WholeSource(Source, Protocol):
    """A source that belongs to nobody: only who operates the installation is let in."""

    @contextmanager
    def reading(self, work: Work) -> Iterator[Any]:
        """Read beside the visitor's transaction, without a reach."""
        pool = work.services.database.app
        with pool.connection() as connection, connection.transaction():
            yield connection


@dataclass(frozen=True)
class Worklist:
    """A queue as its page shows it; `may_see` refuses (403) who may not.

    `peek` makes the values of the template `peek_template` for one row; where `has_page` it is
    shown as a page of its own, too. `begin` lets a job do something about many and returns the
    address of its page. `above` and `below` are templates that stand around the queue, of what
    `beside` says. One that `is_spread` shows the rows of all its groups. `texts` are what messages
    to customers begin with. `filters` are what it may be narrowed by. `group_page` gives the
    address of the page of a group in a grouping, empty where it has none.
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
    shows: tuple[str, ...] = ("said", "state", "since", "owner")
    peek: Callable[[Desk, Visit, Work, str], dict[str, Any]] | None = None
    peek_template: str = ""
    has_page: bool = True
    above: str = ""
    below: str = ""
    is_spread: bool = False
    beside: Callable[[Work], dict[str, Any]] | None = None
    begin: Callable[[Desk, Visit, Deed, Sequence[str], Said], str] | None = None
    texts: Callable[[Work], Sequence[Mapping[str, str]]] | None = None
    filters: tuple[Filter, ...] = ()
    options: Callable[[Work], Mapping[str, Sequence[tuple[str, str]]]] | None = None
    group_page: Callable[[Grouping, Key], str] | None = None

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
