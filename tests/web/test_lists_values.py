"""Values in lists and details: how long ago, words of the model, and what stands in a column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.pages.language import language, speaking
from trunkline.web.details.detail_page import _head_facts
from trunkline.web.facts import Teller
from trunkline.web.lists.columns import column_words, columns_of
from trunkline.web.records import Record
from trunkline.web.values import ago, cell

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
load_modules()
LISTED = [one for one in registry if one.published and "list" in one.operations]


@pytest.mark.parametrize(
    ("passed", "english", "german"),
    [(timedelta(seconds=20), "Just now", None), (timedelta(minutes=3), "3 min", "vor 3 Min"),
     (timedelta(hours=5), "5 hr", "vor 5 Std"), (timedelta(days=2), "2 days ago", "vor 2 Tagen"),
     (timedelta(hours=-2), "in 2 hr", "in 2 Std")],
)  # fmt: skip
def test_a_moment_is_told_by_its_age_with_the_exact_time_beside_it(
    passed: timedelta, english: str, german: str | None
) -> None:
    found = ago(NOW - passed, BERLIN, NOW)
    assert found.kind == "ago"
    assert found.text.startswith(english)
    assert found.age_s == int(passed.total_seconds())
    local = (NOW - passed).astimezone(BERLIN)
    assert found.more == f"{local:%-d %b %Y %H:%M}"
    if german:
        with speaking(language("de")):
            assert ago(NOW - passed, BERLIN, NOW).text.startswith(german)


def test_what_is_long_ago_is_told_by_its_date() -> None:
    assert ago(NOW - timedelta(days=8), BERLIN, NOW).kind == "time"
    assert ago(None, BERLIN, NOW).kind == "empty"


@pytest.mark.parametrize(
    ("name", "value", "kind", "text"),
    [("accountType", "directDebit", "word", "Direct debit"), ("role", "customer", "word",
                                                              "Customer"),
     ("serviceType", "CustomerFacingService", "word", "Customer facing service"),
     ("mediumType", "SMS", "word", "SMS"), ("name", "directDebit", "text", "directDebit"),
     ("serialNumber", "ABCdef", "text", "ABCdef"), ("category", "a b-1", "text", "a b-1")],
)  # fmt: skip
def test_words_of_the_model_read_as_words(name: str, value: str, kind: str, text: str) -> None:
    found = cell(name, value, BERLIN)
    assert (found.kind, found.text) == (kind, text)


@pytest.mark.parametrize("resource", LISTED, ids=str)
def test_no_column_says_what_another_one_says(resource: Resource) -> None:
    columns = columns_of(resource, None)
    assert not {"lastUpdate", "lastModified"} & {*columns}
    heads = [column_words(one) for one in columns]
    assert len(heads) == len(set(heads)), heads
    assert not any(one.isupper() or "[" in one or "@" in one for one in heads), heads


def test_the_list_of_customers_says_each_name_once() -> None:
    columns = columns_of(registry["Customer"], None)
    assert "engagedParty.name" not in columns
    assert [column_words(one) for one in columns] == [
        "Key",
        "Name",
        "Customer type",
        "Kind",
        "Status",
        "Changed",
    ]


def test_values_inside_elements_have_short_heads() -> None:
    option = {"numberRelOfferDefault": 1, "numberRelOfferLowerLimit": 0}
    one = {"id": "x", "name": "Fibre", "bundledProductOfferingOption": option}
    shape = registry["ProductOffering"].type
    (fact,) = Teller(BERLIN, {}).facts(shape, {"bundledProductOffering": [one]})
    assert fact.value.columns[-2:] == ("Number rel offer default", "Number rel offer lower limit")


def test_named_values_are_told_in_words() -> None:
    entry = {"name": "downloadSpeed", "valueType": "number", "value": 500}
    (fact,) = Teller(BERLIN, {}).facts(registry["Product"].type, {"productCharacteristic": [entry]})
    texts = [value.cell.text for row in fact.value.rows for value in row]
    assert "Download speed" in texts


def test_the_head_of_a_page_says_once_when_it_was_changed() -> None:
    offering = registry["ProductOffering"]
    document = {"name": "Fibre", "version": "1.0", "lastUpdate": "2026-11-22T12:00:00Z"}
    record = Record(offering, "x", "OFR1", 1, NOW, document, None)
    assert [one.name for one in _head_facts(record, Teller(BERLIN, {}))] == ["version"]
