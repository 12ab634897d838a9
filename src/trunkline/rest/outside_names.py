"""Outside names: the ids by which outside systems know a record, as its own attributes say them.

They stand among the other names of the record, so that addresses, references, filters and search
take them. An id that has an owner is given once by it: a second record with it is refused, and
`owner:id` names the record also where another owner uses the same id. An id that names several
records names none of them by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from trunkline.documents.errors import Conflict, Fault, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.rest.aliases import namespace
from trunkline.rest.own_names import give_back_also, remember_also

NAME_MAX = 255
SHARED = "\x1e"
"""Ends the names that several records have; nobody asks for one that ends so."""
FREE = """
delete from alias a using record r
where a.type = %(type)s and a.value = any(%(values)s) and a.system like 'known %%'
  and r.id = a.record and r.deleted_at is not null
"""
CLAIM = """
insert into alias (system, value, type, record)
select %(by)s, %(value)s, %(type)s, %(record)s::uuid on conflict do nothing
"""
HELD = """
select record::text from alias where system = %(by)s and value = %(value)s and type = %(type)s
"""
NAME = """
with others as (
  update alias set value = %(shared)s
  where type = %(type)s and value = %(id)s and system like 'known as %%'
    and record <> %(record)s::uuid
  returning 1
)
insert into alias (system, value, type, record)
select %(own)s, case when exists (select 1 from others) or exists (
    select 1 from alias where type = %(type)s and value = %(shared)s
      and record <> %(record)s::uuid
  ) then %(shared)s else %(id)s end, %(type)s, %(record)s::uuid
on conflict do nothing
"""
FORGET = """
delete from alias
where type = %(type)s and record = %(record)s::uuid and value = any(%(values)s)
  and system like 'known %%'
"""
ALONE = """
update alias set value = %(id)s
where type = %(type)s and value = %(shared)s and system like 'known as %%' and (
  select count(*) from alias
  where type = %(type)s and value = %(shared)s and system like 'known as %%') = 1
"""


class OutsideName(NamedTuple):
    """An id that a record has elsewhere, who gives it, and where in the document it stands."""

    id: str
    owner: str | None
    path: str

    @property
    def whole(self) -> str:
        """The id with who gives it."""
        return f"{self.owner}:{_folded(self.id)}"


Names = Callable[[Mapping[str, Any]], Iterable[OutsideName]]
_names: dict[str, Names] = {}


def outside_names(*kinds: type[Document]) -> Callable[[Names], Names]:
    """Let records of kinds be found by the names that a function reads in their documents."""

    def attach(names: Names) -> Names:
        for kind in kinds:
            _names[kind.resource.name] = names
            give_back_also(kind, forget_outside_names)
        remember_also(*kinds)(remember_outside_names)
        return names

    return attach


def naming(resource: Resource, raw: Mapping[str, Any]) -> set[str]:
    """Return the attributes of a record that say what outside systems call it."""
    names = _names.get(resource.name)
    paths = (one.path for one in names(raw)) if names is not None else ()
    return {one.partition("[")[0].partition(".")[0] for one in paths}


def remember_outside_names(work: Work, document: Document, before: Json = None) -> None:
    """Let a written record be found by its present outside names, and no longer by former ones.

    Refuses (409) an id that its owner has given another record of the kind, and (400) one that is
    too long to be looked up.
    """
    kind = document.resource.name
    present = _read(kind, document.raw)
    former = _read(kind, before) if isinstance(before, dict) else {}
    gone = [one for name, one in former.items() if name not in present]
    new = [one for name, one in present.items() if name not in former]
    if gone:
        kept = {_folded(one.id) for one in present.values()}
        _forget(work, document, [one for one in gone if _folded(one.id) not in kept], gone)
    refuse(
        [
            Fault(one.path, "badValue", f"may have {NAME_MAX} characters, with its owner")
            for one in new
            if len(one.whole) > NAME_MAX
        ]
    )
    if new:
        values = [text for one in new for text in _texts(one)]
        work.connection.execute(FREE, {"type": kind, "values": values})
    for one in new:
        if not _claim(work, document, one):
            message = f"{one.owner} has given {one.id} to another {document.resource} already"
            raise Conflict("conflictId", message, faults=[Fault(one.path, "conflictId", message)])
        _remember(work, document, one)


def forget_outside_names(work: Work, document: Document) -> None:
    """Free what outside systems called a record that was removed; others may have it alone now."""
    gone = list(_read(document.resource.name, document.raw).values())
    if gone:
        _forget(work, document, gone, gone)


def learn_outside_names(work: Work, document: Document) -> None:
    """Let a record be found also by what outside systems have just called it, of their own accord.

    Refuses nothing: an id that its owner has given twice names neither record.
    """
    for one in _read(document.resource.name, document.raw).values():
        if len(one.whole) <= NAME_MAX:
            _claim(work, document, one)
            _remember(work, document, one)


def _read(kind: str, raw: Mapping[str, Any]) -> dict[tuple[str | None, str], OutsideName]:
    """Return what outside systems call a record, each name once."""
    return {(one.owner, _folded(one.id)): one for one in _names[kind](raw)}


def _claim(work: Work, document: Document, one: OutsideName) -> bool:
    """Let the owner's id stand for the record; tell whether it does not stand for another one."""
    if one.owner is None:
        return True
    by = f"known by {namespace(work.actor, document.resource)}"
    claim = {
        "type": document.resource.name, "record": document.id, "by": by, "value": one.whole,
    }  # fmt: skip
    if work.connection.execute(CLAIM, claim).rowcount:
        return True
    held = work.connection.execute(HELD, claim).fetchone()
    return held is not None and held[0] == document.id


def _remember(work: Work, document: Document, one: OutsideName) -> None:
    ident = _folded(one.id)
    work.connection.execute(
        NAME,
        {"type": document.resource.name, "record": document.id, "id": ident,
         "own": f"known as {document.id}", "shared": ident + SHARED},
    )  # fmt: skip


def _forget(
    work: Work, document: Document, unsaid: Iterable[OutsideName], gone: Iterable[OutsideName]
) -> None:
    """Free the names that a record had; one that a single record has left names that one again."""
    given = {"type": document.resource.name, "record": document.id}
    values = [one.whole for one in gone] + [text for one in unsaid for text in _texts(one)]
    work.connection.execute(FORGET, {**given, "values": values})
    for one in unsaid:
        ident = _folded(one.id)
        work.connection.execute(ALONE, {**given, "id": ident, "shared": ident + SHARED})


def _texts(one: OutsideName) -> tuple[str, ...]:
    """Return the texts by which a name may be stored."""
    ident = _folded(one.id)
    return ident, ident + SHARED, one.whole


def _folded(ident: str) -> str:
    """Return an id as it is compared: a UUID is the same in whichever case it is written."""
    return ident.lower() if UUID.match(ident) else ident
