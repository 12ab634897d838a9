"""The operator's people: who has a role, who may be given work and told of it, and who has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from trunkline.care.request import Assignee
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.grant import Grant
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.workspace.notes import Told
from trunkline.workspace.notifications import notice_of
from trunkline.workspace.people import accounts, person_who

HOLDERS = (
    "select r.principal::text from principal_role r join principal p on p.id = r.principal "
    "join user_account u on u.principal = p.id where r.role = %s and p.active "
    "and (r.ends_at is null or r.ends_at > %s) order by 1 limit 50"
)


def holders_of(work: Work, role: str | None) -> list[str]:
    """Return the ids of who has a role now."""
    if not role:
        return []
    with accounts(work) as connection:
        rows = connection.execute(HOLDERS, [role, work.services.machine_now()]).fetchall()
    return [one for (one,) in rows]


def told_of(work: Work, assignee: Assignee | None, role: str | None) -> list[str]:
    """Return the ids of whom a record is told to: who has it, else all of the role."""
    return [assignee.id] if assignee is not None else holders_of(work, role)


def notice(record: Document, people: Sequence[str], code: str, mark: str, **said: Json) -> Told:
    """Return what people are told of a request or a ticket, once for each mark."""
    kind = record.resource
    return Told(
        list(people),
        notice_of(
            "request", code, {"what": record.key, **said}, f"/r/{kind.path}/{record.key}",
            record=(kind.name, record.id), once=f"{code} {record.id} {mark}",
        ),
    )  # fmt: skip


def assignable(
    work: Work, login: str, resource: Resource, things: str, may: Callable[[Grant], bool]
) -> Assignee:
    """Return who has a login, or the asker by `me`; refuses (400) who may not change records.

    `things` says in words what the records are, `may` whether a grant to change them is enough.
    """
    person = person_who(
        work, login,
        lambda one: (grant := one.grant(resource, "update")) is not None and may(grant),
    )  # fmt: skip
    if person is None:
        message = f"nobody with the login {login} may work on {things}; name a login that may"
        raise Invalid.of([Fault("login", "notAssignable", message)])
    return Assignee(id=person.id, name=person.name, assigned_at=work.now)


def give(work: Work, found: Iterable[Document], held: Assignee) -> None:
    """Give requests or tickets to somebody; one that nobody had begun is in progress from then."""
    for one in found:
        if (one.raw.get("assignee") or {}).get("id") != held.id:
            before = dict(one.raw)
            one.raw["assignee"] = held.raw
            if one.raw.get("status") == "acknowledged":
                one.raw["status"] = "inProgress"
            work.save(one, before)


def give_back(work: Work, found: Iterable[Document]) -> None:
    """Give requests or tickets back; one that nobody has stays as it is."""
    for one in found:
        before = dict(one.raw)
        one.raw.pop("assignee", None)
        work.save(one, before)
