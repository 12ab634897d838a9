"""What stands in the way of an erasure: facts that modules find, each with what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.party.customer import CUSTOMER_LIFECYCLE, Customer
from trunkline.party.role import ROLE_MOVES, PartyRole
from trunkline.privacy.legal_hold import LegalHold
from trunkline.privacy.subject import Subject


@dataclass(frozen=True)
class Obstacle:
    """A record for which a person cannot be erased now: how it stands, and the next step."""

    kind: str
    key: str
    id: str
    says: str
    next: str

    @property
    def told(self) -> Json:
        """As the interface says it."""
        return {"record": {"id": self.id, "key": self.key, "@referredType": self.kind},
                "says": self.says, "next": self.next}  # fmt: skip


Finder = Callable[[Work, Subject], Iterable[Obstacle]]
_finders: list[Finder] = []
PORTAL = "self_service"
_said: set[str] = set()


def said(text: str) -> str:
    """Return a text that pages show of obstacles, and remember that it is to be translated."""
    _said.add(text)
    return text


def all_said() -> frozenset[str]:
    """Return every text that pages show of obstacles."""
    return frozenset(_said)


END_CUSTOMER = said("End the customer first.")
END_ROLE = said("End the role first.")
WAIT = said("Wait until the hold ends, or say in it when it ended.")
SWITCH_OFF = said("Switch the sign-in off first.")
IN_FORCE, SIGNS_IN = "inForce", "signsIn"
READ = [said(one) for one in ("In force", "Signs in")]
"""How pages read the two."""


def in_the_way(find: Finder) -> Finder:
    """Let a function say what stands in the way; of one record once is enough."""
    _finders.append(find)
    return find


def obstacles_of(work: Work, subject: Subject) -> list[Obstacle]:
    """Return all that stands in the way, each record once."""
    found = {one.id: one for find in _finders for one in find(work, subject)}
    return sorted(found.values(), key=lambda one: (one.kind, one.key))


@in_the_way
def still_in_a_role(work: Work, subject: Subject) -> Iterator[Obstacle]:
    """Yield the roles of a customer, or of another kind, that have not ended."""
    for one in work.find(Customer, {"engagedParty.id": subject.party}):
        if one.status not in CUSTOMER_LIFECYCLE.final:
            yield Obstacle("Customer", one.key, one.id, str(one.status), END_CUSTOMER)
    over = {state for state, after in ROLE_MOVES.items() if not after}
    for role in work.find(PartyRole, {"engagedParty.id": subject.party}):
        if role.status not in over:
            yield Obstacle("PartyRole", role.key, role.id, str(role.status), END_ROLE)


@in_the_way
def held_by_law(work: Work, subject: Subject) -> Iterator[Obstacle]:
    """Yield the legal holds that have not ended."""
    for one in work.find(LegalHold, {"person.id": list(subject.idents)}):
        if one.until is None or one.until > work.now:
            yield Obstacle("LegalHold", one.key, one.id, IN_FORCE, WAIT)


@in_the_way
def works_here(work: Work, subject: Subject) -> Iterator[Obstacle]:
    """Yield a sign-in of the staff: who works here is no customer who has left."""
    rows = work.connection.execute(
        "select p.id::text, p.name from principal p where p.party = %s and p.active and exists "
        "(select from principal_role r where r.principal = p.id and r.role <> %s)",
        [subject.party, PORTAL],
    ).fetchall()
    for ident, name in rows:
        yield Obstacle("Principal", name, ident, SIGNS_IN, SWITCH_OFF)
