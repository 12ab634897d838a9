"""Acting for others: what a contact may see and do for customers, by its responsibilities there.

A person's role names user roles as its responsibilities. Who signs in as that person acts for one
of those customers at a time: with the party of the customer in place of the own one, and with the
permissions on records of these user roles, over the records of that customer and no others. Both
walls then stand around the customer, and what is done is written down under the person's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from trunkline.access.function import declare_verbs
from trunkline.documents.errors import Fault, Forbidden
from trunkline.documents.grant import union
from trunkline.identity.rights import not_held
from trunkline.identity.roles import Role, all_roles
from trunkline.kernel.actor import Actor, Grant
from trunkline.kernel.behaviour import rule
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.rest.reads import asker

declare_verbs("party", "act")
ACT = "party:act"
"""The permission to act for others where one has responsibilities."""

ON_RECORDS = re.compile(r"[A-Z][A-Za-z0-9]*:(read|create|update|delete)")
GIVING = ("responsibility", "engagedParty", "relatedParty", "status", "validFor")
Served: TypeAlias = Customer | Organization


@dataclass(frozen=True)
class Standing:
    """For whom somebody acts, by which responsibilities, with which permissions."""

    served: Served
    roles: tuple[Role, ...]
    grants: Mapping[str, Grant]

    @property
    def responsibilities(self) -> tuple[str, ...]:
        """The names of the user roles that are the responsibilities."""
        return tuple(one.name for one in self.roles)

    @property
    def party(self) -> str:
        """The id of the person or organization whose records these are."""
        owner = self.served.meta.owner
        return owner if isinstance(self.served, Customer) and owner else self.served.id

    def is_called(self, name: str) -> bool:
        """Return whether this is who an id, number or code means."""
        known = (self.served.id, self.served.key, self.served.code)
        return name.casefold() in {one.casefold() for one in known if one}


def acting_for(services: Services, actor: Actor, name: str) -> tuple[Actor, Standing]:
    """Return somebody as one who acts for a customer or organization, and how they stand there.

    Refuses (403) alike who has no responsibility there and who there is not. A token needs the
    permission to act only: what it may do then is what the responsibilities permit. What is
    written or read says for whom.
    """
    actor.must_have(ACT)
    with as_system(services, "acting") as work:
        found = [one for one in standings(work, actor.party) if one.is_called(name)]
    if not found:
        message = f"{actor.name} has no responsibility for {name[:80]} now; ask who gives them"
        raise Forbidden("notResponsible", message)
    grants = union(pair for one in found for pair in one.grants.items())
    one = found[0]
    asker.set(replace(asker.get(), served=one.served.id))
    channel = f"{actor.channel} for {one.served.key}"
    acting = replace(
        actor, party=one.party, partner=None, grants=grants, scopes=None, channel=channel
    )
    return acting, one


def standings(work: Work, person: str | None) -> list[Standing]:
    """Return for whom a person acts at this time, a line for each role and customer."""
    if person is None:
        return []
    wanted = {"engagedParty.id": person, "status": "active"}
    roles = [one for one in work.find(PartyRole, wanted) if one.responsibility and holds(work, one)]
    named = {each.id for one in roles for each in one.related_party}
    if not named:
        return []
    served: dict[str, Served] = {**work.many(Customer, named), **work.many(Organization, named)}
    known = {one.name: one for one in all_roles(work.connection)}
    return [
        Standing(
            served[each.id],
            tuple(known[name] for name in one.responsibility if name in known),
            granted(one, known),
        )
        for one in roles
        for each in one.related_party
        if each.id in served
    ]


def holds(work: Work, role: PartyRole) -> bool:
    """Return whether a role of a party holds at this time."""
    return role.status == "active" and (role.valid_for is None or role.valid_for.contains(work.now))


def granted(role: PartyRole, known: Mapping[str, Role]) -> dict[str, Grant]:
    """Return what the responsibilities of a role permit: on records, and on the customer's only."""
    return union(
        (permission, Grant("own", grant.sees))
        for name in role.responsibility
        if name in known
        for permission, grant in known[name].permissions.items()
        if ON_RECORDS.fullmatch(permission)
    )


@rule(PartyRole)
def responsibilities_are_given_by_who_has_them(
    work: Work, old: PartyRole | None, new: PartyRole
) -> Iterator[Fault]:
    """Refuse responsibilities that are no user roles, permit more than the giver may, or are for
    nobody or of no person."""
    before = old.raw if old is not None else {}
    is_given = any(before.get(name) != new.raw.get(name) for name in GIVING)
    if not new.responsibility or not is_given or new.status in {"suspended", "terminated"}:
        return
    known = {one.name: one for one in all_roles(work.connection)}
    for index, name in enumerate(new.responsibility):
        if name not in known:
            message = f"there is no user role {name[:80]}; name one that there is"
            yield Fault(f"responsibility[{index}]", "badValue", message)
    missing = not_held(work.services.registry, work.actor, granted(new, known))
    if missing:
        message = f"permits {', '.join(missing)}, which you do not hold yourself; ask who does"
        yield Fault("responsibility", "notHeld", message)
    person = new.engaged_party.id if new.engaged_party else ""
    if work.get(Individual, person) is None:
        yield Fault("engagedParty", "notAPerson", "a responsibility is a person's; name one")
    named = {one.id for one in new.related_party}
    if not work.many(Customer, named) and not work.many(Organization, named):
        message = "a responsibility is for somebody; name the customer or organization"
        yield Fault("relatedParty", "missing", message)
