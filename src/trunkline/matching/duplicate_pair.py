"""Pairs: two records that may be one, for people to decide."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, many
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.matching.api import MATCHING
from trunkline.matching.match_keys import describe
from trunkline.matching.reference import MATCHED_NAMES, MatchedRef
from trunkline.matching.score import score
from trunkline.shared.extensible import Extensible
from trunkline.shared.own_hand import internal_note

PairState: TypeAlias = Literal["open", "later", "notDuplicate", "merged"]
PAIR_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="open",
    moves={
        "open": ("later", "notDuplicate", "merged"),
        "later": ("open", "notDuplicate", "merged"),
        "notDuplicate": ("open", "merged"),
        "merged": ("notDuplicate",),
    },
    on_request=frozenset({"open", "later", "notDuplicate"}),
)
LOCK = "select pg_advisory_xact_lock(7240015131)"
"""Whoever looks for pairs and keeps them does it one at a time, so that none is kept twice."""
PAIRED = """
select f.target::text, s.target::text, f.source::text from matching_reference f
join matching_reference s on s.source = f.source and s.type = f.type and s.path = 'second'
join unnest(%s::uuid[], %s::uuid[]) w (first, second) on f.target = w.first and s.target = w.second
where f.type = 'DuplicatePair' and f.path = 'first'
"""


@resource(
    api=MATCHING,
    data_class="personal",
    path="duplicatePair",
    prefix="DUP",
    operations=("list", "retrieve", "create", "patch"),
    lifecycle=PAIR_LIFECYCLE,
    server_sets=("kind", "score", "reason", "merge"),
    immutable=("first", "second"),
    promote=(Promoted("state"), Promoted("kind"), Promoted("score", "number")),
    label=("kind",),
    columns=("key", "kind", "first.name", "second.name", "score", "state"),
)
class DuplicatePair(Extensible, Document):
    """Two records that may be one: how likely, why, and what was decided.

    `second` is gone when the two were merged; `merge` is the key of the merge then.
    """

    first: MatchedRef
    second: MatchedRef | None = None
    kind: str | None = None
    score: Decimal | None = None
    reason: list[str] = many()
    state: PairState | None = None
    note: Annotated[str | None, PERSONAL] = None
    merge: str | None = None


internal_note(DuplicatePair, "note")


@enrich(DuplicatePair)
def pair_is_scored(work: Work, pair: DuplicatePair) -> None:
    """Put the older one first, and say how likely they are one where that is not said."""
    if pair.second is None or pair.score is not None:
        return
    if pair.second.id < pair.first.id:
        pair.raw["first"], pair.raw["second"] = pair.raw["second"], pair.raw["first"]
    kind = str(pair.first.referred_type)
    pair.raw["kind"] = kind
    idents = [pair.first.id, pair.second.id]
    if kind in MATCHED_NAMES and all(UUID.match(one) for one in idents):
        found = describe(work.connection, work.services.registry[kind], idents)
        if len(found) == 2:
            told = score(found[idents[0]].features, found[idents[1]].features)
            pair.raw["score"], pair.raw["reason"] = told.points, list(told.reasons)


@rule(DuplicatePair)
def pair_is_of_two_of_a_kind(
    work: Work, old: DuplicatePair | None, new: DuplicatePair
) -> Iterator[Fault]:
    """Refuse a record with itself or with one of another kind, and a pair that is there already."""
    if old is not None:
        return
    if new.second is None:
        yield Fault("second", "missing", "is required; name the other record")
        return
    if new.first.id == new.second.id:
        yield Fault("second.id", "sameRecord", "is the first one itself; name another record")
    if new.first.referred_type != new.second.referred_type:
        yield Fault("second.id", "otherKind", "must be of the same kind as the first one")
    named = [new.first.id, new.second.id]
    if not work.kept.get(Looked) and all(UUID.match(one) for one in named):
        work.connection.execute(LOCK)
        row = work.connection.execute(PAIRED, [named[:1], named[1:]]).fetchone()
        if row is not None:
            message = f"pair {row[2]} has these two already; decide about that one"
            yield Fault("second.id", "conflictPair", message)


@rule(DuplicatePair)
def denied_pair_says_why(
    _work: Work, old: DuplicatePair | None, new: DuplicatePair
) -> Iterator[Fault]:
    """Refuse to say that two are not one without a note on why."""
    is_new = old is None or old.state != "notDuplicate"
    if new.state == "notDuplicate" and is_new and not (new.note or "").strip():
        yield Fault("note", "noteMissing", "say why these two are not the same")


class Looked:
    """Stands in `kept` of a transaction that has looked for the pairs that are there."""
