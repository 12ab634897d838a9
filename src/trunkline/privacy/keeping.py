"""Keeping: which kinds of records the law wants kept though a person is erased, and how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, parse_instant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Meta, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.privacy.api import ERASE, PRIVACY
from trunkline.shared.extensible import Extensible

LEAP_DAY = (2, 29)


@dataclass(frozen=True)
class Kept:
    """A kind is kept for so many years since an instant that its records name, and why."""

    years: int
    since: str
    reason: str


_kept: dict[str, Kept] = {}


def keep(kind: type[Document], *, years: int, since: str, reason: str) -> None:
    """Say that records of a kind stay as they are for so many years after an erasure.

    `since` is the attribute from which the years count; without a value they count from when the
    record was made. The operator says other years by a keeping rule.
    """
    if since not in kind.by_json_name():
        raise TypeError(f"{kind.resource} has no attribute {since}")
    _kept[kind.resource.name] = Kept(years, since, reason)


@resource(
    api=PRIVACY,
    path="keepingRule",
    prefix="KPR",
    title="Keeping rule",
    promote=(Promoted("kind"),),
    label=("kind",),
    columns=("key", "kind", "years", "reason"),
)
class KeepingRule(Extensible, Document):
    """For how many years records of a `kind` are kept of a person who was erased, and why.

    It takes the place of what the program says of the kind: bills and payments stay ten years.
    With 0 years nothing of the kind is kept. Of two rules of a kind the newer counts.
    """

    kind: Annotated[str, Limits(length_max=60)]
    years: Annotated[int, Limits(minimum=0, maximum=100)]
    reason: Annotated[str, Limits(length_max=300)]


@rule(KeepingRule)
def rules_are_about_what_can_be_kept(
    work: Work, old: KeepingRule | None, new: KeepingRule
) -> Iterator[Fault]:
    """Refuse a rule of who does not answer for it, about a kind that is never kept."""
    del old
    work.actor.must_have(ERASE)
    if new.kind not in _kept:
        names = ", ".join(sorted(_kept))
        yield Fault("kind", "badValue", f"is none that may be kept; write one of: {names}")


def kept_reasons() -> frozenset[str]:
    """Return the reasons that the program gives for what it keeps."""
    return frozenset(one.reason for one in _kept.values())


def kept_kinds(work: Work) -> Mapping[str, Kept]:
    """Return by kind what is kept for how long, as the operator has it."""
    own = {one.kind: one for one in reversed(work.find(KeepingRule, {}))}  # the newest counts
    return {
        kind: Kept(own[kind].years, one.since, own[kind].reason) if kind in own else one
        for kind, one in _kept.items()
    }


def kept_until(kept: Kept, raw: Mapping[str, Any], meta: Meta) -> datetime | None:
    """Return until when a record is kept, from what it says of itself."""
    said = raw.get(kept.since)
    since = parse_instant(said) if isinstance(said, str) else meta.created_at
    if since is None:
        return None
    day = 28 if (since.month, since.day) == LEAP_DAY else since.day
    return since.replace(year=since.year + kept.years, day=day)
