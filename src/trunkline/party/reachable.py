"""Reachable: numbers and addresses by which somebody is reached, checked and in one form.

Phone and fax numbers are kept as E.164 says (`+493012345`), so that one number is found however it
was typed. Whether a country has such a number is judged by length only: numbering plans grow
faster than programs are renewed. What was stored before and is left as it is, is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import phonenumbers

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.party.account import ACCOUNT_TYPES, AnyAccount
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.contact import ContactMedium, MediumCharacteristic

Reached = Individual | Organization | Customer | PartyRole | AnyAccount
NUMBERS = {"phone_number": "phoneNumber", "fax_number": "faxNumber"}
EMAIL = re.compile(
    r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*@"
    r"([^\s@.\-_/](?:[^\s@._/]*[^\s@.\-_/])?\.)+[^\s@.\d\-_/]{2,}"
)
EMAIL_MAX = 254


def media_of(party: Reached) -> Iterator[tuple[str, ContactMedium]]:
    """Yield every contact medium of a record with its dotted path."""
    if isinstance(party, Individual | Organization | Customer | PartyRole):
        for index, one in enumerate(party.contact_medium):
            yield f"contactMedium[{index}]", one
        return
    for place, contact in enumerate(party.contact):
        for index, one in enumerate(contact.contact_medium):
            yield f"contact[{place}].contactMedium[{index}]", one


def _media_moved(old: Reached, new: Reached) -> bool:
    return _said(media_of(old)) != _said(media_of(new))


@enrich(Individual, Organization, Customer, PartyRole, *ACCOUNT_TYPES, again=_media_moved)
def write_numbers_in_one_form(_work: Work, new: Reached) -> None:
    """Bring phone and fax numbers into the international form."""
    for _, medium in media_of(new):
        said = medium.characteristic
        for name in NUMBERS if said is not None else ():
            number = getattr(said, name)
            known = parsed(number, said.country if said else None)
            if known is not None:
                form = phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.E164)
                setattr(said, name, form + (f";ext={known.extension}" if known.extension else ""))


@rule(Individual, Organization, Customer, PartyRole, *ACCOUNT_TYPES)
def media_can_be_used(_work: Work, old: Reached | None, new: Reached) -> Iterator[Fault]:
    """Refuse numbers that no country has, and e-mail addresses that are none."""
    known = _said(media_of(old)) if old is not None else []
    for path, medium in media_of(new):
        if medium.characteristic is not None and medium.raw not in known:
            yield from medium_faults(medium.characteristic, f"{path}.characteristic")


def medium_faults(said: MediumCharacteristic, path: str) -> Iterator[Fault]:
    """Yield what is wrong with the numbers and the e-mail address of one medium."""
    for name, shown in NUMBERS.items():
        number = getattr(said, name)
        if number and parsed(number, said.country) is None:
            yield Fault(f"{path}.{shown}", "badPhoneNumber", _advice(number, said.country))
    yield from _email_faults(said.email_address, f"{path}.emailAddress")


@rule(CommunicationMessage)
def receivers_can_be_written_to(
    _work: Work, old: CommunicationMessage | None, new: CommunicationMessage
) -> Iterator[Fault]:
    """Refuse a message to what is no e-mail address; who gets it never changes afterwards."""
    for index, one in enumerate(new.receiver if old is None else ()):
        yield from _email_faults(one.email, f"receiver[{index}].email")


def _email_faults(email: str | None, path: str) -> Iterator[Fault]:
    if email and not is_email(email):
        message = f"{email[:80]} is not an e-mail address; write it as name@example.com"
        yield Fault(path, "badEmailAddress", message)


def is_email(text: str) -> bool:
    """Return whether a text has the form of an e-mail address."""
    return len(text) <= EMAIL_MAX and EMAIL.fullmatch(text) is not None


def parsed(number: str | None, country: str | None) -> Any:
    """Return a number as its country's numbering plan reads it; None where it has no such one."""
    if not number:
        return None
    region = country.upper() if country and country.upper() in REGIONS else None
    try:
        found = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    return found if phonenumbers.is_possible_number(found) else None


REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)


def _advice(number: str, country: str | None) -> str:
    if number.strip().startswith("+") or (country and country.upper() in REGIONS):
        where = f"of {country.upper()} " if country and not number.strip().startswith("+") else ""
        return f"{number[:40]} is too short, too long or no number {where}at all; correct it"
    return f"{number[:40]} names no country; write it with + and the code of the country"


def _said(media: Iterable[tuple[str, ContactMedium]]) -> list[Any]:
    return [one.raw for _, one in media]
