"""Possible duplicates as a worklist: two records each, why they may be one, and what is decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work
from trunkline.matching.duplicate_pair import DuplicatePair
from trunkline.pages.language import say
from trunkline.rest.writing import change
from trunkline.web.desk import Desk
from trunkline.web.duplicates.reasons import in_words, percent
from trunkline.web.records import Record, matching
from trunkline.web.values import Cell
from trunkline.web.worklist.worklist import (
    Deed,
    Found,
    Grouping,
    Look,
    Row,
    Said,
    Seen,
    Source,
    Tab,
    Worklist,
)
from trunkline.workspace.notes import Told

ADDRESS = "/duplicates"
PATCH = "application/merge-patch+json"
TABS: tuple[Tab, ...] = ("open", "later", "done")
COLUMNS = {
    "likely": "case when t.p_score >= 0.99 then 'Certain' when t.p_score >= 0.95 "
    "then 'Very likely' else 'Likely' end",
    "kind": "t.p_kind",
}
SEEN = """
select t.id::text as id, t.created_at as since, null::timestamp as due, null::text as owner_name,
  false as in_late, t.p_state = 'open' as in_open, t.p_state = 'later' as in_later,
  t.p_state in ('notDuplicate', 'merged') as in_done, {value} as g0
from duplicate_pair t
"""


class PairSource(Source):
    """The pairs that wait for a decision, were put off or are decided."""

    def seen(self, desk: Desk, work: Work, look: Look) -> Seen:
        """Return all pairs: they belong to nobody."""
        work.actor.must(DuplicatePair.resource, "read")
        path = look.grouping.paths[0] if look.grouping is not None else "likely"
        return Seen(Sql(SEEN.replace("{value}", COLUMNS[path]), []), TABS)

    def rows(self, desk: Desk, work: Work, found: Sequence[Found]) -> list[Row]:
        """Return the pairs as rows."""
        idents = [one.id for one in found]
        listing = matching(work, DuplicatePair.resource, {"id": idents}, limit=max(len(found), 1))
        by_id = {one.id: one for one in listing.records} if listing is not None and found else {}
        return [pair_row(by_id[one.id], one) for one in found if one.id in by_id]


def pair_row(record: Record, found: Found | None = None) -> Row:
    """Return a pair as a row."""
    document = record.document
    names = [_name(document.get(one)) for one in ("first", "second")]
    what = say("%(first)s and %(second)s", first=names[0], second=names[1])
    if names[1] == "":
        what = names[0]
    return Row(
        ident=record.id,
        key=record.key,
        address=f"{ADDRESS}/{record.key}",
        what=what,
        under=say(str(document.get("kind") or "")),
        said=in_words(document.get("reason")),
        about=Cell("text", percent(document.get("score"))),
        since=found.since if found is not None else None,
    )


def _name(reference: Json) -> str:
    held: dict[str, Any] = reference if isinstance(reference, dict) else {}
    return str(held.get("name") or held.get("id") or "")


def decide(work: Work, ident: str, state: str, note: str) -> None:
    """Write down what was decided about a pair, as a client of the interface does."""
    document = work.lock(DuplicatePair, ident)
    patch: dict[str, Json] = {"state": state} | ({"note": note} if note else {})
    change(work, document, load(encode(patch)), PATCH)


def _deed(state: str) -> Callable[[Work, Sequence[str], Said], Sequence[Told]]:
    def act(work: Work, idents: Sequence[str], said: Said) -> Sequence[Told]:
        work.actor.must(DuplicatePair.resource, "update")
        for one in idents:
            decide(work, one, state, said.note)
        return ()

    return act


def _may(actor: Actor) -> bool:
    return actor.grant(DuplicatePair.resource, "update") is not None


def _may_see(_desk: Desk, actor: Actor) -> None:
    actor.must(DuplicatePair.resource, "read")


DEEDS = (
    Deed("deny", "Not the same", "%(count)s said to be two.", _may, _deed("notDuplicate"),
         ("why",), "Say why they are not the same; it stays with the pair."),
    Deed("later", "Later", "%(count)s put off.", _may, _deed("later"), ("note",)),
    Deed("open", "Open again", "%(count)s open again.", _may, _deed("open"), in_bar=True),
)  # fmt: skip
GROUPINGS = (
    Grouping("likely", "How likely", ("likely",)),
    Grouping("kind", "Kind", ("kind",), as_words=True),
)


def pair_worklist(peek: Callable[..., dict[str, Any]]) -> Worklist:
    """Return the queue; `peek` makes the values of one pair."""
    return Worklist(
        name="duplicates",
        title="Duplicates",
        under="Records that may be of the same person or company. Merge them, or say that they "
        "are two.",
        empty=("No duplicates wait.", "Pairs come in as records are made and changed. An "
               "administrator can let all records be looked through."),
        may_see=_may_see,
        source=PairSource(),
        groupings=GROUPINGS,
        deeds=DEEDS,
        tabs=TABS,
        what="Who",
        about="Likely",
        shows=("said", "since"),
        peek=peek,
        peek_template="duplicates_pair.html",
        above="duplicates_search.html",
        is_spread=True,
        beside=lambda work: {"may_find": work.actor.may("matching:find") is not None},
    )  # fmt: skip
