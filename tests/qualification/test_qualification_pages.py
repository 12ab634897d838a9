"""Checking in the browser: the form, the answer, taking over, asking again, a file of addresses."""

from __future__ import annotations

import re
from typing import Any

import falcon.testing
import pytest

from tests.qualification.conftest import ORDER, Region, by_site, item
from tests.support.pages import pages_of
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_lists import upload
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.qualification.coverage import Unanswered, use_coverage

WEIMAR = {"streetName": "Weimarer Weg", "streetNr": "4", "postcode": "99440",
          "city": "Kranichfeld"}  # fmt: skip
TYPED = {"street": "Weimarer Weg", "number": "4", "postcode": "99440", "city": "Kranichfeld"}


@pytest.fixture(scope="module")
def pages(region: Region) -> falcon.testing.TestClient:
    for name, speed in (("Glass 1000", 1000), ("Glass 300", 300)):
        region.offer(name, "Glass Line", speed)
    region.offer("Copper 50", "Copper Line", 50)
    return pages_of(region.site)


@pytest.fixture(scope="module")
def admin(region: Region, pages: falcon.testing.TestClient) -> Browser:
    _ = region.site.admin
    browser = Browser(pages)
    assert browser.sign_in("admin").status_code == 303
    return browser


def page(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    return source_of(answer)


def asked(browser: Browser, **form: Any) -> str:
    answer = browser.post("/qualify", {**TYPED, **form})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_an_address_is_typed_and_each_offer_answered(region: Region, admin: Browser) -> None:
    """Colour and word, reason and alternative, per offer; what is chosen is asked about."""
    form = page(admin, "/qualify")
    for name in ("Glass 1000", "Glass 300", "Copper 50"):
        assert name in form
    told = page(admin, asked(admin, offering=[region.offers["Glass 1000"]]))
    words = words_of(told)
    assert "Weimarer Weg" in words
    assert 'class="state warn"' in told
    assert "Something else can be had" in words
    assert "the most here: download speed 300" in words.lower()
    assert "Glass 300 At once" in words
    assert "Take over" not in words  # there is nobody to order it
    everything = words_of(page(admin, asked(admin)))
    assert everything.count("Can be had") >= 2
    empty = admin.post("/qualify", {"street": "Weimarer Weg"})
    assert empty.status_code == 400
    assert "say where" in words_of(source_of(empty)).lower()


def test_an_alternative_is_taken_over_with_one_action(region: Region, admin: Browser) -> None:
    """One button makes a draft order with the offer, the site and the answer in it."""
    who = region.customer("Otis Bell")
    home = region.home(who, **WEIMAR)
    form = page(admin, f"/qualify?customer={who}")
    assert "Otis Bell" in form
    assert home in form
    region.read("/tmf-api/customerManagement/v4/customer", who)
    address = asked(admin, customer=who, site=home, offering=[region.offers["Glass 1000"]])
    page(admin, address)
    taken = admin.post(f"{address}/take", {"item": "1", "alternate": "1"})
    assert taken.status_code == 303, taken.text
    key = taken.headers["location"].partition("draft=")[2]
    draft = region.read(ORDER, key)
    line = draft["productOrderItem"][0]
    assert line["productOffering"]["name"] == "Glass 300"
    assert line["product"]["place"][0]["id"] == home
    assert draft["productOfferingQualification"][0]["id"]
    assert region.offers["Glass 300"] in page(admin, taken.headers["location"])
    page(admin, address)
    again = admin.post(f"{address}/take", {"item": "1", "alternate": "2"})
    assert again.headers["location"].endswith(key)
    assert len(region.read(ORDER, key)["productOrderItem"]) == 2
    assert f'href="/qualify/{draft["productOfferingQualification"][0]["id"]}"' in page(
        admin, f"/order/{key}"
    )
    assert 'href="/qualify?customer=' in page(admin, f"/customer/{who}")
    assert 'href="/qualify?site=' in page(admin, f"/places/site/{home}")


def test_what_was_asked_for_is_taken_over_with_its_values(region: Region, admin: Browser) -> None:
    """The draft asks for the speed that was checked, not for the one that the offer comes with."""
    who = region.customer("Ruth Egli")
    home = region.home(who, **WEIMAR)
    speed = [{"name": "downloadSpeed", "value": 200}]
    made = region.make("/tmf-api/productOfferingQualification/v4/productOfferingQualification", {
        "relatedParty": [{"id": who, "role": "customer"}], "productOfferingQualificationItem": [
            {"id": "1", "action": "add", "productOffering": {"id": region.offers["Glass 300"]},
             "product": {"place": [by_site(home)], "productCharacteristic": speed}}]})  # fmt: skip
    taken = admin.post(f"/qualify/{made['key']}/take", {"item": "1"})
    assert taken.status_code == 303, taken.text
    (line,) = region.read(ORDER, taken.headers["location"].partition("draft=")[2])[
        "productOrderItem"]  # fmt: skip
    assert line["product"]["productCharacteristic"] == speed
    assert line["product"]["place"][0]["id"] == home


def test_what_was_not_answered_is_tried_again(region: Region, admin: Browser) -> None:
    """Without an answer the page says so and offers to try again; then the answer is there."""

    class Down:
        def ask(self, *_: Any) -> None:
            raise Unanswered("out of order")

    use_coverage(region.site.services, Down())
    try:
        address = asked(admin, offering=[region.offers["Glass 300"]])
        assert "Being checked" in words_of(page(admin, address))
        region.site.work()
        failed = words_of(page(admin, address))
        assert "No answer" in failed
        assert "Try again" in failed
    finally:
        use_coverage(region.site.services, None)
    assert admin.post(f"{address}/again", {}).status_code == 303
    assert "Can be had" in words_of(page(admin, address))


def test_a_file_of_addresses_is_checked_from_the_page(region: Region, admin: Browser) -> None:
    """The file goes up, the job is shown; a file without addresses says what it lacks."""
    form = page(admin, "/qualify/file")
    assert 'type="file"' in form
    bare = admin.post("/qualify/file", {"offering": [region.offers["Glass 300"]]})
    assert bare.status_code == 400
    assert "choose a file first" in words_of(source_of(bare)).lower()


def test_nobody_checks_without_the_right(region: Region, pages: falcon.testing.TestClient) -> None:
    """Who may look only sees answers and asks nothing."""
    region.site.role("looker", {"TMF679:read": Grant("all", EVERY_CLASS)})
    region.site.user("looker", roles=["looker"], scopes=("TMF679:read",))
    looker = Browser(pages)
    looker.sign_in("looker")
    assert looker.get("/qualify").status_code == 403
    assert looker.post("/qualify", TYPED).status_code == 403
    answer = region.qualify("Glass 300", place={**WEIMAR, "role": "installation"})
    shown = page(looker, f"/qualify/{answer['key']}")
    assert "Check again" not in words_of(shown)
    assert looker.post(f"/qualify/{answer['key']}/again", {}).status_code == 403


@pytest.mark.parametrize("address", ["/qualify", "/qualify?customer={who}", "/qualify/{key}"])
def test_pages_take_at_most_three_statements(region: Region, admin: Browser, address: str) -> None:
    who = region.customer("Ida Storm")
    home = region.home(who, **WEIMAR)
    answer = region.qualify(
        "Glass 1000", customer=who,
        place={"id": home, "role": "installation", "@referredType": "GeographicSite"},
    )  # fmt: skip
    spot = address.format(who=who, key=answer["key"])
    page(admin, spot)
    with counted() as sent:
        page(admin, spot)
    own = [one for one in sent if not re.match("begin", one)]
    assert len(own) <= 3, own


def test_a_coverage_map_is_loaded_from_a_file_with_faults_by_row(
    region: Region, admin: Browser
) -> None:
    """Good rows count at once for checks, an area on the map too; bad ones say what is wrong."""
    region.spec("Radio Link")
    square = 'Polygon,"[[[1,1],[2,1],[2,2],[1,2],[1,1]]]"'
    rows = (
        "name,serviceSpecification,technology,postcodeFrom,postcodeTo,city,streetName,"
        "maxDownloadSpeed,area.type,area.coordinates",
        "North,Radio Link,5G,10000,10999,,,200,,",
        "Hill,Radio Link,5G,,,Auental,Am Hang,100,,",
        f"Square,Radio Link,5G,,,,,50,{square}",
        "Nowhere,Radio Link,5G,,,,,50,,",
        "Backwards,Radio Link,5G,20000,10000,,,50,,",
        "Unknown,No Such Service,5G,30000,,,,50,,",
    )
    columns = {f"column-{place}": path for place, path in enumerate(rows[0].split(","))}
    draft = upload(admin, "/r/coverageArea/import", "map.csv", "\r\n".join(rows))
    assert draft.status_code == 303, draft.text
    shown = words_of(page(admin, draft.headers["location"]))
    assert "say where: a postcode, a city or an area on the map" in shown.lower()
    ran = admin.post(draft.headers["location"], {"do": "run", **columns})
    assert ran.status_code == 303
    region.site.work()
    held = region.staff.get(
        "/api/qualification/v1/coverageArea",
        query_string=f"serviceSpecification.id={region.specs['Radio Link']}",
    ).json
    assert {one["name"] for one in held} == {"North", "Hill", "Square"}
    wanted = item("1", region.specs["Radio Link"], {"postcode": "10 500", "role": "installation"},
                  downloadSpeed=150)  # fmt: skip
    assert region.check(wanted)["qualificationResult"] == "qualified"
