"""Values: single values of documents as cells that a template can show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import (
    get_currency_precision,
    get_decimal_symbol,
    get_group_symbol,
    list_currencies,
)

from trunkline.documents.shape import Attribute, Json, parse_instant
from trunkline.pages.language import ENGLISH, say, spoken
from trunkline.web.wording import choice, is_state, tone, words

DAYS = frozenset({"birthDate", "deathDate", "issuingDate"})
"""Attributes that mean a day wherever one is, although the interfaces have them as instants."""

DATE_PATTERNS = {"en": "d MMM y", "de": "dd.MM.y", "ar": "d MMM y"}
DAY_PATTERNS = {"en": "d MMM", "de": "dd.MM.", "ar": "d MMM"}
"""Dates in one short line, by language, as its readers write them; days are of this year."""

PHONES = frozenset({"phoneNumber", "faxNumber", "mobileNumber", "msisdn"})
LONG_TEXT = 160
AGO_MAX = timedelta(days=7)
CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Cell:
    """One value to be shown. `kind` says how; the other fields are what that needs."""

    kind: str
    text: str = ""
    tone: str = ""
    address: str = ""
    iso: str = ""
    more: str = ""
    age_s: int = 0


EMPTY = Cell("empty")


CODED = re.compile(
    r"(?:.*(?:Type|Kind|Category|Role)|type|kind|category|role|action|frequency|stage)$"
)
CODE = re.compile(r"[A-Za-z]{2,40}")
"""Attributes whose values are words of the model, and how such a word is written."""


def cell(name: str, value: Json, zone: ZoneInfo, attribute: Attribute | None = None) -> Cell:
    """Return the cell of a value that is not an object or list, by its attribute's name."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return Cell("text", say("Yes") if value else say("No"))
    if isinstance(value, (int, Decimal, float)):
        return Cell("number", number(value))
    text = str(value)
    if is_state(name) and len(text) <= 40:
        return state(text)
    if name in PHONES:
        return Cell("phone", phone(text))
    if (attribute is not None and attribute.scalar == "instant") or _looks_like_instant(text):
        return day(text) if name in DAYS else instant(text, zone)
    if CODE.fullmatch(text) and _is_coded(name, text, attribute):
        return Cell("word", choice(text, attribute.choices if attribute is not None else ()))
    if text.startswith(("http://", "https://")) and " " not in text:
        return _web_link(text)
    return Cell("long" if len(text) > LONG_TEXT or "\n" in text else "text", text)


def _is_coded(name: str, text: str, attribute: Attribute | None) -> bool:
    chosen = attribute is not None and text in attribute.choices
    return chosen or CODED.match(name.lstrip("@")) is not None


def state(text: str) -> Cell:
    """Return the cell of a state: its word and the tone of its colour."""
    return Cell("state", words(text), tone=tone(text))


def instant(value: str | datetime | None, zone: ZoneInfo) -> Cell:
    """Return the cell of a moment, in the business time zone."""
    if value is None:
        return EMPTY
    try:
        moment = parse_instant(value) if isinstance(value, str) else value
        local = moment.astimezone(zone)
    except (ValueError, OverflowError):
        return Cell("text", str(value))
    clock = f"{local:%H:%M}"
    return Cell("time", date(local), iso=local.isoformat(timespec="seconds"), more=clock)


def ago(moment: datetime | None, zone: ZoneInfo, now: datetime) -> Cell:
    """Return the cell of a moment by how long ago it is; what is not of this week by its date."""
    exact = instant(moment, zone)
    if moment is None or exact.kind != "time":
        return exact
    passed = now - moment
    if abs(passed) >= AGO_MAX:
        return exact
    text = say("Just now")
    if abs(passed) >= timedelta(minutes=1):
        text = format_timedelta(
            -passed, granularity="minute", threshold=1, add_direction=True, format="short",
            locale=spoken().locale,
        )  # fmt: skip
    age = int(passed.total_seconds())
    return Cell("ago", text, iso=exact.iso, more=f"{exact.text} {exact.more}", age_s=age)


def day(text: str) -> Cell:
    """Return the cell of a day, which no time zone moves."""
    moment = parse_instant(text)
    return Cell("time", date(moment), iso=f"{moment:%Y-%m-%d}")


def date(moment: datetime) -> str:
    """Return a date in one short line, as the language writes it."""
    language = spoken()
    pattern = DATE_PATTERNS.get(language.code, "medium")
    return format_date(moment, pattern, locale=language.locale)


def short_day(moment: datetime) -> str:
    """Return a date without its year."""
    language = spoken()
    pattern = DAY_PATTERNS.get(language.code, "medium")
    return format_date(moment, pattern, locale=language.locale)


def number(value: Any) -> str:
    """Return a number as people write it: digits in groups, decimals as they are stored."""
    plain = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    language = spoken()
    return plain if language.code == ENGLISH else plain.translate(_signs(language.code))


@lru_cache(maxsize=8)
def _signs(code: str) -> dict[int, str]:
    """Return what a language writes for the comma between groups and the point of decimals."""
    locale = Locale.parse(code)
    return {
        ord(","): get_group_symbol(locale, numbering_system="latn"),
        ord("."): get_decimal_symbol(locale, numbering_system="latn"),
    }


def typed_number(text: str) -> str:
    """Return a number that somebody typed, with the point of decimals for the language's comma."""
    plain = "".join(text.split())
    symbol = get_decimal_symbol(spoken().locale, numbering_system="latn")
    if symbol == "." or symbol not in plain:
        return plain
    return plain.replace(".", "").replace(symbol, ".")


def money(amount: Decimal, currency: str = "") -> str:
    """Return an amount with at least the decimals of its currency; none that it has is cut off."""
    least = _least(currency)
    exact = amount if amount != amount.quantize(least) else amount.quantize(least)
    return number(exact)


def price(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency, by the code that no two countries share."""
    return f"{money(amount, currency)} {currency}".strip()


@lru_cache(maxsize=64)
def _least(currency: str) -> Decimal:
    """Return the smallest part of a currency; two decimals where none is named."""
    return Decimal(1).scaleb(-get_currency_precision(currency)) if currency else CENTS


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def phone(text: str) -> str:
    """Return a telephone number in groups, as it is dialled from abroad; others stay."""
    if not text.startswith("+"):
        return text
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return text
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def span(length: timedelta) -> str:
    """Return a length of time in its largest unit: `3 d`, `5 h`, `12 min`."""
    seconds = max(0, int(length.total_seconds()))
    if seconds >= 86_400:
        return say("%(count)s d", count=seconds // 86_400)
    if seconds >= 3_600:
        return say("%(count)s h", count=seconds // 3_600)
    return say("%(count)s min", count=seconds // 60)


def compound(value: dict[str, Json], zone: ZoneInfo) -> Cell | None:
    """Return one cell for an object that says a single thing: money, a quantity or a period."""
    names = set(value) - {"@type", "@baseType", "@schemaLocation"}
    if names in ({"value", "unit"}, {"amount", "units"}):
        amount, unit = (
            value.get("value", value.get("amount")),
            value.get("unit", value.get("units")),
        )
        if isinstance(amount, (int, Decimal)) and not isinstance(amount, bool):
            if unit in _currencies():
                return Cell("number", price(Decimal(amount), str(unit)))
            return Cell("number", f"{number(amount)} {unit or ''}".strip())
    if names and names <= {"startDateTime", "endDateTime"}:
        return Cell("text", period(value, zone))
    return None


def told_value(value: Json) -> str:
    """Return a value of any kind as people read it; what a file holds is cut off."""
    if isinstance(value, list):
        return ", ".join(told_value(one) for one in value)
    if isinstance(value, dict):
        parts = ((words(name), told_value(one)) for name, one in value.items())
        return ", ".join(f"{name} {shorten(told)}" for name, told in parts)
    if isinstance(value, bool):
        return say("Yes") if value else say("No")
    return "" if value is None else str(value)


def shorten(text: str) -> str:
    """Return a text, cut off where it is long."""
    return text if len(text) <= LONG_TEXT else f"{text[:LONG_TEXT]}…"


def period(value: dict[str, Json], zone: ZoneInfo) -> str:
    """Return a period in words; the end does not belong to it."""
    start, end = (instant(_text(value.get(one)), zone) for one in ("startDateTime", "endDateTime"))
    first = f"{start.text} {start.more}".strip() if start.kind != "empty" else ""
    last = f"{end.text} {end.more}".strip() if end.kind != "empty" else ""
    if first and last:
        return say("%(first)s to %(last)s", first=first, last=last)
    return say("from %(first)s", first=first) if first else say("until %(last)s", last=last)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _looks_like_instant(text: str) -> bool:
    if len(text) < 20 or len(text) > 32 or text[4:5] != "-" or text[10:11] != "T":
        return False
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def _web_link(text: str) -> Cell:
    try:
        host = urlsplit(text).netloc
    except ValueError:
        host = ""
    return Cell("outside", text, address=text) if host else Cell("text", text)
