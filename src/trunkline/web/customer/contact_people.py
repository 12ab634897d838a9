"""Who acts for a customer: the people in a role for it, what they are there, and how to reach them.

Roles that ended are not shown; one that begins later says from when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from trunkline.documents.shape import parse_instant
from trunkline.kernel.work import Work
from trunkline.party.role import PartyRole
from trunkline.web.customer.gathering import gathered
from trunkline.web.desk import Desk
from trunkline.web.governed import governed
from trunkline.web.records import Mention, Record, mentions_of
from trunkline.web.values import Cell, instant
from trunkline.web.wording import words

PEOPLE_MAX = 40
PARTIES = ("Individual", "Organization")
GONE = frozenset({"terminated", "suspended"})
Media = Callable[[Record], Iterator[dict[str, Any]]]


def contact_people(
    desk: Desk, work: Work, idents: Sequence[str], media: Media
) -> list[dict[str, Any]]:
    """Return a row for each role that somebody has for a customer, oldest first."""
    found = gathered(work, [(PartyRole.resource, PEOPLE_MAX)], idents)
    roles = [
        one
        for one in sorted(found.get(PartyRole.resource.name, ()), key=lambda role: role.id)
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
