"""Normalising: names, numbers and addresses brought to a form in which the same looks the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import jellyfish
import phonenumbers
from babel import Locale
from phonenumbers import NumberParseException, PhoneNumberFormat

TITLES = frozenset(
    "dr prof professor ing dipl mag mr mrs ms miss mister herr frau sir lady dame mme mlle m "
    "monsieur madame sr sra don dona signor signora".split()
)
LEGAL_FORMS = frozenset(
    "ag gmbh mbh ug kg kgaa ohg gbr ev eg se ltd limited llc llp lp plc inc incorporated corp "
    "corporation co company sa sas sarl sasu srl spa snc bv nv vof ab as asa aps oy oyj hf ehf "
    "sro doo dd kft zrt nyrt sp zoo ooo pte pty sl slu lda sca haftungsbeschrankt "
    "aktiengesellschaft gesellschaft".split()
)
FILLERS = frozenset("and und et e y the der die das und of de la le les von zu".split())
ABBREVIATIONS = {
    "intl": "international", "int": "international", "telecom": "telecommunications",
    "telco": "telecommunications", "bros": "brothers", "gebr": "gebruder", "mfg": "manufacturing",
    "svc": "services", "svcs": "services", "serv": "services", "sys": "systems", "tech":
    "technology", "technologies": "technology", "assoc": "associates", "dept": "department",
    "univ": "university", "natl": "national", "grp": "group", "mgmt": "management",
    "eng": "engineering", "dev": "development", "inst": "institute", "ind": "industries",
    "dt": "deutsche", "hosp": "hospital", "cons": "consulting", "log": "logistics",
}  # fmt: skip
STREETS = {
    "st": "street", "str": "street", "strasse": "street", "rd": "road", "ave": "avenue",
    "av": "avenue", "ln": "lane", "dr": "drive", "sq": "square", "pl": "place", "platz": "place",
    "blvd": "boulevard", "bd": "boulevard", "ct": "court", "weg": "way", "allee": "avenue",
}  # fmt: skip
ENDING = re.compile(r"(?<=\w{3})(strasse|str)$")
EXTRA = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th"})
UMLAUT = re.compile(r"([aou])e(?!u)")
WORD = re.compile(r"[^\W_]+")
DIGITS = re.compile(r"\d+")
PLAIN = re.compile(r"[^A-Za-z0-9]")
BETWEEN = re.compile(r"[\s()/.-]+")
WHOLE = re.compile(r"\+[1-9]\d{7,14}\Z")
NUMBER = re.compile(r"\d+\s?[a-z]?\b")


def folded(text: str) -> str:
    """Return a text in small letters without accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(EXTRA))
    return "".join(one for one in plain if not unicodedata.combining(one))


def words_of(text: str | None) -> tuple[str, ...]:
    """Return the words of a text, folded; dots and apostrophes join what they stand in."""
    if not text:
        return ()
    return tuple(WORD.findall(folded(text).replace("'", "").replace("’", "").replace(".", "")))


@lru_cache(maxsize=50_000)
def person_words(text: str | None) -> tuple[str, ...]:
    """Return the words of a person's name without titles; umlauts are as their plain letters."""
    found = [UMLAUT.sub(r"\1", one) for one in words_of((text or "").replace(".", " "))]
    return tuple(one for one in found if one not in TITLES) or tuple(found)


@lru_cache(maxsize=50_000)
def company_words(text: str | None) -> tuple[str, ...]:
    """Return the words of a company's name without legal forms, abbreviations written out."""
    found = [ABBREVIATIONS.get(one, one) for one in words_of(text)]
    left = [one for one in found if one not in LEGAL_FORMS and one not in FILLERS]
    return tuple(UMLAUT.sub(r"\1", one) for one in left or found)


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """Return how a word sounds, for those who spell by ear; a word in another script is itself."""
    if not word.isascii():
        return word
    return str(jellyfish.metaphone(word)) or word


def email_of(text: str | None) -> str | None:
    """Return an e-mail address as it is compared: small letters, without what is behind a plus."""
    name, at, domain = (text or "").strip().lower().rpartition("@")
    if not at or not name or "." not in domain:
        return None
    return f"{name.partition('+')[0] or name}@{domain}"


@lru_cache(maxsize=50_000)
def phone_of(text: str | None, country: str | None = None) -> str | None:
    """Return a phone number in E.164; where no country is known its last nine digits."""
    if not text:
        return None
    plain = BETWEEN.sub("", text.replace("(0)", ""))
    if WHOLE.match(plain):
        return plain
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        digits = "".join(DIGITS.findall(text)).lstrip("0")
        return digits[-9:] if len(digits) >= 6 else None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def number_of(text: str | None) -> str | None:
    """Return an official number without what it is only written with."""
    found = PLAIN.sub("", text or "").upper()
    return found if len(found) >= 4 else None


@lru_cache(maxsize=50_000)
def street_of(text: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return the words of a street and its house number."""
    plain = folded(text or "")
    house = NUMBER.search(plain)
    words = (ENDING.sub(" street", one) for one in words_of(NUMBER.sub(" ", plain)))
    parts = [STREETS.get(one, one) for word in words for one in word.split()]
    return tuple(UMLAUT.sub(r"\1", one) for one in parts), (
        house.group().replace(" ", "") if house else None
    )


def code_of(text: str | None) -> str | None:
    """Return a postal code without spaces."""
    found = "".join(one for one in (text or "").upper() if one.isalnum())
    return found or None


@lru_cache(maxsize=1_000)
def country_code(text: str | None) -> str | None:
    """Return the two letters of a country that is named by them or by its English name."""
    wanted = (text or "").strip()
    if len(wanted) == 2 and wanted.isalpha():
        return wanted.upper()
    return _territories().get(folded(wanted)) if wanted else None


@lru_cache(maxsize=1)
def _territories() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("en", "de"):
        names = Locale(language).territories
        found |= {folded(name): code for code, name in names.items() if len(code) == 2}
    return found
