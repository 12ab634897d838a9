"""Possible duplicates: who is there already that a record to be made may be, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.errors import Fault, Forbidden, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Resource
from trunkline.kernel.select import may_reach
from trunkline.kernel.session import is_narrow
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.matching.api import CHECK
from trunkline.matching.blocking import keys_of
from trunkline.matching.features import Features, features_of
from trunkline.matching.match_keys import Described, alike, describe, secret_of
from trunkline.matching.reference import MATCHED_NAMES
from trunkline.matching.score import Score, score

SHOWN_MAX = 10
SHOWN_FROM = 0.6
"""People are shown more than what is queued: they see at once who it is."""
SHARED = frozenset({"sameEmail", "samePhone"})
BORN = frozenset({"sameBirthDate", "similarBirthDate"})
NAMED = frozenset({"sameName", "similarName", "swappedName"})


@dataclass(frozen=True)
class Possible:
    """A record that may be the one that is asked about."""

    resource: Resource
    id: str
    key: str
    name: str
    score: Score


def matched_kind(work: Work, name: Json) -> Resource:
    """Return a kind of record that is matched, by its name; refuses every other (400)."""
    if name not in MATCHED_NAMES:
        message = f"takes one of: {', '.join(MATCHED_NAMES)}"
        raise Invalid.of([Fault("@type", "badValue", message, MATCHED_NAMES)])
    return work.services.registry[str(name)]


def must_check(work: Work, resource: Resource) -> None:
    """Refuse (403) who may not ask who is there, or sees nothing personal of them."""
    work.actor.must_have(CHECK)
    if "personal" not in work.actor.must(resource, "read").sees:
        raise Forbidden("notAllowed", "possible duplicates are told by personal values")


def possible_duplicates(
    work: Work, resource: Resource, sent: Mapping[str, Json], *, apart: Sequence[str] = (),
    least: float | None = None,
) -> list[Possible]:  # fmt: skip
    """Return who is there that a record may be, likeliest first, within the reach of who asks.

    Nothing is told of who is out of reach. `least` is how likely they must be; without it also
    those are told of whom one thing hints at it (`hints`), whatever their likelihood.
    """
    must_check(work, resource)
    features = _features(work, sent)
    found = _seen(work, resource, candidates(work, resource, features, apart=apart))
    scored = [(one, score(features, one.features)) for one in found]
    bound = SHOWN_FROM if least is None else least
    likely = sorted(
        (
            (one, told)
            for one, told in scored
            if told.value >= bound or (least is None and hints(features, one.features, told))
        ),
        key=lambda each: -each[1].value,
    )
    return [
        Possible(resource, one.id, one.key, label_of(resource, dict(one.document)) or one.key, told)
        for one, told in likely[:SHOWN_MAX]
    ]


def hints(one: Features, other: Features, told: Score) -> bool:
    """Tell whether one thing alone hints that two are one, for people who decide at once; pure.

    An e-mail address or a phone number that both have, under whatever name, or a name with a date
    of birth of which day and month are swapped or a digit is another one. Two persons whose dates
    of birth are others are two, as those of a household who share a line.
    """
    reasons = {*told.reasons}
    if one.born and other.born and not reasons & BORN:
        return False
    return bool(reasons & SHARED) or (bool(reasons & NAMED) and "similarBirthDate" in reasons)


def candidates(
    work: Work, resource: Resource, features: Features, *, apart: Sequence[str] = ()
) -> list[Described]:
    """Return the records that share a match key with what is described, whoever may see them."""
    if is_narrow(work.actor):
        with work.services.database.app.connection() as connection:
            keys = keys_of(resource.name, features, secret_of(work.services, connection))
            return alike(connection, resource, keys, apart=apart)
    keys = keys_of(resource.name, features, secret_of(work.services, work.connection))
    return alike(work.connection, resource, keys, apart=apart)


def _seen(work: Work, resource: Resource, found: Sequence[Described]) -> Sequence[Described]:
    grant = work.actor.must(resource, "read")
    if may_reach(work.actor, grant, None, None):
        return found
    seen = work.many(resource.type, [one.id for one in found])
    return [one for one in found if one.id in seen]


def _features(work: Work, sent: Mapping[str, Json]) -> Features:
    """Return what is compared of a record to be made; a customer's party is looked up."""
    engaged: Any = sent.get("engagedParty")
    kind = engaged.get("@referredType") if isinstance(engaged, dict) else None
    ident = str(engaged.get("id") or "") if isinstance(engaged, dict) else ""
    if not ident:
        return features_of(sent)
    for name in (kind,) if kind in MATCHED_NAMES else ("Individual", "Organization"):
        party = work.services.registry[str(name)]
        record = work.get(party.type, ident)
        if record is not None:
            return features_of(sent, record.raw, record.id)
    return features_of(sent)


def described_now(work: Work, resource: Resource, ident: str) -> Described | None:
    """Return a record by what of it is compared now."""
    return describe(work.connection, resource, [ident]).get(ident)
