"""Holders of an address: what those want whom an e-mail address or a phone number belongs to.

A message may name an address only. Whose it is, is found by an index over the contact media that
is kept with the record itself, whoever may see that record: nothing but the wishes is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import phonenumbers

from trunkline.documents.decode import load
from trunkline.documents.shape import Json
from trunkline.kernel.resource import registry
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.reachable import parsed
from trunkline.party.role import PartyRole
from trunkline.shared.contact import ContactMedium, ContactPreference

MEDIA: dict[str, str] = {
    one.resource.name: "contactMedium" for one in (Individual, Organization, Customer, PartyRole)
}
"""Kinds of records that are reached by contact media, and where each of them holds those."""
AT = "reached_at(doc->'{listed}')"
SOME = "doc->'{listed}' is not null"
TAIL = 6
"""By how many digits a number is looked for, as it may be written without its country."""
WANTED = """
select doc->'contactPreference' from {person} where id = any(%(parties)s::uuid[])
union all select doc->'contactPreference' from {company} where id = any(%(parties)s::uuid[])
union all select doc->'contactPreference' from {customer}
where id = any(%(holders)s::uuid[]) or owner = any(%(parties)s::uuid[])"""


def wishes_of_holders(work: Work, address: str) -> tuple[list[ContactPreference], dict[str, str]]:
    """Return what the parties want who have an address now, and the other holders by id and kind.

    A customer who has it wants what it does as a person or company, too, and the other way round.
    """
    if not is_narrow(work.actor):
        return _wishes(work.connection, work, address)
    with work.services.database.app.connection() as connection:
        return _wishes(connection, work, address)


def is_at(raw: Json, address: str) -> bool:
    """Tell whether an e-mail address or a phone number is the one that a medium says; pure."""
    said = raw.get("characteristic") if isinstance(raw, Mapping) else None
    if not isinstance(said, Mapping):
        return False
    if "@" in address:
        return _plain(str(said.get("emailAddress") or "")) == _plain(address)
    one, other = (_digits(each) for each in (str(said.get("phoneNumber") or ""), address))
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= TAIL and longer.endswith(shorter)


def statements(connection: Any) -> Iterator[str]:
    """Yield the indexes over contact media that the database still lacks."""
    rows = connection.execute(
        "select indexname::text from pg_indexes where schemaname = current_schema()"
    ).fetchall()
    present = {name for (name,) in rows}
    for kind, listed in MEDIA.items():
        table = registry.resources[kind].table
        if f"{table}_reached_at" not in present:
            yield (
                f"create index {table}_reached_at on {table} "
                f"using gin (({AT.format(listed=listed)})) where {SOME.format(listed=listed)}"
            )


def _wishes(
    connection: Any, work: Work, address: str
) -> tuple[list[ContactPreference], dict[str, str]]:
    parties: set[str] = set()
    holders: dict[str, str] = {}
    for kind, ident, raw in _holders(connection, work, address):
        holders[ident] = kind
        if kind in (Individual.resource.name, Organization.resource.name):
            parties.add(ident)
        engaged = raw.get("engagedParty")
        if isinstance(engaged, Mapping) and isinstance(engaged.get("id"), str):
            parties.add(engaged["id"])
    if not holders:
        return [], {}
    sql = WANTED.format(
        person=Individual.resource.table, company=Organization.resource.table,
        customer=Customer.resource.table,
    )  # fmt: skip
    rows = connection.execute(sql, {"parties": sorted(parties), "holders": sorted(holders)})
    found = [ContactPreference.wrap(load(one)) for (one,) in rows.fetchall() if one is not None]
    return found, holders


def _holders(
    connection: Any, work: Work, address: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield kind, id and document of the records that are reached by an address now."""
    key = _plain(address) if "@" in address else _digits(address)[-TAIL:]
    for kind, listed in MEDIA.items():
        sql = (
            f"select id::text, doc from {registry.resources[kind].table} "  # noqa: S608 - declared names
            f"where {SOME.format(listed=listed)} and {AT.format(listed=listed)} && %s::text[]"
        )
        for ident, doc in connection.execute(sql, [[key]]).fetchall():
            raw = load(doc)
            media = [ContactMedium.wrap(one) for one in raw[listed] if is_at(one, address)]
            if any(one.valid_for is None or one.valid_for.contains(work.now) for one in media):
                yield kind, ident, raw


def _plain(email: str) -> str:
    """Return an e-mail address as it is compared: without spaces around it, in small letters."""
    return email.strip().encode().lower().decode()


def _digits(number: str) -> str:
    """Return the digits of a number, those of its country first where it names one."""
    known = parsed(number, None)
    if known is not None:
        number = phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.E164)
    plain = number.partition(";")[0]
    return "".join(one for one in plain if one.isascii() and one.isdigit()).lstrip("0")
