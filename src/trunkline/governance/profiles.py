"""The profiles that are on, read once per generation, and which of them a record goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from trunkline.documents.condition import Rule, RuleFailed, named_in, rule_of
from trunkline.documents.shape import Json
from trunkline.governance.configured import all_on, configured
from trunkline.governance.operating_models import kinds_of_others, known_models
from trunkline.governance.profile import Profile
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work

RECORD = ("record",)
Subject = Callable[[Any, Any], Document | None]
F = TypeVar("F", bound=Subject)


@dataclass(frozen=True)
class Asked:
    """One thing that a profile asks of records of a kind: a value at a path, or a check."""

    attribute: str
    check: str
    condition: Rule | None
    message: str

    def concerns(self, record: Mapping[str, Json]) -> bool:
        """Tell whether it is asked of this record; not where its condition cannot be told."""
        return _holds(self.condition, record)


@dataclass(frozen=True)
class InForce:
    """One profile that is on, its texts compiled."""

    code: str
    name: str
    condition: Rule | None
    kinds: frozenset[str]
    attributes: frozenset[tuple[str, str]]
    pages: frozenset[str]
    shown: frozenset[str]
    model: str
    asked: Mapping[str, Sequence[Asked]]

    def needed(self, kind: str, record: Mapping[str, Json]) -> frozenset[str]:
        """Return the attributes that it asks a record of a kind for."""
        asked = self.asked.get(kind, ())
        return frozenset(one.attribute for one in asked if one.attribute and one.concerns(record))

    def works_by(self, models: Sequence[str], page: str) -> bool:
        """Tell whether a page that is made for some ways of working is needed in this one."""
        return not models or not self.model or self.model in models or page in self.shown

    def is_for(self, subject: Mapping[str, Json]) -> bool:
        """Tell whether it is meant for whom a record is about."""
        return _holds(self.condition, subject)


@dataclass(frozen=True)
class Profiles:
    """All profiles that are on, in their order."""

    on: Sequence[InForce] = ()

    def hides_kind(self, kind: str) -> bool:
        """Tell whether no way of working needs a kind of record."""
        return bool(self.on) and all(kind in one.kinds for one in self.on)

    def hides_page(self, page: str, models: Sequence[str]) -> bool:
        """Tell whether no way of working needs a page that is made for some of them."""
        return bool(self.on) and not any(one.works_by(models, page) for one in self.on)

    def pages_of_none(self) -> frozenset[str]:
        """Return the pages that no way of working needs."""
        pages = [one.pages for one in self.on]
        return frozenset.intersection(*pages) if pages else frozenset()

    def picking(self, kind: str) -> frozenset[str]:
        """Return the attributes of a kind that profiles ask about to see what they ask for."""
        rules = [one.condition for one in self.on]
        rules += [each.condition for one in self.on for each in one.asked.get(kind, ())]
        texts = (one.text for one in rules if one is not None)
        return frozenset().union(*map(named_in, texts))

    def hidden_attributes(self, kind: str, own: InForce | None) -> frozenset[str]:
        """Return what is left out by one profile, or by all of them where none is known."""
        of = [own] if own is not None else self.on
        hidden = [frozenset(path for name, path in one.attributes if name == kind) for one in of]
        return frozenset.intersection(*hidden) if hidden else frozenset()


_subjects: dict[str, Subject] = {}


def profiled(*types: type[Document]) -> Callable[[F], F]:
    """Declare whom records of a kind are about: `subject(work, record)` returns that record.

    None where it is about nobody; the record itself where it is its own subject.
    """

    def attach(subject: F) -> F:
        for one in types:
            _subjects[one.resource.name] = subject
        return subject

    return attach


def profiles(work: Work) -> Profiles:
    """Return the profiles that are on."""
    return configured(work, Profiles, read_profiles)


def profile_of(work: Work, record: Document | None) -> InForce | None:
    """Return the profile that a record goes by; the only one that is on holds for everything."""
    on = profiles(work).on
    if len(on) < 2:
        return on[0] if on else None
    subject = _subjects.get(record.resource.name) if record is not None else None
    about = subject(work, record) if subject is not None else None
    if about is None:
        return None
    return next((one for one in on if one.is_for(about.raw)), None)


def needs_kind(work: Work, record: Document, kind: str) -> bool:
    """Tell whether the way of working of a record has use for a kind of record."""
    own = profile_of(work, record)
    return kind not in own.kinds if own is not None else not profiles(work).hides_kind(kind)


def read_profiles(connection: Any) -> Profiles:
    """Return the profiles that are on as the database has them."""
    return Profiles(tuple(in_force(one) for one in all_on(connection, Profile)))


def in_force(profile: Profile) -> InForce:
    """Return a profile ready to be asked; its texts were found good when it was written."""
    hidden, model = profile.hidden, profile.operating_model or profile.code
    model = model if model in known_models() else ""
    of_others = frozenset(kinds_of_others(model)) if model else frozenset()
    shown = frozenset(one.applies_to for one in profile.shown if one.applies_to)
    asked: dict[str, list[Asked]] = {}
    for one in profile.needed:
        asked.setdefault(one.applies_to, []).append(
            Asked(one.attribute, "", rule_of(one.condition, RECORD), one.message or "")
        )
    for each in profile.check:
        asked.setdefault(each.applies_to, []).append(
            Asked("", each.check, rule_of(each.condition, RECORD), "")
        )
    return InForce(
        code=profile.code,
        name=profile.name,
        condition=rule_of(profile.condition, RECORD),
        kinds=(of_others - shown)
        | frozenset(h.applies_to for h in hidden if h.applies_to and not h.attribute),
        attributes=frozenset((h.applies_to, h.attribute) for h in hidden
                             if h.applies_to and h.attribute),
        pages=frozenset(h.page for h in hidden if h.page),
        shown=frozenset(h.page for h in profile.shown if h.page),
        model=model,
        asked=asked,
    )  # fmt: skip


def _holds(condition: Rule | None, record: Mapping[str, Json]) -> bool:
    if condition is None:
        return True
    try:
        return condition.holds({"record": record})
    except RuleFailed:
        return False
