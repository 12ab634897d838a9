"""Who acts for a customer: the people in a role for it, what they are there, and how to reach them.

Roles that ended are not shown; one that begins later says from when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from trunkline.documents.shape import parse_instant
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.role import PartyRole
from trunkline.screens.read_ahead import keep
from trunkline.web.customer.gathering import NAMED_BY
from trunkline.web.desk import Desk
from trunkline.web.governed import governed
from trunkline.web.records import Branch, Mention, Record, mentions_of, naming, seen
from trunkline.web.values import Cell, instant
from trunkline.web.wording import words

PEOPLE_MAX = 40
PARTIES = ("Individual", "Organization")
GONE = frozenset({"terminated", "suspended"})
Media = Callable[[Record], Iterator[dict[str, Any]]]


def acting_for(work: Work, idents: Sequence[str]) -> list[Branch]:
    """Return the newest roles that somebody has for a customer, and who is in them."""
    roles = naming(work, PartyRole.resource, NAMED_BY, idents, PEOPLE_MAX)
    if roles is None:
        return []
    table = PartyRole.resource.reference_table
    engaged = (
        f"t.id in (select p.target from {table} p where p.type = 'PartyRole' "  # noqa: S608
        f"and p.path = 'engagedParty' and p.source in (select t.id from "
        f"{PartyRole.resource.table} t where {roles.text} {roles.tail}))"
    )
    kinds = [work.services.registry[name] for name in PARTIES]
    readable = [one for one in kinds if work.actor.grant(one, "read") is not None]
    return [roles, *(Branch(one, engaged, roles.parameters) for one in readable)]


def keep_parties(work: Work, read: Sequence[Document]) -> None:
    """Keep who is in roles that were read together with them."""
    roles = [seen(work, one) for one in read if one.resource is PartyRole.resource]
    named = [ident for one in roles if (ident := str(_engaged(one).get("id") or ""))]
    for kind in PARTIES:
        keep(work, kind, named, [one for one in read if one.resource.name == kind])


def contact_people(
    desk: Desk, work: Work, read: Sequence[Document], media: Media
) -> list[dict[str, Any]]:
    """Return a row for each role among what was read, oldest first."""
    keep_parties(work, read)
    found = [seen(work, one) for one in read if one.resource is PartyRole.resource]
    roles = [
        one
        for one in sorted(found, key=lambda role: role.id)
        if one.document.get("status") not in GONE and not _ended(work, one)
    ]
    if not roles:
        return []
    known = governed(work, PartyRole.resource)
    parties = {ident for one in roles if (ident := str(_engaged(one).get("id") or ""))}
    mentions = mentions_of(work, desk.addresses, dict.fromkeys(PARTIES, parties))
    return [
        {
            "role": known.cell("roleType", one.document.get("roleType"))
            or Cell("word", words(str(one.document.get("roleType") or one.document.get("name")))),
            "name": _named(one, mentions),
            "address": desk.addresses.of_record(one.resource, one.key),
            "media": [*media(one)],
            "from": _begins(desk, work, one),
        }
        for one in roles
    ]


def _engaged(role: Record) -> dict[str, Any]:
    engaged = role.document.get("engagedParty")
    return engaged if isinstance(engaged, dict) else {}


def _named(role: Record, mentions: dict[str, Mention]) -> str:
    """Return what the one in the role is called, what the role is called where that is hidden."""
    engaged = _engaged(role)
    mention = mentions.get(str(engaged.get("id")))
    return str(mention.label if mention is not None else engaged.get("name") or role.label)


def _period(role: Record, name: str) -> str:
    period = role.document.get("validFor")
    return str(period.get(name) or "") if isinstance(period, dict) else ""


def _ended(work: Work, role: Record) -> bool:
    end = _period(role, "endDateTime")
    return bool(end) and parse_instant(end) <= work.now


def _begins(desk: Desk, work: Work, role: Record) -> Cell | None:
    start = _period(role, "startDateTime")
    if not start or parse_instant(start) <= work.now:
        return None
    return instant(start, desk.zone)
