"""List queries: an address's query string to the kernel's query, and back to links and fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from trunkline.documents.paths import walk_path
from trunkline.kernel.filters import OWN_COLUMNS, Schema
from trunkline.kernel.masks import Mask, is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.query import RESERVED, split_piece
from trunkline.web.wording import words

PAGE = 50
PAGES = (25, 50, 100, 200)
FREE = ("_attribute", "_operator", "_value")
FREE_OPERATORS = (
    ("eq", "is"), ("ne", "is not"), ("contains", "contains"), ("gt", "is more than"),
    ("gte", "is at least"), ("lt", "is less than"), ("lte", "is at most"),
)  # fmt: skip
SAYING = {**dict(FREE_OPERATORS), "regex": "matches"}
CONTAINS = ".contains"
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
    """The query string of a list: its filters, its sort and where in the list it is."""

    terms: tuple[Term, ...] = ()
    sort: str = ""
    offset: str = ""
    limit: str = ""
    after: str = ""

    def query(
        self,
        *,
        terms: Iterable[Term] | None = None,
        sort: str | None = None,
        offset: int = 0,
        after: str = "",
    ) -> str:
        """Return the query string of the same list with something else chosen, `?` included."""
        pairs = [(one.name, one.value) for one in (self.terms if terms is None else terms)]
        pairs.append(("sort", self.sort if sort is None else sort))
        pairs.append(("limit", self.limit))
        pairs.append(("offset", str(offset) if offset else ""))
        pairs.append(("after", after))
        kept = [(name, value) for name, value in pairs if value != ""]
        return "?" + urlencode(kept, quote_via=quote, safe=",:") if kept else "?"


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
        elif operator == "eq" and name in RESERVED:
            plain[name] = value
            untidy = untidy or not value
        elif operator == "eq" and name in IGNORED:
            continue
        elif value.strip() == "":
            untidy = True
        else:
            terms.append(_term(name, operator, value))
    terms += _free_terms(free)
    address = Address(
        tuple(terms), plain.get("sort", ""), plain.get("offset", ""), plain.get("limit", ""),
        plain.get("after", ""),
    )  # fmt: skip
    return address, untidy


def _term(name: str, operator: str, value: str) -> Term:
    if operator == "eq" and name.endswith(CONTAINS) and name != CONTAINS:
        return Term(name.removesuffix(CONTAINS), "contains", value.strip())
    return Term(name, operator, value)


def _free_terms(free: dict[str, list[str]]) -> list[Term]:
    rows = zip(free["_attribute"], free["_operator"], free["_value"], strict=False)
    return [Term(path, operator, value) for path, operator, value in rows if path and value]


def for_kernel(address: Address, resource: Resource, zone: ZoneInfo) -> str:
    """Return the query string that the kernel understands: pattern for contains, zoned days."""
    pairs: list[tuple[str, str]] = []
    for term in address.terms:
        if term.operator == "contains":
            pairs.append((f"{term.path}.regex", "(?i)" + _literally(term.value)))
        elif DAY.match(term.value) and _kind(resource, term.path) == "instant":
            pairs.append((term.name, _start_of_day(term.value, zone)))
        else:
            pairs.append((term.name, term.value))
    pairs += [("sort", address.sort), ("limit", address.limit or str(PAGE))]
    pairs += [("offset", address.offset), ("after", address.after)]
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


def _kind(resource: Resource, path: str) -> str:
    try:
        return Schema(resource).leaf(path)[1]
    except KeyError:
        return ""


def schema_of(work: Work, resource: Resource) -> Schema:
    """Return what a list of a resource may be filtered by, run-time attributes included."""
    runtime = work.services.configuration(work.connection, work.generation).runtime
    own = runtime.get(resource.name, {})
    return Schema(
        resource,
        {name: one.kind for name, one in own.items()},
        page_default=PAGE,
        page_max=min(PAGES[-1], work.services.page_max),
    )


def fields_of(resource: Resource, hidden: Mask | None, address: Address) -> list[dict[str, Any]]:
    """Return the fields of the filter box: one for each attribute that is quick to filter by."""
    found: list[dict[str, Any]] = [
        {"kind": "text", "name": "key", "label": "Key", "value": _value(address, "key", "eq")}
    ]
    for one in resource.promote:
        if hidden is not None and is_hidden(hidden, one.path):
            continue
        label = path_words(one.path)
        if one.kind == "instant":
            for operator, word in (("gte", "from"), ("lt", "before")):
                name, value = f"{one.path}.{operator}", _value(address, one.path, operator)
                found.append(
                    {"kind": "day", "name": name, "label": f"{label} {word}", "value": value}
                )
            continue
        choices = choices_of(resource, one.path)
        if one.kind == "boolean":
            choices = ("true", "false")
        if choices:
            value = _value(address, one.path, "eq")
            options = [{"value": c, "label": words(c)} for c in choices]
            found.append(
                {"kind": "choice", "name": one.path, "label": label, "value": value,
                 "options": options}
            )  # fmt: skip
            continue
        operator = "eq" if one.kind == "number" else "contains"
        name = one.path if operator == "eq" else one.path + CONTAINS
        value = _value(address, one.path, operator)
        found.append({"kind": "text", "name": name, "label": label, "value": value})
    return found


def choices_of(resource: Resource, path: str) -> tuple[str, ...]:
    """Return the values that an attribute may have, where they are a closed list."""
    try:
        return walk_path(resource.type, path)[-1].attribute.choices
    except KeyError:
        return ()


def chips_of(address: Address) -> list[dict[str, str]]:
    """Return the filters in force, each with the address of the list without it."""
    return [
        {
            "text": f"{path_words(one.path)} {SAYING.get(one.operator, one.operator)} {one.value}",
            "without": address.query(terms=[term for term in address.terms if term is not one]),
        }
        for one in address.terms
    ]


def _value(address: Address, path: str, operator: str) -> str:
    for one in address.terms:
        if one.path == path and one.operator == operator:
            return one.value
    return ""


def path_words(path: str) -> str:
    """Return a dotted path as words."""
    own = {"key": "Key", "id": "Id", "createdAt": "Created", "updatedAt": "Changed"}
    return own.get(path) or " ".join(
        words(part) if index == 0 else words(part).lower()
        for index, part in enumerate(path.split("."))
    )


def heads_of(resource: Resource, columns: Sequence[str], address: Address) -> list[dict[str, str]]:
    """Return the heads of a list's columns: title, link that sorts by it, and how it sorts now."""
    heads = []
    for path in columns:
        now = {path: "ascending", "+" + path: "ascending", "-" + path: "descending"}.get(
            address.sort, "none"
        )
        other = path if now == "descending" else "-" + path
        if now == "none":
            other = "-" + path if _kind(resource, path) == "instant" else path
        link = address.query(sort=other) if _is_sortable(resource, path) else ""
        heads.append({"title": path_words(path), "link": link, "now": now})
    return heads


def _is_sortable(resource: Resource, path: str) -> bool:
    if path in OWN_COLUMNS or any(one.path == path for one in resource.promote):
        return True
    try:
        steps, kind = Schema(resource).leaf(path)
    except KeyError:
        return False
    named_live = path.endswith(".name") and any(
        step.attribute.shape is not None and step.attribute.shape.targets for step in steps
    )
    return kind != "object" and not any(one.is_list for one in steps) and not named_live
