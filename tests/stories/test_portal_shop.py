"""The portal's shop: an address, what can be had there, a cart, the terms, and an order."""

from __future__ import annotations

from collections.abc import Iterator

import falcon.testing
import pytest

from tests.stories.conftest import SECRET
from tests.support.at_portal import (
    AREA,
    CART,
    HIDDEN,
    SALES,
    at_portal,
    codes,
    own_client,
    read,
)
from tests.support.operator import (
    OFFERING,
    ORDER,
    PRODUCT,
    SERVICE_SPECIFICATION,
    SITE,
    Operator,
    Record,
)
from tests.support.program import open_site
from tests.web.browser import Browser, source_of, words_of
from tests.web.filled_form import filled_form
from tests.web.test_typed_values import KINDS
from trunkline.access.standard import ensure_roles
from trunkline.simulator.running import Running

CATALOG = "/tmf-api/productCatalogManagement/v4"


@pytest.fixture(scope="module")
def opened(cluster: str, template: str, network: Running) -> Iterator[Operator]:
    """An installation of its own: policies, terms and a coverage map would bother other stories."""
    with open_site(cluster, template, TRUNKLINE_NETWORK_CALLBACK_SECRET=SECRET) as site:
        yield Operator.open(site, network)


@pytest.fixture(autouse=True)
def roles(operator: Operator) -> None:
    ensure_roles(operator.site.services)


@pytest.fixture(scope="module")
def terms(opened: Operator) -> Record:
    """Terms that hold, fibre of different speeds in two towns, and something for partners only."""
    (fibre,) = opened.find(SERVICE_SPECIFICATION, name="Fibre Access")
    for town, speed in (("Nordhaven", 500), ("Eastmere", 1000)):
        opened.make(AREA, {
            "name": town, "serviceSpecification": {"id": fibre["id"]}, "city": town,
            "maxDownloadSpeed": speed, "maxUploadSpeed": speed // 2,
        })  # fmt: skip
    opened.make(OFFERING, {
        "name": "Wholesale Only", "lifecycleStatus": "Active", "isSellable": True,
        "qualification": {"customerType": ["wholesale"]},
    })  # fmt: skip
    body = {"name": "General terms", "version": "2026-1", "text": "You pay, we deliver."}
    return opened.make(f"{SALES}/termsOfSale", body)


def key_of(operator: Operator, name: str) -> str:
    """Return the key of an offering."""
    return str(operator.read(OFFERING, operator.offerings[name])["key"])


def checked(browser: Browser, **place: str) -> str:
    """Return the address of what can be had at a place."""
    read(browser, "/my/shop")
    answer = browser.post("/my/shop", place)
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["Location"])


def order_form(browser: Browser) -> dict[str, str]:
    """Return what the form of the cart says by itself."""
    html = source_of(browser.get("/my/cart")).partition("/my/cart/order")[2]
    return dict(HIDDEN.findall(html))


@pytest.mark.accepts("CRT-01", "CRT-05")
def test_first_the_address_then_what_can_be_had(
    operator: Operator, pages: falcon.testing.TestClient, terms: Record
) -> None:
    """Nothing is offered before the address was checked; then only what this customer may have
    there, and beside it what can be had instead of what cannot."""
    ada = operator.ada()
    browser = at_portal(ada, pages)
    assert "Fibre" not in read(browser, "/my/shop")
    unknown = browser.post("/my/shop", {"street": "", "city": "Nordhaven"})
    assert unknown.status_code == 400
    shop = checked(browser, site=ada.places[0])
    had, _, instead = read(browser, shop).partition("Not here, but instead")
    assert "Fibre 500M 39.90 EUR a month, 49.00 EUR once" in had
    assert "Fibre 1G" not in had
    assert "Wholesale Only" not in had + instead
    assert "Fibre 1G cannot be had here as it is. You can have: Fibre 500M" in instead
    assert browser.get(f"{shop}/{key_of(operator, 'Fibre 1G')}").status_code == 404
    assert "Installation" in read(browser, f"{shop}/{key_of(operator, 'Fibre 500M')}")


@pytest.mark.accepts("CRT-01", "CRT-04")
def test_a_customer_checks_out(
    operator: Operator, pages: falcon.testing.TestClient, terms: Record
) -> None:
    """What was configured comes to a sum each month and once and is ordered under a number, once
    the terms are accepted; these stay with the order, with version and time, whatever becomes of
    them. Nobody says another version or another time."""
    ada = operator.ada()
    client, browser = own_client(ada), at_portal(ada, pages)
    shop = checked(browser, site=ada.places[0])
    offer = f"{shop}/{key_of(operator, 'Fibre 500M')}"
    put = browser.post(offer, {"c:value:installation": "self"})
    assert put.headers["Location"] == "/my/cart?done=added", words_of(put.text)
    cart = read(browser, "/my/cart")
    assert "Each month 39.90 EUR Once 49.00 EUR" in cart
    assert "You pay, we deliver." in cart
    (begun,) = client.get(CART).json
    form, said = order_form(browser), f"{terms['id']} {terms['version']}"
    without = browser.post("/my/cart/order", form)
    assert without.status_code == 400
    assert "General terms" in words_of(without.text)
    former = {"acceptedTerms": [{"id": terms["id"], "version": "2025-9"}]}
    over = client.post(f"{SALES}/shoppingCart/{begun['id']}/checkOut",
                       {**former, "billingAccount": ada.account})  # fmt: skip
    assert codes(over) == {"termsChanged"}
    sent = browser.post("/my/cart/order", {**form, "terms": said})
    assert sent.status_code == 303, words_of(sent.text)
    key = sent.headers["Location"].removeprefix("/my/orders/").removesuffix("?done=sent")
    assert f"Your order number is {key}" in read(browser, sent.headers["Location"])
    assert browser.post("/my/cart/order", {**form, "terms": said}).status_code == 303
    (order,) = client.get(ORDER).json
    (kept,) = order["acceptedTerms"]
    assert order["key"] == key
    assert (kept["id"], kept["version"]) == (terms["id"], terms["version"])
    assert kept["acceptedAt"][:16] == order["orderDate"][:16]
    operator.settle()
    assert "Fibre 500M Working" in words_of(browser.get("/my").text)


@pytest.mark.accepts("CRT-04")
def test_acceptance_is_not_made_up(operator: Operator, terms: Record) -> None:
    """Who orders says neither when terms were accepted nor leaves them out; another text needs
    another version, and what was accepted before stays as it was."""
    ada = operator.ada()
    client, voice = own_client(ada), ada.body(ada.voice("1"))
    now = operator.read(f"{SALES}/termsOfSale", terms["id"])["version"]
    mine = {"id": terms["id"], "version": now}
    forged = {**mine, "acceptedAt": "2020-01-01T00:00:00Z"}
    made_up = client.post(ORDER, {**voice, "acceptedTerms": [forged]})
    assert "acceptedTerms[0].acceptedAt" in {one["path"] for one in made_up.json["fault"]}
    nothing = client.post(ORDER, {**voice, "acceptedTerms": [{**mine, "id": "nothing"}]})
    assert (nothing.status_code, codes(nothing) - {"termsNotAccepted"}) == (
        400, {"danglingReference"},
    )  # fmt: skip
    assert codes(client.post(ORDER, voice)) == {"termsNotAccepted"}
    order = client.post(ORDER, {**voice, "acceptedTerms": [mine]})
    assert order.status_code == 201, order.json
    path, text = f"{SALES}/termsOfSale/{terms['id']}", {"text": f"Other words than {now}."}
    assert codes(operator.staff.patch(path, text)) == {"versionMissing"}
    later = operator.staff.patch(path, {**text, "version": f"{now}-b"})
    assert later.status_code == 200, later.json
    (kept,) = client.get(f"{ORDER}/{order.json['id']}").json["acceptedTerms"]
    assert kept["version"] == now
    back = operator.staff.patch(path, {"text": terms["text"], "version": terms["version"]})
    assert back.status_code == 200


def test_a_bundle_comes_to_another_place(
    operator: Operator, pages: falcon.testing.TestClient, terms: Record
) -> None:
    """An address that is typed is checked and becomes a place of the customer's when something is
    put into the cart for it, not where that is refused; a bundle is ordered with the parts that
    were chosen, as many as are wanted at last."""
    ada = operator.ada()
    browser = at_portal(ada, pages)
    street = {"street": "Mill Lane", "number": "7", "city": "Eastmere", "sure": "1"}
    offer = f"{checked(browser, **street)}/{key_of(operator, 'Fibre Home')}"
    assert "always in it" in read(browser, offer)
    sites = operator.find(SITE, relatedParty__id=ada.id)
    for wrong in ("0", "1001", "a few"):
        refused = browser.post(offer, {"quantity": wrong})
        told = f"is {wrong}; order 1 to 1000 at once"
        assert (refused.status_code, told in words_of(refused.text)) == (400, True)
    assert operator.find(SITE, relatedParty__id=ada.id) == sites
    put = browser.post(offer, {"part": operator.offerings["TV Basic"], "quantity": "2"})
    assert put.headers["Location"] == "/my/cart?done=added", words_of(put.text)
    cart = read(browser, "/my/cart")
    assert "Fibre Home × 2" in cart
    assert "Fibre 1G, TV Basic" in cart
    (item,) = own_client(ada).get(CART).json[0]["cartItem"]
    less = browser.post("/my/cart/quantity", {"item": item["id"], "quantity": "1"})
    assert less.headers["Location"] == "/my/cart?done=quantity", words_of(less.text)
    cart = read(browser, "/my/cart")
    assert "× 2" not in cart
    assert "Mill Lane 7, Eastmere" in cart
    said = f"{terms['id']} {terms['version']}"
    sent = browser.post("/my/cart/order", {**order_form(browser), "terms": said})
    assert sent.status_code == 303, words_of(sent.text)
    operator.settle()
    assert "Fibre Home Working Mill Lane 7, Eastmere" in read(browser, "/my")


def test_every_kind_of_value_is_asked_for(
    operator: Operator, pages: falcon.testing.TestClient, terms: Record
) -> None:
    """Objects, addresses, files and lists are typed in the shop by the inputs of an order that
    staff take, told wrong and missing by their names, ordered, and changed where one has them."""
    sold = everything(operator)
    ada = operator.ada()
    browser = at_portal(ada, pages)
    offer = f"{checked(browser, site=ada.places[0])}/{sold['key']}"
    shown = browser.get(offer)
    assert "A technician has to come." in words_of(shown.text)
    assert 'type="file"' in shown.text
    box = 'm:["value","equipment",{},"{}"]'.format
    fields = filled_form(shown, action=offer) | {
        box(0, "model"): "Router", box(0, "size"): "12", 'm:["value","ship.to",0,"city"]': "Oslo",
        'm:["value","owner",0,"desk","floor"]': "3", "c:value:words": ["a b", ""],
        'm:["value","plan",0,"url"]': "https://example.com/plan.pdf", "c:value:count": "4",
    }  # fmt: skip
    more = browser.post(f"{offer}/form", fields | {"step": "more:c:value:words"})
    again = filled_form(more, action=offer)
    assert again["c:value:words"] == ["a b", ""]
    assert again[box(1, "model")] == [""]
    missing = browser.post(offer, fields)
    assert "reason is missing" in words_of(missing.text)
    fields |= {"c:value:words": ["a b", "c"], "c:value:reason": "Moving in"}
    wrong = browser.post(offer, fields)
    spot = wrong.text.partition('id="at-value-equipment-0-size-wrong">')[2].partition("</p>")[0]
    assert "must be between 1 and 9" in spot
    assert filled_form(wrong, action=offer)["c:value:words"] == ["a b", "c", ""]
    put = browser.post(offer, fields | {box(0, "size"): "7"})
    assert put.headers.get("Location") == "/my/cart?done=added", words_of(put.text)
    said = f"{terms['id']} {terms['version']}"
    sent = browser.post("/my/cart/order", {**order_form(browser), "terms": said})
    assert sent.status_code == 303, words_of(sent.text)
    operator.settle()
    (product,) = operator.find(PRODUCT, name="All of it")
    assert configured(product) == {
        "equipment": [{"model": "Router", "size": 7}], "owner": {"desk": {"floor": 3}},
        "ship.to": {"city": "Oslo"}, "plan": {"url": "https://example.com/plan.pdf"},
        "words": ["a b", "c"], "count": 4, "ticked": False, "reason": "Moving in",
    }  # fmt: skip
    assert "Ticked No" in read(browser, f"/my/products/{product['key']}")
    page = f"/my/products/{product['key']}/change"
    form = filled_form(browser.get(page), action=f"{page}/form")
    assert form[box(0, "size")] == ["7"]
    looked = browser.post(f"{page}/form", form | {box(0, "size"): "8"})
    assert "Model Router, Size 7 Model Router, Size 8" in words_of(looked.text)
    assert browser.post(page, filled_form(looked, action=page)).status_code == 303
    operator.settle()
    (product,) = operator.find(PRODUCT, name="All of it")
    assert configured(product)["equipment"] == [{"model": "Router", "size": 8}]


def configured(product: Record) -> Record:
    """Return the values of a product by their names."""
    return {one["name"]: one["value"] for one in product["productCharacteristic"]}


def everything(operator: Operator) -> Record:
    """Put an offering on sale that is configured by values of every kind."""
    made = operator.make(f"{CATALOG}/productSpecification", {
        "name": "Everything", "lifecycleStatus": "Active",
        "productSpecCharacteristic": [{"configurable": True} | one for one in KINDS]
        + [{"name": "reason", "configurable": True, "minCardinality": 1}],
    })  # fmt: skip
    price = operator.make(f"{CATALOG}/productOfferingPrice", {
        "name": "Monthly", "priceType": "recurring", "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1, "lifecycleStatus": "Active",
        "price": {"unit": "EUR", "value": 5},
    })  # fmt: skip
    operator.make(OFFERING, {
        "name": "All of it", "lifecycleStatus": "Active", "isSellable": True,
        "productSpecification": {"id": made["id"]}, "productOfferingPrice": [{"id": price["id"]}],
    })  # fmt: skip
    (sold,) = operator.find(OFFERING, name="All of it")
    return sold


@pytest.mark.accepts("NFR-06")
def test_what_is_sold_is_read_in_the_language_of_the_customer(
    operator: Operator, pages: falcon.testing.TestClient, terms: Record
) -> None:
    """Offerings, what they ask for and what may be chosen are told to each customer in the
    language that is read, from the shop to what one has, and stay as they are by the interface;
    another language may be added while they are sold, each of them once."""
    sold = operator.read(OFFERING, operator.offerings["Fibre 500M"])
    in_german = {"language": "de", "name": "Glasfaser 500", "description": "Schnell genug."}
    path = f"{OFFERING}/{sold['id']}"
    twice = operator.staff.patch(path, {"translation": [in_german, in_german]})
    assert codes(twice) == {"conflictLanguage"}
    saved = operator.staff.patch(path, {"translation": [in_german]})
    assert (saved.status_code, saved.json["name"]) == (200, "Fibre 500M"), saved.json
    kind = f"{CATALOG}/productSpecification/{sold['productSpecification']['id']}"
    asked = operator.staff.get(kind).json["productSpecCharacteristic"]
    (one,) = (each for each in asked if each["name"] == "installation")
    one["translation"] = [{"language": "de", "name": "Wer baut ein?"}]
    for choice in one["productSpecCharacteristicValue"]:
        if choice["value"] == "self":
            choice["translation"] = [{"language": "de", "name": "Ich selbst"}]
    changed = operator.staff.patch(kind, {"productSpecCharacteristic": asked})
    assert changed.status_code == 200, changed.json
    ada = operator.ada()
    browser = at_portal(ada, pages)

    def told(address: str, language: str) -> str:
        return words_of(browser.get(address, **{"Accept-Language": language}).text)

    shop = checked(browser, site=ada.places[0])
    offer = f"{shop}/{sold['key']}"
    for address, german, english in (
        (shop, ("Glasfaser 500", "Schnell genug."), ("Fibre 500M",)),
        (offer, ("Glasfaser 500", "Wer baut ein?", "Ich selbst"), ("Fibre 500M",)),
    ):
        in_turn = told(address, "de-AT"), told(address, "en"), told(address, "ar")
        for text in german:
            assert [text in each for each in in_turn] == [True, False, False], (address, text)
        for text in english:
            assert [text in each for each in in_turn] == [False, True, True], (address, text)
    browser.post(offer, {"c:value:installation": "self"})
    assert "Glasfaser 500" in told("/my/cart", "de")
    said = f"{terms['id']} {terms['version']}"
    sent = browser.post("/my/cart/order", {**order_form(browser), "terms": said})
    assert sent.status_code == 303, words_of(sent.text)
    operator.settle()
    (product,) = own_client(ada).get(PRODUCT).json
    assert product["name"] == "Fibre 500M"
    for address in (sent.headers["Location"], "/my", f"/my/products/{product['key']}"):
        for language, is_german in (("de", True), ("en", False)):
            page = told(address, language)
            assert ("Glasfaser 500" in page, "Fibre 500M" in page) == (is_german, not is_german)
    assert "Wer baut ein?" in told(f"/my/products/{product['key']}", "de")
    assert "Wer baut ein?" not in told(f"/my/products/{product['key']}", "en")
