"""Addresses of lists: everything that a list shows stands in its query string."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from trunkline.kernel.filters import Schema
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.query import RESERVED, split_piece, split_values
from trunkline.screens.values_at import picked_by
from trunkline.web.wording import nested, words

PAGE = 50
PAGES = (25, 50, 100, 200)
FREE = ("_attribute", "_operator", "_value")
OWN = ("q", "group", "columns", "view", "edited")
PLAIN = (*OWN, "sort", "limit", "offset", "after")
PATTERNS = {"contains": "", "begins": "^"}
DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
IGNORED = {"done"}


@dataclass(frozen=True)
class Term:
    """One filter as the address says it."""

    path: str
    operator: str
    value: str

    @property
    def name(self) -> str:
        """The name that it has in the address."""
        return self.path if self.operator == "eq" else f"{self.path}.{self.operator}"


@dataclass(frozen=True)
class Address:
    """The query string of a list: its filters, its look, and where in the list it is.

    `view` is the saved view that says all the rest; `edited` the one that this began as.
    """

    terms: tuple[Term, ...] = ()
    plain: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.plain.get(name, "")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it names, in their order; none for those of the person."""
        return tuple(one for one in self["columns"].split(",") if one)

    def query(self, terms: Iterable[Term] | None = None, **others: str | int) -> str:
        """Return the query string with something else chosen, `?` included; from the first page."""
        plain = {name: self[name] for name in PLAIN if name not in {"offset", "after"}}
        plain |= {name: str(value) for name, value in others.items()}
        pairs = [(one.name, one.value) for one in (self.terms if terms is None else terms)]
        kept = [(name, value) for name, value in [*pairs, *plain.items()] if value not in ("", "0")]
        return "?" + urlencode(kept, quote_via=quote, safe=",:") if kept else "?"

    @property
    def state(self) -> str:
        """What a saved view keeps of it: everything but where in the list it is."""
        return self.query(view="", edited="", limit="").removeprefix("?")

    def within(self, view: str, state: str) -> Address:
        """Return the address of a view's state at the place that this one names."""
        found, _ = read_address(state)
        place = {name: self[name] for name in ("limit", "offset", "after")}
        return replace(found, plain={**found.plain, **place, "edited": view})


def read_address(text: str) -> tuple[Address, bool]:
    """Return what a query string says, and whether it is to be replaced by a plainer one.

    A form sends empty fields and free rows; the plainer address says only what is chosen.
    """
    terms: list[Term] = []
    plain: dict[str, str] = {}
    free: dict[str, list[str]] = {name: [] for name in FREE}
    untidy = False
    for piece in text.split("&"):
        if not piece:
            continue
        name, operator, value = split_piece(piece)
        if name in FREE:
            free[name].append(value.strip())
            untidy = True
        elif operator == "eq" and (name in RESERVED or name in PLAIN):
            plain[name] = value.strip()
            untidy = untidy or not value
        elif operator == "eq" and name in IGNORED:
            continue
        elif value.strip() == "":
            untidy = True
        else:
            terms.append(_term(name, operator, value))
    terms += _free_terms(free)
    return Address(tuple(dict.fromkeys(terms)), plain), untidy


def _term(name: str, operator: str, value: str) -> Term:
    for one in PATTERNS:
        if operator == "eq" and name.endswith(f".{one}"):
            return Term(name.removesuffix(f".{one}"), one, value.strip())
    return Term(name, operator, value)


def _free_terms(free: dict[str, list[str]]) -> list[Term]:
    """Return the filters of free rows; several values of one row are alternatives."""
    if len(free["_attribute"]) == 1 == len(free["_operator"]):
        path, operator = free["_attribute"][0], free["_operator"][0]
        values = [quoted(one) if operator in {"eq", "ne"} else one for one in free["_value"] if one]
        joined = ",".join(values) if operator in {"eq", "ne"} else "".join(values[:1])
        return [Term(path, operator, joined)] if path and joined else []
    rows = zip(free["_attribute"], free["_operator"], free["_value"], strict=False)
    return [Term(path, operator, value) for path, operator, value in rows if path and value]


def quoted(value: str) -> str:
    """Return one value as it stands among alternatives: in quotes if it would read as several."""
    is_bare = split_values(value, "eq") == [value]
    mark = next((one for one in "\"'" if one not in value), "")
    return value if is_bare or not mark else f"{mark}{value}{mark}"


def for_kernel(address: Address, resource: Resource, zone: ZoneInfo) -> str:
    """Return the query string that the kernel understands: pattern for contains, zoned days."""
    pairs: list[tuple[str, str]] = []
    for term in address.terms:
        if term.operator in PATTERNS:
            pattern = "(?i)" + PATTERNS[term.operator] + _literally(term.value)
            pairs.append((f"{term.path}.regex", pattern))
        elif DAY.match(term.value) and kind_of(resource, term.path) == "instant":
            pairs.append((term.name, _start_of_day(term.value, zone)))
        else:
            pairs.append((term.name, term.value))
    pairs += [("sort", address["sort"]), ("limit", address["limit"] or str(PAGE))]
    pairs += [("offset", address["offset"]), ("after", address["after"])]
    return urlencode([one for one in pairs if one[1] != ""], quote_via=quote)


def _literally(text: str) -> str:
    """Return a pattern that finds a text as it is; a backslash stands in brackets for safety."""
    return "".join(
        r"[\\]" if one == "\\" else f"[{one}]" if one in ".*+?()[]{}|$" else rf"\{one}"
        if one == "^" else one
        for one in text
    )  # fmt: skip


def _start_of_day(day: str, zone: ZoneInfo) -> str:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=zone).isoformat()
    except ValueError:
        return day


def kind_of(resource: Resource, path: str) -> str:
    """Return the kind of value at a path; empty where nothing is declared."""
    try:
        return Schema(resource).leaf(path)[1]
    except KeyError:
        return ""


def schema_of(work: Work, resource: Resource) -> Schema:
    """Return what a list of a resource may be filtered by, run-time attributes included."""
    own = work.defined(resource)
    return Schema(
        resource,
        {name: one.kind for name, one in own.items()},
        page_default=PAGE,
        page_max=min(PAGES[-1], work.services.page_max),
    )


def path_words(path: str) -> str:
    """Return a dotted path as words; of what is picked out of a list, what it is picked by."""
    own = {"key": "Key", "id": "Identifier", "createdAt": "Created", "updatedAt": "Changed"}
    picked = picked_by(path)
    return own.get(path) or (words(picked) if picked else nested(*path.split(".")))
