"""Verification: how it was made sure who somebody is, by whom, and until when that holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from trunkline.care.api import CARE
from trunkline.care.in_use import IN_USE
from trunkline.care.interaction import Agent
from trunkline.documents.errors import Fault
from trunkline.documents.shape import PERSONAL, Limits, format_instant
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import CustomerRef
from trunkline.shared.reference import PartyInteractionRef, Reference


class VerificationMethodRef(Reference, targets=("VerificationMethod",)):
    """A reference to a way to verify somebody."""


@resource(
    api=CARE,
    path="verificationMethod",
    prefix="VFM",
    required=("name", "valid_minutes"),
    lifecycle=IN_USE,
    promote=(Promoted("name"), Promoted("lifecycleStatus")),
    live_name=True,
    columns=("key", "name", "validMinutes", "isRequired", "lifecycleStatus"),
)
class VerificationMethod(Extensible, Document):
    """A way to make sure who somebody is, such as a password for the phone or a paper seen.

    It holds for `valid_minutes`. Where methods are required, somebody counts as verified only
    while all of these hold; where none is, any of them will do.
    """

    name: str | None = None
    description: str | None = None
    valid_minutes: Annotated[int | None, Limits(minimum=1)] = None
    is_required: bool | None = None
    lifecycle_status: Literal["active", "retired"] | None = None


@resource(
    api=CARE,
    path="identityVerification",
    prefix="VER",
    required=("customer", "method"),
    operations=("list", "retrieve", "create"),
    server_sets=("verified_at", "valid_until", "verified_by"),
    defaults={"verified_at": format_instant},
    promote=(Promoted("verifiedAt", "instant"), Promoted("validUntil", "instant")),
    owner=("customer",),
    label=("method.name",),
    columns=("key", "customer.name", "method.name", "verifiedBy.name", "validUntil"),
)
class IdentityVerification(Extensible, Document):
    """That it was made sure who a customer is. It is never changed; a later one stands beside it.

    `evidence` says what was seen or answered, never the secret itself.
    """

    customer: CustomerRef | None = None
    method: VerificationMethodRef | None = None
    evidence: Annotated[str | None, PERSONAL] = None
    verified_at: datetime | None = None
    valid_until: datetime | None = None
    verified_by: Agent | None = None
    interaction: PartyInteractionRef | None = None


@enrich(IdentityVerification)
def verification_is_dated(work: Work, new: IdentityVerification) -> None:
    """Say who verified and until when it holds, as the method has it."""
    new.verified_by = Agent(id=work.actor.id, name=work.actor.name)
    method = _method(work, new)
    if method is not None and method.valid_minutes is not None:
        new.valid_until = work.now + timedelta(minutes=method.valid_minutes)


@rule(IdentityVerification)
def only_methods_in_use_verify(
    work: Work, old: IdentityVerification | None, new: IdentityVerification
) -> Iterator[Fault]:
    """Refuse to verify somebody by a retired method, or oneself."""
    method = _method(work, new) if old is None else None
    if method is not None and method.lifecycle_status != "active":
        message = f"{method.name} is not used any more; choose another method"
        yield Fault("method.id", "methodRetired", message)
    grant = work.actor.grant(IdentityVerification.resource, "create")
    if old is None and grant is not None and grant.reach == "own":
        yield Fault("customer.id", "notYours", "nobody verifies himself; the staff does")


def _method(work: Work, new: IdentityVerification) -> VerificationMethod | None:
    return work.get(VerificationMethod, new.method.id) if new.method is not None else None


@dataclass(frozen=True)
class Verified:
    """Whether a customer counts as verified, until when, and by which methods; or what lacks."""

    until: datetime | None
    by: Sequence[str]
    missing: Sequence[str]


def standing(
    held: Iterable[tuple[str, datetime]], methods: Iterable[tuple[str, bool]], now: datetime
) -> Verified:
    """Return how a customer stands; pure.

    `held` are the methods by which it was verified with the ends, `methods` those in use and
    whether each is required. Between two ends of required methods the earlier one counts.
    """
    ends: dict[str, datetime] = {}
    for name, end in held:
        if end > now and (name not in ends or ends[name] < end):
            ends[name] = end
    required = [name for name, needed in methods if needed]
    missing = [name for name in required if name not in ends]
    if missing or not ends:
        return Verified(None, sorted(ends), missing)
    until = min(ends[name] for name in required) if required else max(ends.values())
    return Verified(until, sorted(ends), ())


def methods_in_use(work: Work) -> list[VerificationMethod]:
    """Return the ways to verify somebody that are in use, by name."""
    found = work.find(VerificationMethod, {"lifecycleStatus": "active"})
    return sorted(found, key=lambda one: str(one.name))


def standing_of(
    work: Work, customer: str, methods: Sequence[VerificationMethod] | None = None
) -> Verified:
    """Return how a customer stands now; `methods` are those in use where they are known."""
    work.actor.must(IdentityVerification.resource, "read")
    methods = methods_in_use(work) if methods is None else methods
    held = work.find(IdentityVerification, {"customer.id": customer}, limit=100)
    names = {one.id: str(one.name) for one in methods}
    return standing(
        (
            (names[one.method.id], one.valid_until)
            for one in held
            if one.method is not None and one.method.id in names and one.valid_until is not None
        ),
        ((str(one.name), bool(one.is_required)) for one in methods),
        work.now,
    )
