"""Deciding: who may bring an erasure request into which state, and when it is refused."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer, names_of
from trunkline.party.individual import Individual
from trunkline.privacy.api import ERASE
from trunkline.privacy.erasure_request import OPEN, ErasureRequest
from trunkline.privacy.in_the_way import obstacles_of
from trunkline.privacy.legal_hold import LegalHold
from trunkline.privacy.pseudonym import is_pseudonym
from trunkline.privacy.subject import subject_of

DECIDED = ("checked", "approved")
NAMES = ("name", "formattedName", "fullName", "familyName", "givenName")


@rule(ErasureRequest)
def requests_are_about_people_not_yet_erased(
    work: Work, old: ErasureRequest | None, new: ErasureRequest
) -> Iterator[Fault]:
    """Refuse a request about a company, and a second one about somebody."""
    if old is not None:
        return
    subject = subject_of(work, new.person.id)
    if subject is None:
        message = "is no person; companies are not erased, their contacts are people of their own"
        yield Fault("person.id", "notAPerson", message)
        return
    work.lock(Individual, subject.party, verb="read")  # of two requests at once one is the second
    asked = {"person.id": list(subject.idents), "state": [*OPEN, "done"]}
    for one in work.find(ErasureRequest, asked, limit=2):
        if one.id != new.id:
            message = f"{one.key} is about this person already; open that one"
            if one.state == "done":
                message = f"{one.key} has erased this person already"
            yield Fault("person.id", "conflictErasure", message)


@rule(ErasureRequest)
def requests_are_decided_by_another_officer(
    work: Work, old: ErasureRequest | None, new: ErasureRequest
) -> Iterator[Fault]:
    """Refuse (403) who does not answer for erasures, and one's own approval."""
    if old is None or old.state == new.state or work.actor.kind == "system":
        return
    work.actor.must_have(ERASE)
    if new.state == "approved" and work.actor.id == new.asked_by_id:
        message = "you have asked for it; another person has to approve"
        yield Fault("state", "fourEyes", message)
    if new.state == "refused" and not new.refusal_reason:
        yield Fault("refusalReason", "missing", "is required; say why it is refused")
    if new.state == "refused" and old.state == "approved" and _has_begun(work, new.id):
        yield Fault("state", "conflictState", "it has begun; what is gone does not come back")


@rule(ErasureRequest)
def nothing_stands_in_the_way(
    work: Work, old: ErasureRequest | None, new: ErasureRequest
) -> Iterator[Fault]:
    """Refuse to pass or approve an erasure while something is open, naming each with what to do."""
    if old is None or old.state == new.state or new.state not in DECIDED:
        return
    subject = subject_of(work, new.person.id)
    if subject is None:
        yield Fault("person.id", "conflictGone", "is not there any more; refuse the request")
        return
    work.lock(Individual, subject.party, verb="read")  # no hold begins meanwhile
    for one in obstacles_of(work, subject):
        message = f"{one.kind} {one.key} is {one.says}. {one.next}"
        yield Fault("state", "conflictInTheWay", message)


@rule(LegalHold)
def holds_come_before_the_erasure(
    work: Work, old: LegalHold | None, new: LegalHold
) -> Iterator[Fault]:
    """Refuse to hold what is being erased: nobody can say what of it is gone already."""
    if old is not None and old.until == new.until:
        return
    subject = subject_of(work, new.person.id)
    if subject is None or (new.until is not None and new.until <= work.now):
        return
    work.lock(Individual, subject.party, verb="read")
    asked = {"person.id": list(subject.idents), "state": ["approved", "running"]}
    for one in work.find(ErasureRequest, asked, limit=1):
        message = f"the erasure {one.key} has begun; refuse it first if nothing is gone yet"
        yield Fault("person.id", "conflictErasure", message)


@rule(Individual, Customer)
def erased_people_are_not_written_anew(
    work: Work, old: Individual | Customer | None, new: Individual | Customer
) -> Iterator[Fault]:
    """Refuse that people write to the record of who is erased; the program may.

    Only what bears a pseudonym is looked at, so that a change of anybody else costs nothing. What
    is written before it does is taken out again by the erasure itself.
    """
    if old is None or work.actor.kind == "system" or not _is_pseudonymous(old):
        return
    idents = set(names_of(new.id, new.raw))
    if isinstance(new, Individual):
        idents |= {one.id for one in work.find(Customer, {"engagedParty.id": new.id})}
    asked = {"person.id": sorted(idents), "state": ["running", "done"]}
    for one in work.find(ErasureRequest, asked, limit=1):
        message = f"is erased by {one.key}; make a new record for who comes again"
        yield Fault("", "conflictErased", message)


def _is_pseudonymous(one: Individual | Customer) -> bool:
    names = (one.raw.get(name) for name in NAMES)
    return any(isinstance(name, str) and is_pseudonym(name) for name in names)


def _has_begun(work: Work, request: str) -> bool:
    row = work.connection.execute(
        "select 1 from erasure_run where request = %s", [request]
    ).fetchone()
    return row is not None
