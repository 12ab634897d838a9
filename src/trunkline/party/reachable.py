"""Reachable: numbers and addresses by which somebody is reached, checked and in one form.

Phone and fax numbers are kept as E.164 says (`+493012345`), so that one number is found however it
was typed. Whether a country has such a number is told by its numbering plan; ranges that the plan
does not know, those of examples and those opened lately, are kept in the register `phoneRange`.
What was stored before and is left as it is, is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import phonenumbers

from trunkline.documents.errors import Fault
from trunkline.governance.registers import registers
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.party.account import ACCOUNT_TYPES, AnyAccount
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.contact import ContactMedium, MediumCharacteristic
from trunkline.shared.period import TimePeriod

Reached = Individual | Organization | Customer | PartyRole | AnyAccount
NUMBERS = {"phone_number": "phoneNumber", "fax_number": "faxNumber"}
EMAIL = re.compile(
    r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*@"
    r"([^\s@.\-_/](?:[^\s@._/]*[^\s@.\-_/])?\.)+[^\s@.\d\-_/]{2,}"
)
EMAIL_MAX = 254
RANGES = "phoneRange"
ALWAYS = TimePeriod.wrap({})

ship(
    ShippedRegister(
        RANGES, "Number ranges taken as they are",
        {"de": "Rufnummernbereiche ohne Prüfung", "ar": "نطاقات أرقام بلا تحقق"},
        (
            ShippedValue("441632960", "United Kingdom, for examples",
                         {"de": "Vereinigtes Königreich, für Beispiele",
                          "ar": "المملكة المتحدة، للأمثلة"}),
        ),
        "The first digits, with the country's code, of numbers that no numbering plan has.",
    )
)  # fmt: skip


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
def write_numbers_in_one_form(work: Work, new: Reached) -> None:
    """Bring phone and fax numbers into the international form."""
    ranges = kept_ranges(work)
    for _, medium in media_of(new):
        said = medium.characteristic
        for name in NUMBERS if said is not None else ():
            number = getattr(said, name)
            known = parsed(number, said.country if said else None, ranges)
            if known is not None:
                form = phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.E164)
                setattr(said, name, form + (f";ext={known.extension}" if known.extension else ""))


@rule(Individual, Organization, Customer, PartyRole, *ACCOUNT_TYPES)
def media_can_be_used(work: Work, old: Reached | None, new: Reached) -> Iterator[Fault]:
    """Refuse numbers that no country has, and e-mail addresses that are none."""
    known = _said(media_of(old)) if old is not None else []
    for path, medium in media_of(new):
        if medium.characteristic is not None and medium.raw not in known:
            yield from medium_faults(work, medium.characteristic, f"{path}.characteristic")


@rule(Individual, Organization, Customer, PartyRole, *ACCOUNT_TYPES)
def one_medium_of_a_kind_is_preferred(
    _work: Work, old: Reached | None, new: Reached
) -> Iterator[Fault]:
    """Refuse two preferred media of one kind at the same time; two that were so before may stay."""
    if old is None or _media_moved(old, new):
        before = {fault.message for fault in preferred_faults(media_of(old))} if old else set()
        for fault in preferred_faults(media_of(new)):
            if fault.message not in before:
                yield fault


def preferred_faults(media: Iterable[tuple[str, ContactMedium]]) -> Iterator[Fault]:
    """Yield each medium that is preferred beside another one of its kind and its holder; pure."""
    marked: dict[tuple[str, str], list[tuple[str, ContactMedium]]] = {}
    for path, one in media:
        if one.preferred is not True:
            continue
        holder, kind = path.rpartition("[")[0], (one.medium_type or "").lower()
        others = marked.setdefault((holder, kind), [])
        for there, other in others:
            if (one.valid_for or ALWAYS).overlaps(other.valid_for or ALWAYS):
                message = f"{there} is the preferred {kind or 'medium'} already; keep one mark"
                yield Fault(f"{path}.preferred", "twoPreferred", message)
                break
        others.append((path, one))


def medium_faults(work: Work, said: MediumCharacteristic, path: str) -> Iterator[Fault]:
    """Yield what is wrong with the numbers and the e-mail address of one medium."""
    ranges = kept_ranges(work)
    for name, shown in NUMBERS.items():
        number = getattr(said, name)
        if number and parsed(number, said.country, ranges) is None:
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


def kept_ranges(work: Work) -> tuple[str, ...]:
    """Return the ranges of numbers that the operator takes as they are, in digits."""
    register = registers(work).get(RANGES)
    return tuple(one.code for one in register.chosen(work.now)) if register is not None else ()


def parsed(number: str | None, country: str | None, ranges: tuple[str, ...] = ()) -> Any:
    """Return a number as its country's numbering plan reads it; None where it has no such one.

    One in a range that is kept only has to be of a possible length.
    """
    if not number:
        return None
    region = country.upper() if country and country.upper() in REGIONS else None
    try:
        found = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_valid_number(found):
        return found
    digits = f"{found.country_code}{phonenumbers.national_significant_number(found)}"
    is_kept = digits.startswith(ranges) and phonenumbers.is_possible_number(found)
    return found if ranges and is_kept else None


REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)


def _advice(number: str, country: str | None) -> str:
    if number.strip().startswith("+") or (country and country.upper() in REGIONS):
        where = f"of {country.upper()} " if country and not number.strip().startswith("+") else ""
        return f"{number[:40]} is no number {where}that its numbering plan has; correct it"
    return f"{number[:40]} names no country; write it with + and the code of the country"


def _said(media: Iterable[tuple[str, ContactMedium]]) -> list[Any]:
    return [one.raw for _, one in media]
