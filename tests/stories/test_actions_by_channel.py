"""What is done with a product, from wherever it begins: old and new values before and after."""

from __future__ import annotations

from html import unescape

import falcon.testing
import pytest

from tests.stories.test_bundle import bundle
from tests.stories.test_handed_over import another
from tests.support.at_portal import HIDDEN, at_portal, own_client, read
from tests.support.operator import ACCOUNT, CUSTOMER, PRODUCT, SITE, Customer, Operator, Record
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture import opened, step
from tests.web.test_capture import sent as send
from trunkline.access.standard import ensure_roles


@pytest.fixture(autouse=True)
def roles(operator: Operator) -> None:
    ensure_roles(operator.site.services)


def hidden(browser: Browser, address: str) -> Record:
    """Return what the form sends that a page shows with what changes."""
    return dict(HIDDEN.findall(source_of(browser.get(address)).partition('id="effect"')[2]))


def sent(browser: Browser, address: str, form: Record) -> str:
    """Send a form of the portal; return the page that follows."""
    answer = browser.post(address, form)
    assert answer.status_code == 303, words_of(answer.text)
    return str(answer.headers["Location"])


def site(ada: Customer, name: str) -> str:
    body = {"name": name, "status": "active", "relatedParty": [{"id": ada.id, "role": "customer"}]}
    return str(ada.operator.make(SITE, body)["id"])


@pytest.mark.accepts("MAC-01")
def test_a_product_moves_by_own_hand(operator: Operator, pages: falcon.testing.TestClient) -> None:
    """A customer sees the old and the new place before and after, moves to an own place or to an
    address that is new, and to no place of somebody else."""
    ada, bob = operator.ada(), operator.ada()
    browser = at_portal(ada, pages)
    product = ada.has(ada.fibre("1", 100)).product()
    office = site(ada, "Office")
    page = f"/my/products/{product['key']}/move"
    assert "Office" in read(browser, page)
    look = f"{page}?look=1&site={office}"
    assert "Where Home Office" in read(browser, look)
    follows = sent(browser, page, hidden(browser, look))
    operator.settle()
    assert "Where Home Office" in read(browser, follows)
    (place,) = operator.read(PRODUCT, product["id"])["place"]
    assert place["id"] == office
    assert "is where it is now" in read(browser, look, 400)
    foreign = f"{page}?look=1&site={bob.places[0]}"
    assert "you have no such place" in read(browser, foreign, 404)
    assert browser.post(page, {"site": bob.places[0]}).status_code == 404
    assert "say where" in read(browser, f"{page}?look=1", 400)
    typed = "street=Quay+Road&number=7&city=Nordhaven&sure=1"
    assert "Office Quay Road 7, Nordhaven" in read(browser, f"{page}?look=1&{typed}")
    follows = sent(browser, page, hidden(browser, f"{page}?look=1&{typed}"))
    operator.settle()
    (place,) = operator.read(PRODUCT, product["id"])["place"]
    made = operator.read(SITE, place["id"])
    assert made["relatedParty"][0]["id"] == ada.id
    assert "Quay Road 7" in read(browser, follows)


@pytest.mark.accepts("MAC-01")
def test_parts_come_and_go_by_own_hand(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """A customer takes a part into a bundle and another one out of it, in one order."""
    ada = operator.ada()
    browser = at_portal(ada, pages)
    order = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    home, voice = order.product("1"), order.product("3")
    page = f"/my/products/{home['key']}/change"
    assert "What is in it" in read(browser, page)
    television = operator.offerings["TV Basic"]
    look = f"{page}?look=1&parts=1&part.{television}=1&offering={operator.offerings['Fibre Home']}"
    shown = read(browser, look)
    for words in ("TV Basic No Yes", "Voice Flat Yes No"):
        assert words in shown
    sent(browser, page, hidden(browser, look))
    operator.settle()
    assert operator.read(PRODUCT, voice["id"])["status"] == "terminated"
    names = {
        one["name"] for one in operator.find(PRODUCT, relatedParty__id=ada.id, status="active")
    }
    assert "TV Basic" in names


@pytest.mark.accepts("MAC-01")
def test_a_product_is_handed_over_by_both_customers(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """Who gives it up names the other one by number and name and may think otherwise; who is to
    take it sees what changes and agrees; nobody else finds any of it."""
    ada, grace, eve = operator.ada(), another(operator), operator.ada()
    giving, taking, other = (at_portal(one, pages) for one in (ada, grace, eve))
    order = ada.has(ada.fibre("1", 100), ada.voice("2"))
    product, voice = order.product("1"), order.product("2")
    page = f"/my/products/{product['key']}/hand-over"
    assert other.get(page).status_code == 404
    assert other.post(page, {"number": "CUS000001", "name": "x"}).status_code == 404
    assert "Customer number of who takes it over" in read(giving, page)
    key = operator.read(CUSTOMER, grace.id)["key"]
    for number, name in ((key, "Grace Hoper"), ("CUS999999", "Grace Hopper")):
        wrong = giving.post(page, {"number": number, "name": name})
        assert (wrong.status_code, "is not the number and the name" in words_of(wrong.text)) == (
            400, True,
        )  # fmt: skip
    alone = f"{page}?look=1&number={key}&name=grace+hopper"
    assert "Who has it" in read(giving, alone)
    refused = giving.post(page, hidden(giving, alone))
    assert (refused.status_code, "also serves" in words_of(refused.text)) == (400, True)
    told = f"{alone}&also.{voice['id']}=1"
    first = sent(giving, page, hidden(giving, told))
    assert f"Who has it You {key}" in read(giving, first)
    sent(giving, first, {"word": "back"})
    assert "Taken back" in read(giving, first)
    second = sent(giving, page, hidden(giving, told))
    assert other.get(second).status_code == 404
    assert other.post(second, {"word": "take"}).status_code == 404
    assert "Ada Lovelace wants to hand this over to you" in read(taking, "/my")
    shown = read(taking, second)
    for words in ("Who has it Ada Lovelace You", "Who pays Ada Lovelace Grace", "29.90 EUR"):
        assert words in shown, words
    assert taking.post(second, {"word": "back"}).status_code == 409
    sent(taking, second, {"word": "take"})
    operator.settle()
    assert "Handed over" in read(taking, second)
    assert "Handed over" in read(giving, second)
    new = operator.find(PRODUCT, relatedParty__id=grace.id)
    assert [one["status"] for one in new] == ["active", "active"]
    for one in (product, voice):
        assert operator.read(PRODUCT, one["id"])["status"] == "terminated"
    assert own_client(grace).get(f"{PRODUCT}/{product['id']}").status_code == 404


# --- each action on each way ---------------------------------------------------------------------

LINES = "/api/ordering/v1/productOrder"
ACTIONS = ("change", "move", "suspend", "resume", "disconnect")
DEEDS = {"change": "change", "move": "move", "suspend": "pause", "resume": "go-on",
         "disconnect": "end"}  # fmt: skip
VERBS = {"change": "modify", "move": "modify", "disconnect": "delete"}
BEFORE = {
    "AtPortal": {
        "change": "Fibre 100M Fibre 500M Download speed 100 500 Upload speed 50 250",
        "move": "Where Home Office", "suspend": "State Working Paused",
        "resume": "State Paused Working", "disconnect": "State Working Ended",
    },
    "AtStaff": {
        "change": "Offering Fibre 100M Fibre 500M Download speed 100 500 Upload speed 50 250",
        "move": "Site Home Office", "suspend": "Status Active Suspended",
        "resume": "Status Suspended Active", "disconnect": "Status Active Terminated",
    },
}  # fmt: skip
"""What a page shows of old and new before an action is sent."""
AFTER = {
    "suspend": {"old": "active", "new": "suspended"},
    "resume": {"old": "suspended", "new": "active"},
    "disconnect": {"old": "active", "new": "terminated"},
}


class Begun:
    """A customer with a product at home and an office, for whom actions begin on one way."""

    def __init__(self, operator: Operator, pages: falcon.testing.TestClient) -> None:
        self.operator, self.ada = operator, operator.ada()
        self.office = site(self.ada, "Office")
        self.product = self.ada.has(self.ada.fibre("1", 100)).product()
        self.faster = operator.offerings["Fibre 500M"]
        self.browser = self.signed_in(pages)

    def signed_in(self, pages: falcon.testing.TestClient) -> Browser:
        """Return a browser in which whoever begins has signed in."""
        _ = self.operator.site.admin
        browser = Browser(pages)
        assert browser.sign_in("admin").status_code == 303
        return browser


class AtPortal(Begun):
    """At the portal: the customer's own page of the product."""

    def signed_in(self, pages: falcon.testing.TestClient) -> Browser:
        return at_portal(self.ada, pages)

    def begin(self, action: str) -> str:
        product = f"/my/products/{self.product['key']}"
        page = f"{product}/{DEEDS[action]}"
        assert f'href="{page}"' in source_of(self.browser.get(product))
        asked = {"change": f"&offering={self.faster}", "move": f"&site={self.office}"}
        look = f"{page}?look=1{asked.get(action, '')}"
        assert BEFORE["AtPortal"][action] in read(self.browser, look)
        follows = sent(self.browser, page, hidden(self.browser, look))
        return follows.removeprefix("/my/orders/").removesuffix("?done=sent")


class AtStaff(Begun):
    """From the customer's page for the staff, which shows all about the customer."""

    def begin(self, action: str) -> str:
        panel = self.browser.get(f"/customer/{self.ada.id}/panel/services")
        assert f"/order/new?product={self.product['key']}&do={action}" in unescape(panel.text)
        fields = opened(self.browser, product=self.product["key"], do=action)
        asked = {"change": {"line.1.offering": self.faster}, "move": {"line.1.site": self.office}}
        fields, html = step(self.browser, fields, "", **asked.get(action, {}))
        assert BEFORE["AtStaff"][action] in words_of(html)
        return send(self.browser, fields)


class AtInterface(Begun):
    """By the published interface."""

    def begin(self, action: str) -> str:
        ident = self.product["id"]
        item = self.ada.change("1", VERBS.get(action, action), ident)
        if action == "change":
            item = self.ada.faster(ident, 500)
        if action == "move":
            item["product"]["place"] = [{"id": self.office, "role": "installation"}]
        return str(self.ada.orders(item).id)


@pytest.mark.accepts("MAC-01")
@pytest.mark.parametrize("way", [AtPortal, AtStaff, AtInterface], ids=lambda one: one.__name__)
def test_each_action_begins_on_each_way(
    operator: Operator, pages: falcon.testing.TestClient, way: type[Begun]
) -> None:
    """A product is changed, moved, paused, resumed and ended; each page shows old and new values
    before, and the order has them before and after, whoever looks, on whichever way it began."""
    begun = way(operator, pages)
    own = own_client(begun.ada)
    for action in ACTIONS:
        order = begun.begin(action)
        for is_done in (False, True):
            (place,) = own.get(f"{LINES}/{order}/line").json["site"]
            (line,) = place["line"]
            if action == "change":
                found = {one["name"]: (one["old"], one["new"]) for one in line["characteristic"]}
                assert found["downloadSpeed"] == (100, 500), is_done
                assert line["offering"] == {"old": "Fibre 100M", "new": "Fibre 500M"}
            elif action == "move":
                assert (line["formerPlace"]["id"], place["place"]["id"]) == (
                    begun.ada.places[0], begun.office,
                )  # fmt: skip
            else:
                assert line["status"] == AFTER[action], is_done
            operator.settle()
        assert line["state"] == "completed", line
    assert operator.read(PRODUCT, begun.product["id"])["status"] == "terminated"


@pytest.mark.accepts("MAC-01")
def test_costs_and_who_pays_are_shown_old_and_new(operator: Operator, browser: Browser) -> None:
    """A change of what a product costs and of who pays for it shows both as they were and as they
    become, before and after; the product is paid by the account that its line names, and by the
    former one again where the order is called off."""
    ada = operator.ada()
    phone = ada.add("1", "Mobile S", at=None, dataVolume=5, roaming="none")
    product = ada.has(phone).product()
    owner = [{"id": ada.id, "role": "customer"}]
    other = operator.make(ACCOUNT, {"name": "Office", "state": "active", "relatedParty": owner})
    price = {"name": "Special", "priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": 5}}}  # fmt: skip
    item = ada.change("1", "modify", product["id"])
    order = ada.orders(item | {"itemPrice": [price], "billingAccount": {"id": other["id"]}})
    for is_done in (False, True):
        (place,) = operator.read(f"{LINES}/{order.id}/line")["site"]
        (line,) = place["line"]
        (costs,) = line["priceEffect"]
        assert (costs["old"], costs["new"]) == (9.9, 5), is_done
        paid = [line["billingAccount"][one]["name"] for one in ("old", "new")]
        assert paid == ["Ada Lovelace, main account", "Office"], is_done
        shown = words_of(source_of(browser.get(f"/order/{order.key}/sites")))
        assert "Price 9.90 EUR → 5.00 EUR" in shown
        assert "Billing account Ada Lovelace, main account → Office" in shown
        operator.settle()
    assert operator.read(PRODUCT, product["id"])["billingAccount"]["id"] == other["id"]
    operator.network.behave(fail=[{"kind": "business", "specification": "Fibre Access",
                                   "code": "noFreePort", "count": 1}])  # fmt: skip
    item["product"]["billingAccount"] = {"id": ada.account}
    both = ada.orders(item, ada.fibre("2"))
    operator.settle()
    assert operator.read(PRODUCT, product["id"])["billingAccount"]["id"] == ada.account
    assert both.cancel()["state"] == "done"
    assert operator.read(PRODUCT, product["id"])["billingAccount"]["id"] == other["id"]
