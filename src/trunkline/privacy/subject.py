"""The subject of an erasure: a person with all by which records name it and keys belong to it."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.rest.aliases import MERGED


@dataclass(frozen=True)
class Subject:
    """A person: `idents` are its ids and its customers', `owners` those that own records.

    Both hold what was merged into it, too.
    """

    party: str
    key: str
    idents: tuple[str, ...]
    owners: tuple[str, ...]


def subject_of(work: Work, ident: str) -> Subject | None:
    """Return who is meant by a person or a customer; None where that is no person."""
    customer = work.get(Customer, ident)
    party = customer.engaged_party.id if customer is not None else ident
    person = work.get(Individual, party)
    if person is None:
        return None
    rows = work.connection.execute(
        "select id::text from customer where owner = %s", [person.id]
    ).fetchall()
    customers = {row[0] for row in rows}
    owners = with_merged(work, {person.id})
    return Subject(
        person.id,
        customer.key if customer is not None else person.key,
        tuple(sorted(owners | with_merged(work, customers))),
        tuple(sorted(owners)),
    )


def with_merged(work: Work, idents: set[str]) -> set[str]:
    """Return ids with those of the records that were merged into theirs."""
    found, new = set(idents), set(idents)
    while new:
        rows = work.connection.execute(
            "select value from alias where system = %s and record = any(%s::uuid[])",
            [MERGED, sorted(new)],
        ).fetchall()
        new = {value for (value,) in rows if UUID.match(value)} - found
        found |= new
    return found
