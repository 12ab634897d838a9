"""Addresses, amounts and distances as the country and the language write them."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.pages.language import language, speaking
from trunkline.web.postal import FORMATS, PLACE, address_line, address_lines, contact_line
from trunkline.web.values import compound, price, typed_number
from trunkline.workspace.search_index import catch_up

ADDRESSES = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
SITES = "/tmf-api/geographicSiteManagement/v4/geographicSite"

MILL = {
    "streetName": "Mill Lane", "streetNr": "7", "streetNrSuffix": "a", "postcode": "10115",
    "city": "Town", "stateOrProvince": "TX",
}  # fmt: skip


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("DE", ["Mill Lane 7 a", "10115 Town", "Germany"]),
        ("FR", ["7 a Mill Lane", "10115 Town", "France"]),
        ("ES", ["Mill Lane, 7 a", "10115 Town", "Spain"]),
        ("IT", ["Mill Lane 7 a", "10115 Town TX", "Italy"]),
        ("GB", ["7 a Mill Lane", "Town", "10115", "United Kingdom"]),
        ("US", ["7 a Mill Lane", "Town, TX 10115", "United States"]),
        ("CA", ["7 a Mill Lane", "Town TX 10115", "Canada"]),
        ("BR", ["Mill Lane, 7 a", "Town - TX", "10115", "Brazil"]),
        ("HU", ["Town", "Mill Lane 7 a", "10115", "Hungary"]),
        ("SA", ["7 a Mill Lane", "Town 10115", "Saudi Arabia"]),
        ("XX", ["Mill Lane 7 a", "10115 Town", "XX"]),
    ],
)
def test_an_address_stands_as_its_country_writes_it(country: str, expected: list[str]) -> None:
    """Number, postcode and state have their places; the country is named."""
    assert address_lines(MILL | {"country": country}, "en") == expected


def test_the_country_is_named_in_the_language_of_the_page() -> None:
    assert address_lines(MILL | {"country": "at"}, "de")[-1] == "Österreich"
    assert address_lines(MILL | {"country": "AT"}, "ar")[-1] == "النمسا"


def test_what_an_address_lacks_leaves_no_punctuation_behind() -> None:
    some = {"postcode": "73301", "city": "Austin", "country": "US"}
    assert address_line(some) == "Austin 73301"
    assert (
        address_line({"city": "Austin", "stateOrProvince": "TX", "country": "US"}) == "Austin, TX"
    )
    assert address_line({"streetName": "Rua A", "country": "BR"}) == "Rua A"
    assert address_line({}) == ""


def test_ranges_districts_and_villages_are_told() -> None:
    row = {"streetName": "Mill Lane", "streetNr": "7", "streetNrLast": "11", "locality": "Mitte"}
    assert address_line(row | {"city": "Town"}) == "Mill Lane 7–11, Mitte, Town"
    assert address_line(row) == "Mill Lane 7–11, Mitte"


def test_the_post_of_a_contact_follows_its_country_too() -> None:
    medium = {"street1": "1 High St", "street2": "Flat 2", "postCode": "SW1A 1AA", "city": "London"}
    told = "1 High St, Flat 2, London, SW1A 1AA, Vereinigtes Königreich"
    assert contact_line(medium | {"country": "GB"}, "de") == told
    assert contact_line(medium, "de") == "1 High St, Flat 2, SW1A 1AA London"


@pytest.mark.parametrize("country", sorted(FORMATS))
def test_no_country_loses_street_number_town_or_postcode(country: str) -> None:
    named = set(PLACE.findall(" ".join(FORMATS[country])))
    assert {"street", "number", "locality", "town", "postcode"} <= named


@pytest.mark.parametrize(
    ("code", "amount", "currency", "shown"),
    [
        ("en", "1234.5", "EUR", "1,234.50 EUR"),
        ("de", "1234.5", "EUR", "1.234,50 EUR"),
        ("de", "0.0125", "EUR", "0,0125 EUR"),
        ("en", "1234", "JPY", "1,234 JPY"),
        ("ar", "12.5", "KWD", "12.500 KWD"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(
    code: str, amount: str, currency: str, shown: str
) -> None:
    with speaking(language(code)):
        assert price(Decimal(amount), currency) == shown
        cell = compound({"value": Decimal(amount), "unit": currency}, ZoneInfo("UTC"))
    assert cell is not None
    assert cell.text == shown


@pytest.mark.parametrize(
    ("code", "typed", "read"),
    [
        ("de", "29,90", "29.90"), ("de", "1.234,50", "1234.50"), ("de", "29.90", "29.90"),
        ("en", "29.90", "29.90"), ("en", "1 000", "1000"), ("en", "1,5", "1,5"),
    ],
)  # fmt: skip
def test_a_decimal_comma_counts_where_the_language_has_one(
    code: str, typed: str, read: str
) -> None:
    with speaking(language(code)):
        assert typed_number(typed) == read


def test_what_is_no_currency_is_no_amount_of_money() -> None:
    cell = compound({"amount": 100, "units": "Mbit/s"}, ZoneInfo("UTC"))
    assert cell is not None
    assert cell.text == "100 Mbit/s"


def test_lists_and_links_write_an_address_as_its_country_does(admin: Browser, site: Site) -> None:
    """In the list of addresses, its page and where another record points at it."""
    made = site.admin.post(ADDRESSES, {
        "streetName": "Main Street", "streetNr": "12", "city": "Springfield",
        "stateOrProvince": "IL", "postcode": "62701", "country": "US",
    }).json  # fmt: skip
    line = "12 Main Street, Springfield, IL 62701"
    assert line in words_of(admin.get(f"/r/geographicAddress/{made['key']}").text)
    place = {"id": made["id"], "@referredType": "GeographicAddress"}
    where = site.admin.post(SITES, {"name": "Depot", "place": [place]})
    assert where.status_code == 201, where.json
    assert line in words_of(admin.get(f"/r/geographicSite/{where.json['key']}").text)
    catch_up(site.services)
    assert line in words_of(admin.get("/look-up/GeographicAddress?q=Springfield").text)
