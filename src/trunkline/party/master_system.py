"""Systems that are masters of records here: what they last told, and which records are stale.

A record names its masters itself: a customer, person or company by the type of its external
references, an account by its billing system. What such a system changes comes in by the interfaces
and shows at once. From time to time it says that nothing is left to tell; where that is overdue,
its records are shown as stale, with since when, except those that it has written itself meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import DataClass, Json, Limits, format_instant
from trunkline.governance.configured import configured, followed_by
from trunkline.governance.packaged_records import named, packaged, without
from trunkline.kernel.behaviour import rule
from trunkline.kernel.reading import Found
from trunkline.kernel.resource import Api, Document, Promoted, Resource, resource
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.rest.conditional import moves_unwritten
from trunkline.rest.own_names import find_by
from trunkline.rest.serving import AsKept, serve
from trunkline.shared.extensible import Extensible

MASTERS = Api("masters", "Systems that are masters of records", "1.0.0", "/api/masters/v1")
KINDS: tuple[type[Document], ...] = (Customer, Individual, Organization, BillingAccount)
TOLD = ("staleSince", "staleSystem")
MARKS = (b'"externalReferenceType"', b'"billingSystem"', *(b'"%b"' % one.encode() for one in TOLD))
DECLARED = "select id::text, p_code from master_system"
SYSTEMS = """
select m.id::text, coalesce(m.doc ->> 'name', m.p_code),
  (m.doc ->> 'heardWithinSeconds')::numeric::int,
  coalesce((m.doc ->> 'toldUntil')::timestamptz, m.created_at),
  (select w.id::text from writers_of_clients(array[m.doc ->> 'client']) w),
  now() + make_interval(secs => k.offset_s)
from clock k cross join master_system m where m.id = any(%s::uuid[])
"""
WROTE = """
select s.id::text, s.actor::text from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[])
  s(id, actor, after)
where exists (select 1 from audit a
  where a.subject = s.id and a.actor = s.actor and a.at >= s.after)
"""


@followed_by("master_systems_moved")
@resource(
    api=MASTERS,
    data_class="internal",
    path="masterSystem",
    prefix="MSY",
    title="Master system",
    immutable=("code",),
    server_sets=("heard_at", "told_until"),
    promote=(Promoted("code"),),
    label=("name",),
    columns=("key", "name", "code", "heardWithinSeconds", "heardAt"),
)
class MasterSystem(Extensible, Document):
    """A system elsewhere that is the master of records here.

    Records name it by `code`. It is to be heard from every `heard_within_seconds`; `heard_at` says
    when that was last, `told_until` up to when it had told everything. `client` is the client by
    which it writes.
    """

    code: Annotated[str, Limits(length_max=60)]
    name: Annotated[str | None, Limits(length_max=120)] = None
    heard_within_seconds: Annotated[int, Limits(minimum=1)]
    client: Annotated[str | None, Limits(length_max=63)] = None
    description: str | None = None
    heard_at: datetime | None = None
    told_until: datetime | None = None


packaged(
    MasterSystem, "masterSystems", "Master systems", key=named("code"), order=92,
    outward=without("heardAt", "toldUntil"),
)  # fmt: skip


find_by(MasterSystem, "code")


@dataclass(frozen=True)
class Stale:
    """That a record may not be as its master has it: since when, and which system is silent."""

    since: datetime
    system: str


@rule(MasterSystem)
def systems_are_told_apart_in_any_case(
    work: Work, old: MasterSystem | None, new: MasterSystem
) -> Iterator[Fault]:
    """Refuse a code that another system has in other letters, and one with blanks around it."""
    if new.code != new.code.strip():
        yield Fault("code", "badValue", "begins or ends with a blank; leave that out")
    if old is not None:
        return
    for ident, code in work.connection.execute(DECLARED).fetchall():
        if ident != new.id and folded(code) == folded(new.code):
            yield Fault("code", "conflictName", f"the system {code} has this code already")
            return


def heard(work: Work, ident: str, until: datetime | None) -> MasterSystem:
    """Note that a system has told all that it has to tell, up to a moment; refuses the future."""
    work.actor.must(MasterSystem.resource, "update")
    moment = until or work.now
    if moment > work.now:
        message = "lies in the future; say up to when all was told, or leave it out for now"
        raise Invalid.of([Fault("toldUntil", "inFuture", message)])
    with work.edit(MasterSystem, ident) as system:
        system.heard_at, system.told_until = work.now, moment
    return system


def folded(code: str) -> str:
    """Return a code as it is compared: in any case, without blanks around it."""
    return code.strip().casefold()


@dataclass(frozen=True)
class Masters:
    """The systems that are masters, by code as it is compared."""

    by_code: Mapping[str, str]


def _declared(connection: Any) -> Masters:
    rows = connection.execute(DECLARED).fetchall()
    return Masters({folded(code): ident for ident, code in rows})


def stale_of(work: Work, records: Mapping[str, Mapping[str, Json]]) -> dict[str, Stale]:
    """Return which records, by id, are stale; one that has several masters by the most silent.

    Where no system is declared that they name nothing is asked.
    """
    named = {ident: {*_masters(raw)} for ident, raw in records.items()}
    codes = {code for each in named.values() for code in each}
    declared = configured(work, Masters, _declared).by_code if codes else {}
    systems = sorted({declared[code] for code in codes if code in declared})
    if not systems:
        return {}
    silent = _silent(work, systems)
    pairs = [
        (ident, silent[declared[code]])
        for ident, each in named.items()
        for code in each
        if declared.get(code) in silent
    ]
    wrote = _wrote(work, [(i, one) for i, one in pairs if one.client is not None])
    found: dict[str, Stale] = {}
    for ident, one in pairs:
        if (ident, one.client) in wrote:
            continue
        if ident not in found or one.stale.since < found[ident].since:
            found[ident] = one.stale
    return found


@dataclass(frozen=True)
class _Silent:
    """A system that was not heard from in time, who writes for it, and what counts as late."""

    stale: Stale
    client: str | None
    after: datetime


def _silent(work: Work, systems: Sequence[str]) -> dict[str, _Silent]:
    """Return those of the systems that are silent, by id."""
    found = {}
    for ident, name, within_s, told_until, client, now in work.connection.execute(
        SYSTEMS, [list(systems)]
    ).fetchall():
        within = timedelta(seconds=within_s)
        if told_until + within <= now:
            found[ident] = _Silent(Stale(told_until + within, name), client, now - within)
    return found


def _wrote(work: Work, pairs: Sequence[tuple[str, _Silent]]) -> set[tuple[str, str | None]]:
    """Return which records were written in time by which client, in one statement."""
    if not pairs:
        return set()
    asked = [[ident for ident, _ in pairs], [one.client for _, one in pairs],
             [one.after for _, one in pairs]]  # fmt: skip
    rows = work.connection.execute(WROTE, asked).fetchall()
    return {(ident, client) for ident, client in rows}


def _masters(raw: Mapping[str, Json]) -> Iterator[str]:
    """Yield the codes by which a record names its masters, as they are compared."""
    named: list[Any] = [raw.get("billingSystem")]
    listed = raw.get("externalReference")
    for one in listed if isinstance(listed, list) else ():
        named.append(one.get("externalReferenceType") if isinstance(one, dict) else None)
    yield from (folded(one) for one in named if isinstance(one, str) and one.strip())


class Freshness(AsKept):
    """Serves records with `staleSince` and `staleSystem` where their master is silent."""

    def shown(
        self, work: Work, _resource: Resource, _sees: frozenset[DataClass], rows: Sequence[Found]
    ) -> Sequence[Found]:
        """Return the records, those that are stale with since when.

        Such a flag that got into a stored record says nothing, and is left out.
        """
        marked = {one.id: load(one.body) for one in rows if any(mark in one.body for mark in MARKS)}
        stale = stale_of(work, marked) if marked else {}
        return [_flagged(one, marked[one.id], stale.get(one.id)) if one.id in marked else one
                for one in rows]  # fmt: skip

    def taken(self, _work: Work, _resource: Resource, sent: dict[str, Json]) -> None:
        """Leave out what only answers say."""
        for name in TOLD:
            sent.pop(name, None)

    def patched(self, _work: Work, _document: Document, patch: Json, kind: str) -> tuple[Json, str]:
        """Return the patch without what only answers say."""
        if isinstance(patch, dict):
            patch = {name: value for name, value in patch.items() if name not in TOLD}
        elif isinstance(patch, list):
            patch = [one for one in patch if not _writes_flag(one)]
        return patch, kind


def _writes_flag(step: Json) -> bool:
    """Tell whether a step of a JSON patch writes what only answers say."""
    path = step.get("path") if isinstance(step, dict) else None
    return isinstance(path, str) and path.lstrip("/").partition("/")[0] in TOLD


def _flagged(found: Found, raw: dict[str, Json], stale: Stale | None) -> Found:
    kept = {name: value for name, value in raw.items() if name not in TOLD}
    if stale is None:
        return found if len(kept) == len(raw) else found._replace(body=encode(kept))
    told = dict(zip(TOLD, (format_instant(stale.since), stale.system), strict=True))
    return found._replace(body=encode(kept | told))


def _serve(kinds: Iterable[type[Document]]) -> None:
    for one in kinds:
        serve(one.resource, Freshness())


_serve(KINDS)
moves_unwritten(*TOLD)
