"""Known numbers: a person or a company with an official number that another record has is refused.

The index over the numbers is kept with the record itself, and a lock on the number makes the second
of two who write it at once wait for the first: one of them is stored, the other is told of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from trunkline.documents.decode import load
from trunkline.documents.errors import Conflict, Fault
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Resource
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work
from trunkline.matching.identifiers import EXACT, Identifier, are_one, identifiers_at, written
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization

NUMBERED = ((Individual, "individualIdentification"), (Organization, "organizationIdentification"))
NUMBERS = "official_numbers(doc->'{listed}')"
SOME = "doc->'{listed}' is not null"
LOCK = "select pg_advisory_xact_lock(number) from unnest(%s::bigint[]) number order by number"
TOLD_MAX = 5


@dataclass(frozen=True)
class Existing:
    """The record that has a number already, as far as who asks may see it, and its customers."""

    resource: Resource
    id: str
    key: str
    name: str
    customers: Sequence[tuple[str, str]] = ()

    def told(self) -> Json:
        """Return it as the refusal tells it."""
        base = Customer.resource.api.base
        own = self.resource
        return {
            "id": self.id,
            "key": self.key,
            "name": self.name,
            "href": f"{own.api.base}/{own.path}/{self.id}",
            "@referredType": own.type_name,
            "customer": [
                {"id": ident, "key": key, "href": f"{base}/{Customer.resource.path}/{ident}"}
                for ident, key in self.customers
            ],
        }


class Duplicate(Conflict):
    """409: the person or company is there already; `existing` is offered instead."""

    def __init__(self, fault: Fault, existing: Existing | None) -> None:
        super().__init__(fault.code, f"{fault.path}: {fault.message}", faults=[fault])
        self.existing = existing

    def body(self, request_id: str | None = None) -> dict[str, Json]:
        """Return the error body with the record that is there and its address."""
        body = super().body(request_id)
        if self.existing is not None:
            told = self.existing.told()
            body |= {"referenceError": told["href"], "existing": told}
        return body


@dataclass
class Allowed:
    """Records whose numbers may be had twice in a transaction: those that are being merged."""

    idents: set[str] = field(default_factory=set)


@rule(Individual, Organization)
def official_number_is_new(
    work: Work, old: Individual | Organization | None, new: Individual | Organization
) -> Iterator[Fault]:
    """Refuse (409) the official number of somebody who is there already, and name that record."""
    former = {one for _, one in identifiers_at(old.raw)} if old is not None else set()
    wanted = {
        path: one
        for path, one in identifiers_at(new.raw)
        if one.sort in EXACT and one not in former
    }
    if not wanted:
        return
    allowed: Allowed = work.kept.get(Allowed, Allowed())
    work.connection.execute(LOCK, [sorted({_mark(one) for one in wanted.values()})])
    numbers = {each for one in wanted.values() for each in written(one)}
    for ident, document in holders(work, new.resource, numbers):
        if ident == new.id or ident in allowed.idents:
            continue
        held = [one for _, one in identifiers_at(document)]
        for path, one in wanted.items():
            if any(are_one(one, each) for each in held):
                raise duplicate_of(work, new.resource, ident, path)
    yield from ()


def _mark(one: Identifier) -> int:
    """Return the number by which transactions that write the same identifier wait for each other.

    The country is left out: it may be known in one of them only.
    """
    digest = blake2b(f"{one.sort}|{one.number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def holders(
    work: Work, resource: Resource, numbers: set[str]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (id, document) of the records that have one of some numbers, whoever may see them."""
    listed = next(name for kind, name in NUMBERED if kind.resource is resource)
    sql = (
        f"select id::text, doc from {resource.table} where {SOME.format(listed=listed)} "  # noqa: S608 - declared names
        f"and {NUMBERS.format(listed=listed)} && %s::text[] order by id limit 20"
    )
    asked = [sorted(numbers)]
    if not is_narrow(work.actor):
        rows = work.connection.execute(sql, asked).fetchall()
    else:
        with work.services.database.app.connection() as connection:
            rows = connection.execute(sql, asked).fetchall()
    return [(ident, load(doc)) for ident, doc in rows]


def duplicate_of(work: Work, resource: Resource, ident: str, path: str) -> Duplicate:
    """Return the refusal that offers a record; who may not see that is told only that it is."""
    grant = work.actor.grant(resource, "read")
    seen = work.many(resource.type, [ident]).get(ident) if grant is not None else None
    if seen is None or grant is None or "personal" not in grant.sees:
        message = "is known already; ask somebody who may see that record to go on with it"
        return Duplicate(Fault(path, "conflictDuplicate", message), None)
    name = " ".join(str(seen.raw[one]) for one in resource.label if seen.raw.get(one))
    customers: list[tuple[str, str]] = []
    if work.actor.grant(Customer.resource, "read") is not None:
        found = work.find(Customer, {"engagedParty.id": ident}, limit=TOLD_MAX)
        customers = [(one.id, one.key) for one in found]
    existing = Existing(resource, ident, seen.key, name, customers)
    keys = ", ".join([seen.key, *(key for _, key in customers)])
    message = f"is the number of {name} ({keys}); go on with that record instead of a new one"
    return Duplicate(Fault(path, "conflictDuplicate", message), existing)


def statements(connection: Any) -> Iterator[str]:
    """Yield the indexes over official numbers that the database still lacks."""
    rows = connection.execute(
        "select indexname::text from pg_indexes where schemaname = current_schema()"
    ).fetchall()
    present = {name for (name,) in rows}
    for kind, listed in NUMBERED:
        table = kind.resource.table
        if f"{table}_official_numbers" not in present:
            yield (
                f"create index {table}_official_numbers on {table} "
                f"using gin (({NUMBERS.format(listed=listed)})) with (fastupdate = off) "
                f"where {SOME.format(listed=listed)}"
            )
