"""Finding ahead: several searches of a page in one statement, kept for the functions that ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.shape import Json
from trunkline.kernel.filters import Condition, Schema
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.screens.read_ahead import keep_sought
from trunkline.web.records import Branch, naming_any, select_each


@dataclass(frozen=True)
class Search:
    """What `Work.find` is going to be asked for: paths that end in `.id` name records of ours."""

    kind: type[Document]
    wanted: Mapping[str, Json]
    limit: int


def find_ahead(
    work: Work, searches: Sequence[Search], branches: Sequence[Branch] = ()
) -> list[list[Document]]:
    """Read searches and branches in one statement; keep the one, return what the others found.

    Kinds that the visitor may not read at all are not searched ahead.
    """
    readable = [one for one in searches if work.actor.grant(one.kind.resource, "read") is not None]
    found = select_each(work, [*branches, *(branch_of(work, one) for one in readable)])
    for search, records in zip(readable, found[len(branches) :], strict=True):
        keep_sought(work, search.kind, search.wanted, search.limit, records)
    return found[: len(branches)]


def branch_of(work: Work, search: Search) -> Branch:
    """Return the branch that finds what a search would, newest first."""
    resource, schema = search.kind.resource, Schema(search.kind.resource)
    texts: list[str] = []
    parameters: list[Any] = []
    for path, value in search.wanted.items():
        values = [*value] if isinstance(value, list) else [value]
        if path.endswith(".id"):
            one = naming_any(resource, path.removesuffix(".id"), map(str, values))
            text, own = one.text, [*one.parameters]
        else:
            condition = Condition(path, *schema.leaf(path), "eq", tuple(values))
            sql = work.filtered(resource, [condition])
            text, own = sql.text, sql.parameters
        texts.append(text)
        parameters += own
    text = " and ".join(texts) or "true"
    return Branch(resource, text, parameters, f"order by t.id desc limit {int(search.limit)}")
