"""Amending: another version of an agreement, which takes its place on a day to come."""

from __future__ import annotations

from datetime import datetime

from trunkline.contract.agreement.agreement import Agreement
from trunkline.documents.errors import Conflict, Fault, Invalid, NotFound
from trunkline.documents.patch import copied
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.shared.period import TimePeriod
from trunkline.shared.reference import AgreementRef

LEFT_OUT = frozenset({
    "id", "href", "status", "internalState", "stateReason", "priceList", "version", "revision",
    "firstVersion", "formerVersion", "initialDate", "completionDate", "externalId",
    "agreementAuthorization", "revisionReason",
})  # fmt: skip
OPEN = ("draft", "pendingActivation")
VERSIONS_MAX = 1000
# Whoever amends an agreement holds this lock until the new version is stored.
LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 651))"


def amend(
    work: Work, ident: str, *, start: datetime | None = None, reason: str | None = None
) -> Agreement:
    """Make the next version of an active agreement, as a draft, and return it.

    It holds from `start` on, else from now; until then, and for what was ordered before, the
    present one does. Refuses (409) what is not active, and a second version to come.
    """
    work.actor.must(Agreement.resource, "create")
    found = work.get(Agreement, ident)
    if found is None:
        raise NotFound("notFound", f"there is no agreement {ident}")
    work.connection.execute(LOCK, [found.family])
    former = work.lock(Agreement, found.id)
    if former.internal_state != "active":
        message = f"{former.key} is {former.internal_state}; an active agreement is amended"
        raise Conflict("conflictNotActive", message)
    family = work.find(Agreement, {"firstVersion.id": former.family}, limit=VERSIONS_MAX)
    for other in family:
        if other.internal_state in OPEN:
            message = f"{other.key} is the next version already; change that, or cancel it first"
            raise Conflict("conflictAmended", message)
    begin = start or work.now
    first = former.agreement_period.start_date_time if former.agreement_period else None
    if first is not None and begin < first:
        message = "lies before the agreement that is amended; name a later day"
        raise Invalid.of([Fault("startDateTime", "badValue", message)])
    end = former.agreement_period.end_date_time if former.agreement_period is not None else None
    if end is not None and begin >= end:
        message = "lies after the end of the agreement; name a day before"
        raise Invalid.of([Fault("startDateTime", "badValue", message)])
    made = Agreement.wrap(_content(former))
    made.agreement_period = TimePeriod(start_date_time=begin, end_date_time=end)
    made.revision = max(one.revision or 1 for one in (former, *family)) + 1
    made.version = str(made.revision)
    made.revision_reason = reason
    made.first_version = AgreementRef(id=former.family)
    made.former_version = AgreementRef(id=former.id)
    work.add(made)
    return made


def versions_of(work: Work, agreement: Agreement) -> list[Agreement]:
    """Return all versions of an agreement that the one who asks may read, the first one first."""
    found = work.find(Agreement, {"firstVersion.id": agreement.family})
    return sorted(found, key=lambda one: (one.revision or 0, one.id))


def _content(former: Agreement) -> dict[str, Json]:
    kept = {name: value for name, value in former.raw.items() if name not in LEFT_OUT}
    content: dict[str, Json] = copied(kept)
    for one in content.get("commitment") or ():
        for name in ("ordered", "remaining", "shortfall"):
            one.pop(name, None)
    return content
