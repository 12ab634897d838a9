"""Availability from anywhere in sales: asked with one action, taken over with one, kept current."""

from __future__ import annotations

from typing import Any

import pytest

from tests.qualification.conftest import ACCOUNT, AREA, CATALOG, OFFER, ORDER, Region, by_site
from tests.support.pages import pages_of
from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture_statements import at_most

SALES = "/api/sales/v1"
ASK, RECHECK, TAKE = (f"{SALES}/availability{one}" for one in ("", "/recheck", "/takeOver"))
CART = "/tmf-api/shoppingCart/v4/shoppingCart"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
LEAD = "/tmf-api/sales/v4/salesLead"
OPPORTUNITY = f"{SALES}/salesOpportunity"
WEIMAR = {"streetName": "Weimarer Weg", "streetNr": "12", "postcode": "99441",
          "city": "Kranichfeld"}  # fmt: skip
MONTH_S = 40 * 86_400
Record = dict[str, Any]


@pytest.fixture(scope="module")
def region(site: Site) -> Region:
    """Slower glass and copper in one street; a web space goes everywhere."""
    made = Region(site)
    made.spec("Copper Line")
    made.spec("Glass Line", serviceSpecRelationship=[
        {"id": made.specs["Copper Line"], "name": "Copper Line",
         "relationshipType": "alternative"}])  # fmt: skip
    made.spec("Web Space")
    town = {"city": "Kranichfeld", "postcodeFrom": "99440", "postcodeTo": "99449"}
    made.area("Glass Line", **town, streetName="Weimarer Weg", maxDownloadSpeed=300)
    made.area("Copper Line", city="Blankenhain", maxDownloadSpeed=50)
    for name, spec, down in (("Glass 1000", "Glass Line", 1000), ("Glass 300", "Glass Line", 300),
                             ("Shop Site", "Web Space", None),
                             ("Copper 50", "Copper Line", 50)):  # fmt: skip
        made.offer(name, spec, down, qualification={"validDays": 10})
    return made


class Sale:
    """A customer with a home, and what is sold there."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.customer = region.customer("Bo Falk")
        self.home = region.home(self.customer, **WEIMAR)
        owner = [{"id": self.customer, "role": "customer"}]
        account = {"name": "Bo's account", "state": "active", "relatedParty": owner}
        self.account = region.make(ACCOUNT, account)["id"]

    def lines(self, *names: str) -> list[Record]:
        return [
            {"id": str(number), "action": "add", "quantity": 1,
             "productOffering": {"id": self.region.offers[one]},
             "product": {"place": [by_site(self.home)]}}
            for number, one in enumerate(names, 1)
        ]  # fmt: skip

    def made(self, kind: str, *names: str) -> Record:
        """Return a new record of a kind that names offerings at the customer's home."""
        lines = self.lines(*names)
        party = [{"id": self.customer, "role": "customer", "@referredType": "Customer"}]
        bare = [{"productOffering": one["productOffering"], "product": one["product"]}
                for one in lines]  # fmt: skip
        path, body = {
            "SalesLead": (LEAD, {"familyName": "Falk", "salesLeadItem": bare}),
            "SalesOpportunity": (OPPORTUNITY, {"name": "Falk", "salesOpportunityItem": bare}),
            "Quote": (QUOTE, {"quoteItem": lines}),
            "ShoppingCart": (CART, {"cartItem": lines, "billingAccount": {"id": self.account}}),
            "ProductOrder": (ORDER, {"productOrderItem": lines, "state": "pending",
                                     "billingAccount": {"id": self.account}}),
        }[kind]  # fmt: skip
        return self.region.make(path, {"relatedParty": party, **body})

    def asked(self, kind: str, record: Record) -> Record:
        about = {"checkedFor": {"id": record["id"], "@referredType": kind}}
        answer = self.region.staff.post(ASK, about)
        assert answer.status_code == 201, answer.json
        return self.region.read(OFFER, answer.json["id"])


@pytest.fixture
def sale(region: Region) -> Sale:
    return Sale(region)


@pytest.mark.parametrize(
    "kind", ["SalesLead", "SalesOpportunity", "Quote", "ShoppingCart", "ProductOrder"]
)
def test_each_asks_for_what_it_is_about(sale: Sale, kind: str) -> None:
    """One action asks about every line at its site, and tells per offering whether it can be had,
    why not, what instead, and until when that holds; the answer names what was asked from."""
    record = sale.made(kind, "Glass 1000", "Glass 300", "Copper 50")
    check = sale.asked(kind, record)
    found = {one["productOffering"]["id"]: one
             for one in check["productOfferingQualificationItem"]}  # fmt: skip
    offers = sale.region.offers
    fast, slow, copper = (found[offers[one]] for one in ("Glass 1000", "Glass 300", "Copper 50"))
    assert fast["qualificationItemResult"] == "alternate"
    assert fast["eligibilityUnavailabilityReason"][0]["code"] == "valueTooHigh"
    assert slow["qualificationItemResult"] == "qualified"
    assert copper["qualificationItemResult"] == "unqualified"
    assert copper["eligibilityUnavailabilityReason"][0]["code"] == "notCovered"
    assert check["expirationDate"]
    assert check["checkedFor"]["id"] == record["id"]


@pytest.mark.accepts("QLF-04")
@pytest.mark.parametrize("kind, name, path", [
    ("Quote", "quoteItem", QUOTE), ("ShoppingCart", "cartItem", CART),
])  # fmt: skip
def test_an_alternate_replaces_what_was_asked_for(
    sale: Sale, kind: str, name: str, path: str
) -> None:
    """One action puts the slower offering in the place of the one that cannot be had, priced, at
    the same site; what the answer does not say can be had is refused."""
    record = sale.made(kind, "Glass 1000", "Copper 50", "Shop Site")
    check = sale.asked(kind, record)
    taken = sale.region.staff.post(TAKE, {
        "productOfferingQualification": check["id"], "item": "1", "alternate": "1"})  # fmt: skip
    assert taken.status_code == 200, taken.json
    assert taken.json["id"] == record["id"]
    lines = sale.region.read(path, record["id"])[name]
    assert [one["productOffering"]["name"] for one in lines] == [
        "Glass 300", "Copper 50", "Shop Site"
    ]  # fmt: skip
    assert lines[0]["product"]["place"][0]["id"] == sale.home
    told = lines[0].get("itemPrice") or lines[0]["quoteItemPrice"]
    assert told[0]["name"] == "Glass 300 monthly"
    no = {"productOfferingQualification": check["id"], "item": "2"}
    refused = sale.region.staff.post(TAKE, no)
    assert (refused.status_code, refused.json["code"]) == (409, "conflictNotQualified")
    wrong = {"productOfferingQualification": check["id"], "item": "1", "alternate": "9"}
    assert sale.region.staff.post(TAKE, wrong).status_code == 404


@pytest.mark.accepts("QLF-01", "QLF-04")
@pytest.mark.parametrize("is_nested", [True, False], ids=["nested", "related"])
@pytest.mark.parametrize("kind, name, path", [
    ("Quote", "quoteItem", QUOTE), ("ShoppingCart", "cartItem", CART),
])  # fmt: skip
def test_a_part_is_asked_for_where_its_whole_is(
    sale: Sale, kind: str, name: str, path: str, is_nested: bool
) -> None:
    """A part of a bundle is checked like any line, however it is said to lie inside and at the
    place of the whole where it says none; taken over it stays inside, and twice is as good as
    once."""
    region = sale.region
    parts = [{"id": region.offers[one],
              "bundledProductOfferingOption": {"numberRelOfferLowerLimit": 0}}
             for one in ("Glass 1000", "Glass 300")]  # fmt: skip
    pack = region.make(f"{CATALOG}/productOffering", {
        "name": "Pack", "isBundle": True, "isSellable": True, "lifecycleStatus": "Active",
        "bundledProductOffering": parts})["id"]  # fmt: skip
    (whole, part) = sale.lines("Glass 1000", "Glass 1000")
    whole["productOffering"] = {"id": pack}
    part["product"] = {}
    inside = {name: [part]} if is_nested else {
        f"{name}Relationship": [{"id": "2", "relationshipType": "bundles"}]}  # fmt: skip
    record = region.make(path, {
        "relatedParty": [{"id": sale.customer, "role": "customer"}],
        name: [whole | inside] if is_nested else [whole | inside, part]})  # fmt: skip
    check = sale.asked(kind, record)
    found = {one["id"]: one["qualificationItemResult"]
             for one in check["productOfferingQualificationItem"]}  # fmt: skip
    assert found == {"1": "qualified", "2": "alternate"}
    take = {"productOfferingQualification": check["id"], "item": "2", "alternate": "1"}
    for _ in range(2):
        assert region.staff.post(TAKE, take).status_code == 200
        lines = region.read(path, record["id"])[name]
        told = [one["productOffering"]["name"] for one in lines]
        assert told == (["Pack"] if is_nested else ["Pack", "Glass 300"])
        assert not is_nested or lines[0][name][0]["productOffering"]["name"] == "Glass 300"


@pytest.mark.accepts("QLF-05")
def test_what_has_expired_is_checked_again_first(sale: Sale) -> None:
    """Forty days on the answer has expired: the quote is not presented, the cart not checked out
    and the draft not submitted, each told which answer ended when; asked again with one action
    they go on."""
    region = sale.region
    records = {kind: sale.made(kind, "Glass 300") for kind in ("Quote", "ShoppingCart",
                                                               "ProductOrder")}  # fmt: skip
    checks = {kind: sale.asked(kind, one) for kind, one in records.items()}
    until = {"validFor": {"endDateTime": "2099-01-01T00:00:00Z"}}
    quote, cart, order = (one["id"] for one in records.values())
    for path, ident in ((QUOTE, quote), (CART, cart)):
        assert region.staff.patch(f"{path}/{ident}", until).status_code == 200
    goes_on = {
        "Quote": (f"{SALES}/quote/{quote}/present", {}),
        "ShoppingCart": (f"{SALES}/shoppingCart/{cart}/checkOut", {}),
        "ProductOrder": (f"/api/ordering/v1/productOrder/{order}/submit", {}),
    }
    region.site.move_clock(MONTH_S)
    try:
        for kind, (path, body) in goes_on.items():
            refused = region.staff.post(path, body)
            assert refused.status_code in (400, 409), (kind, refused.json)
            (fault,) = refused.json["fault"]
            assert fault["code"] == "qualificationExpired"
            assert checks[kind]["key"] in fault["message"]
            assert checks[kind]["expirationDate"][:10] in fault["message"]
            about = {"checkedFor": {"id": records[kind]["id"], "@referredType": kind}}
            (again,) = region.staff.post(RECHECK, about).json
            assert again["id"] == checks[kind]["id"]
            done = region.staff.post(path, body)
            assert done.status_code in (200, 201), (kind, done.json)
    finally:
        region.site.move_clock(-MONTH_S)


def test_a_line_kept_for_a_cart_that_is_given_up_is_free_again(sale: Sale) -> None:
    """The only line of a street is kept for a cart; given up, it is there for somebody else, and
    the answer does not hold any more."""
    region = sale.region
    area = region.area("Glass Line", city="Tannroda", maxDownloadSpeed=1000, capacity=1)
    place = {"city": "Tannroda", "postcode": "99438", "role": "installation"}
    cart = sale.made("ShoppingCart", "Glass 300")
    ask = {"checkedFor": {"id": cart["id"], "@referredType": "ShoppingCart"}, "place": place,
           "reserve": True}  # fmt: skip
    check = region.staff.post(ASK, ask).json["id"]
    region.site.work()
    assert [one["qualification"]["id"] for one in region.read(AREA, area)["hold"]] == [check]
    given_up = region.staff.patch(f"{CART}/{cart['id']}", {"status": "abandoned"})
    assert given_up.status_code == 200, given_up.json
    region.site.work()
    assert "hold" not in region.read(AREA, area)
    other = Sale(region).made("ShoppingCart", "Glass 300")
    again = region.staff.post(ASK, ask | {"checkedFor": {**ask["checkedFor"], "id": other["id"]}})
    assert again.json["qualificationResult"] == "qualified"


@pytest.fixture(scope="module")
def browser(region: Region) -> Browser:
    _ = region.site.admin
    found = Browser(pages_of(region.site))
    assert found.sign_in("admin").status_code == 303
    return found


def shown(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, words_of(source_of(answer))[-600:])
    return source_of(answer)


def led(browser: Browser, address: str, **form: Any) -> str:
    """Send a form and return where it leads."""
    answer = browser.post(address, form)
    assert answer.status_code == 303, (address, words_of(source_of(answer))[-600:])
    return str(answer.headers["location"])


def test_an_agent_fills_checks_changes_and_orders_a_cart(sale: Sale, browser: Browser) -> None:
    """On its page an agent puts an offer into a cart, checks it, takes the alternate over with one
    button, asks anew after it has expired with another, and orders."""
    empty = sale.region.make(CART, {
        "relatedParty": [{"id": sale.customer, "role": "customer"}],
        "validFor": {"endDateTime": "2099-01-01T00:00:00Z"}})  # fmt: skip
    address, offers = f"/cart/{empty['key']}", sale.region.offers
    assert "The cart is empty" in shown(browser, address)
    led(browser, f"{address}/add", offering=offers["Glass 1000"], site=sale.home)
    led(browser, f"{address}/add", offering=offers["Shop Site"], site=sale.home)
    (first, second) = sale.region.read(CART, empty["id"])["cartItem"]
    led(browser, f"{address}/item", do="later", item=second["id"])
    led(browser, f"{address}/item", do="quantity", item=first["id"], quantity="2")
    with at_most(3):
        told = words_of(shown(browser, address))
    assert "Glass 1000" in told
    assert "25.00 EUR per month" in told
    asking = f"/availability/ShoppingCart/{empty['key']}"
    with at_most(3):
        assert "Glass 1000" in shown(browser, asking)
    answer = led(browser, asking)
    page = shown(browser, answer)
    assert f"over into {empty['key']}" in page
    assert led(browser, f"{answer}/take", item=first["id"], alternate="1") == address
    assert "Glass 300" in words_of(shown(browser, address))
    sale.region.site.move_clock(MONTH_S)
    try:
        fragment = words_of(shown(browser, f"{address}/standing"))
        assert "has expired on" in fragment
        refused = browser.post(f"{address}/check-out", {"account": sale.account})
        assert refused.status_code == 409
        assert "has expired on" in words_of(source_of(refused))
        led(browser, f"{address}/again")
        ordered = led(browser, f"{address}/check-out", account=sale.account)
    finally:
        sale.region.site.move_clock(-MONTH_S)
    order = sale.region.read(ORDER, ordered.removeprefix("/order/"))
    (item,) = order["productOrderItem"]
    assert (item["productOffering"]["name"], item["quantity"]) == ("Glass 300", 2)
    assert order["key"] in shown(browser, address)


@pytest.mark.accepts("QLF-01")
@pytest.mark.parametrize(
    "kind", ["SalesLead", "SalesOpportunity", "Quote", "ShoppingCart", "ProductOrder"]
)
def test_an_agent_asks_from_each_page(sale: Sale, browser: Browser, kind: str) -> None:
    """The page of each leads to the question, filled in; the answer says per offering what can be
    had, why not, what instead and until when, and leads back."""
    record = sale.made(kind, "Glass 1000", "Glass 300", "Copper 50")
    pages = {"Quote": "/quote/", "ShoppingCart": "/cart/", "ProductOrder": "/order/"}
    path = pages.get(kind) or f"/r/{kind[0].lower()}{kind[1:]}/"
    asking = f"/availability/{kind}/{record['key']}"
    assert asking in shown(browser, path + record["key"])
    assert words_of(shown(browser, asking)).count("Home") >= 1
    answer = words_of(shown(browser, led(browser, asking)))
    assert record["key"] in answer
    for word in ("Something else can be had", "Can be had", "Cannot be had", "Holds until",
                 "Not covered", "the most here"):  # fmt: skip
        assert word.lower() in answer.lower(), word
