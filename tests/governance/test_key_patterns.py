"""Numbers of records as data: new ones go by the pattern, the old stay and are found by theirs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.workspace.search_index import catch_up

PATTERN = "/api/governance/v1/keyPattern"
PERSON = "/tmf-api/party/v4/individual"
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
YEAR = "select to_char(now() at time zone 'utc', 'YY')"


@pytest.fixture(scope="module")
def admin(site: Site) -> Browser:
    _ = site.admin
    browser = Browser(pages_of(site))
    assert browser.sign_in("admin").status_code == 303
    return browser


def person(site: Site, **said: Any) -> dict[str, Any]:
    made = site.admin.post(PERSON, {"givenName": "Ada", "familyName": "Byron", **said})
    assert made.status_code == 201, made.json
    found: dict[str, Any] = made.json
    return found


def kept(site: Site, **said: Any) -> str:
    answer = site.admin.post(PATTERN, {"recordType": "Individual", "prefix": "PER", **said})
    assert answer.status_code == 201, answer.json
    site.work()
    return f"{PATTERN}/{answer.json['id']}"


def faults(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


def test_new_records_go_by_the_pattern_and_the_old_stay(site: Site, admin: Browser) -> None:
    """Prefix, letters of a segment, year, digits and start; the event has the key, too. A start
    that lies behind makes no number anew, and every key finds its record."""
    old = person(site)
    assert old["key"].startswith("IND0")
    address = kept(
        site, year="two", digits=4, segment="gender", start=700,
        segmentCode=[{"value": "female", "code": "F"}],
    )  # fmt: skip
    ((year,),) = site.rows(YEAR)
    first, second = person(site, gender="female"), person(site)
    assert (first["key"], second["key"]) == (f"PERF{year}0700", f"PER{year}0701")
    ((told,),) = site.rows("select key from event where subject = %s limit 1", first["id"])
    assert told == first["key"]
    changed = site.admin.patch(address, {"prefix": "MAN", "start": 5, "year": None,
                                         "segment": None, "segmentCode": None})  # fmt: skip
    assert changed.status_code == 200, changed.json
    site.work()
    third = person(site)
    assert third["key"] == "MAN0702"
    catch_up(site.services)
    for one in (old, first, second, third):
        assert site.admin.get(f"{PERSON}/{one['key']}").json["id"] == one["id"]
        place = admin.get(f"/go?q={one['key'].lower()}").headers["Location"]
        assert place == f"/r/individual/{one['key']}"
        hits = site.admin.get("/api/workspace/v1/search", params={"q": one["key"]}).json
        assert [each["key"] for each in hits] == [one["key"]]
    assert site.admin.delete(address).status_code == 204
    assert person(site)["key"] == "IND000703"


def test_patterns_that_cannot_be_are_refused(site: Site) -> None:
    made = {"recordType": "Category", "prefix": "SHELF"}
    for said, fault in (
        ({"recordType": "Nothing"}, ("recordType", "badValue")),
        ({"prefix": "CUS"}, ("prefix", "conflictPrefix")),
        ({"segment": "mood"}, ("segment", "badValue")),
        ({"segment": "subCategory"}, ("segment", "badValue")),
        ({"segmentCode": [{"value": "a", "code": "A"}]}, ("segment", "missing")),
    ):
        assert faults(site.admin.post(PATTERN, {**made, **said})) == {fault}, said
    assert site.admin.post(PATTERN, {**made, "prefix": "lower-1"}).status_code == 400
    assert site.admin.post(PATTERN, made).status_code == 201
    assert faults(site.admin.post(PATTERN, made)) == {("recordType", "conflictName")}


def test_the_page_shows_the_next_keys_before_they_are_kept(site: Site, admin: Browser) -> None:
    assert "Numbers of records" in words_of(admin.get("/administration").text)
    assert "Organization" in words_of(admin.get("/administration/keys").text)
    page = "/administration/keys/Organization"
    form = {"prefix": "firm", "digits": "5", "start": "400", "segment": "organizationType",
            "codes": "company = C\nauthority = A", "do": "look"}  # fmt: skip
    told = words_of(admin.post(page, form).text)
    assert "FIRM00400" in told
    assert "FIRMC00400 company" in told
    assert site.admin.get(f"{PATTERN}?recordType=Organization").json == []
    wrong = admin.post(page, form | {"prefix": "CUS", "do": "keep"})
    assert "stands for Customer" in words_of(wrong.text)
    assert admin.post(page, form | {"do": "keep"}).status_code == 303
    site.work()
    firm = {"tradingName": "Engines", "organizationType": "company"}
    made = site.admin.post("/tmf-api/party/v4/organization", firm).json
    assert made["key"] == "FIRMC00400"
    assert "FIRM00401" in words_of(admin.get(page).text)


def test_who_may_not_neither_sees_nor_changes_them(site: Site) -> None:
    role = site.role("reads_people", {"Individual:read": Grant("all", EVERY_CLASS)})
    reader = site.user("reads-people", roles=[role], scopes=("Individual:read",))
    assert reader.get(PATTERN).status_code == 403
    assert reader.post(PATTERN, {"recordType": "Service", "prefix": "SRV"}).status_code == 403
