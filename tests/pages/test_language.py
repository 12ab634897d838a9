"""Languages: which one is spoken, and what becomes of texts, counts and refusals in it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from trunkline.pages.language import (
    Language,
    language,
    read_language,
    say,
    speaking,
    wanted_language,
)
from trunkline.web.values import cell, instant, money, number, span

CATALOG = """
msgid ""
msgstr ""
"Language: ar\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);\\n"

msgid "Retry"
msgstr "again"

msgctxt "refusal"
msgid "%(name)s is %(state)s; look again"
msgstr "look again: %(state)s is %(name)s"

msgctxt "refusal"
msgid "%(name)s is no %(kind)s"
msgstr "not a %(kind)s: %(name)s"

msgctxt "refusal"
msgid "%(text)s; by %(share)s%% at least"
msgstr "at least %(share)s%%: %(text)s"

msgid "held"
msgstr "HELD"

msgid "%(count)s try"
msgid_plural "%(count)s tries"
msgstr[0] "none"
msgstr[1] "one"
msgstr[2] "two"
msgstr[3] "%(count)s few"
msgstr[4] "%(count)s many"
msgstr[5] "%(count)s other"
"""  # noqa: E501


@pytest.mark.parametrize(
    "header,code",
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("fr,ar;q=0.5,en;q=0.4", "ar"),
        ("fr", ""),
        ("de;q=0", ""),
        ("*", ""),
        (None, ""),
        (";;;,,,q=x", ""),
        ("en-GB", "en"),
    ],
)
def test_the_browser_says_what_it_wants(header: str | None, code: str) -> None:
    assert wanted_language(header) == code


def test_refusals_are_told_by_the_pattern_they_were_made_from() -> None:
    """Values keep their place; one that is a text itself is translated, others stay."""
    other = read_language("ar", CATALOG.encode())
    assert (
        other.told("SVC1 is held; look again") == "look again: \u2068HELD\u2069 is \u2068SVC1\u2069"
    )
    assert other.told("SVC1 is no queue") == "not a \u2068queue\u2069: \u2068SVC1\u2069"
    inner = "look again: \u2068HELD\u2069 is \u2068SVC1\u2069"
    told = other.told("SVC1 is held; look again; by 5% at least")
    assert told == f"at least \u20685\u2069%: \u2068{inner}\u2069"
    assert other.told("something new") == "something new"
    long = f"{'x' * 3_000} is held; look again"
    assert other.told(long) == long
    assert other.told("Retry") == "again"
    assert Language("en").told("SVC1 is held; look again") == "SVC1 is held; look again"


OTHERS = ((5, "few"), (11, "many"), (100, "other"))


def test_a_kind_of_two_words_is_told_as_one_value() -> None:
    """Its title stands in the message in small letters, beside a key."""
    german, arabic = (
        language(code).told("there is no geographic site GST000001") for code in ("de", "ar")
    )
    assert "Standort GST000001" in german
    assert arabic.endswith("\u2068GST000001\u2069")
    assert "geographic" not in german + arabic


def test_counts_take_the_form_of_the_language() -> None:
    other = read_language("ar", CATALOG.encode())
    forms = [other.several("%(count)s try", "%(count)s tries", n) for n in (0, 1, 2, 5, 11, 100)]
    assert forms == ["none", "one", "two", *(f"\u2068{n}\u2069 {form}" for n, form in OTHERS)]
    assert Language("en").several("%(count)s try", "%(count)s tries", 1) == "1 try"
    assert Language("en").several("%(count)s try", "%(count)s tries", 0) == "0 tries"
    assert Language("de").several("%(count)s try", "%(count)s tries", 12_345) == "12.345 tries"


def test_values_keep_their_direction_in_a_text_that_is_read_from_the_right() -> None:
    assert language("ar").text("for %(name)s", name="Ada") == "لـ \u2068Ada\u2069"
    assert language("de").text("for %(name)s", name="Ada") == "für Ada"


def test_a_text_that_nobody_translated_stays() -> None:
    other = read_language("ar", CATALOG.encode())
    assert other.text("100 % new") == "100 % new"
    assert language("de").text("New: %(what)s", what="50%") == "Neu: 50%"
    assert other.text(None) == ""


@pytest.mark.parametrize(
    "code,shown",
    [
        ("en", ("5 Sep 2026", "1,234,567", "1,234.5", "12.50", "3 d")),
        ("de", ("05.09.2026", "1.234.567", "1.234,5", "12,50", "3 T")),
        ("ar", ("5 سبتمبر 2026", "1,234,567", "1,234.5", "12.50", "\u20683\u2069 ي")),
    ],
)
def test_values_are_written_as_the_language_writes_them(code: str, shown: tuple[str, ...]) -> None:
    with speaking(language(code)):
        made = (
            instant("2026-09-05T12:00:00Z", ZoneInfo("UTC")).text,
            number(1_234_567),
            number(Decimal("1234.5")),
            money(Decimal("12.5")),
            span(timedelta(days=3, hours=2)),
        )
    assert made == shown


def test_phones_are_grouped_and_read_from_the_left() -> None:
    shown = cell("phoneNumber", "+4930901820", ZoneInfo("UTC"))
    assert (shown.kind, shown.text) == ("phone", "+49 30 901820")
    assert cell("phoneNumber", "112", ZoneInfo("UTC")).text == "112"


def test_languages_do_not_leak_into_each_other() -> None:
    with speaking(language("en")):
        with speaking(language("de")):
            assert say("Retry") == "Wiederholen"
        assert say("Retry") == "Retry"
