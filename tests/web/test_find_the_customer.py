"""An agent finds a customer by whatever is known, and sees bills and payments with the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ordering.scripted import Shop
from tests.support import overrides_above  # noqa: F401 - bodies of campaigns
from tests.support.program import Site
from tests.support.samples import OVERRIDES, address
from tests.web.browser import Browser, source_of, words_of
from trunkline.care.behind import EACH_MAX
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.resource import registry
from trunkline.workspace.search_index import catch_up

ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
ADDRESS = "/tmf-api/geographicAddressManagement/v4/geographicAddress"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
PART = {"HX-Request": "true"}
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
BILLS = "/tmf-api/customerBillManagement/v4/customerBill"
PAYMENTS = "/tmf-api/payment/v4/payment"
PRODUCT = "/tmf-api/productInventory/v4/product"
CONTACTS = "/tmf-api/partyInteraction/v4/partyInteraction"
SEARCH = "/api/workspace/v1/search"
LINES_ONLY = {"Product:read": Grant("all", EVERY_CLASS)}
Record = dict[str, Any]
MEDIA = [
    {"mediumType": "mobile", "characteristic": {"phoneNumber": "+4915112345670"}},
    {"mediumType": "email", "characteristic": {"emailAddress": "zuse@example.org"}},
    {
        "mediumType": "postalAddress",
        "characteristic": {
            "street1": "Wermutgasse 12",
            "postCode": "06749",
            "city": "Bitterfeld",
        },
    },
]
AS_WRITTEN = {
    "address as written": "47 Quendelweg Allee, Hinterfeld",
    "phone as written": "+49 (0) 151 1234 5670",
    "phone in other digits": "٠١٥١١٢٣٤٥٦٧٠",
    "card": "8949 0200 0011 1122 223",
}
"""What people type as it stands on paper, and the same number in other digits."""


def made(site: Site, path: str, body: Record) -> Record:
    answer = site.admin.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    found: Record = answer.json
    return found


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


def billed(site: Site, whose: list[Record]) -> Record:
    """Make an account with a bill and a payment."""
    account = made(site, ACCOUNT,
                   {"name": "Zuse's account", "state": "active",
                    "relatedParty": whose})  # fmt: skip
    of = {"id": account["id"]}
    money = {"unit": "EUR", "value": 76.54}
    made(site, BILLS, {"billNo": "RE-2026-00417", "state": "sent", "billingAccount": of,
                       "billDate": "2026-01-05T00:00:00Z", "taxIncludedAmount": money,
                       "paymentDueDate": "2026-01-20T00:00:00Z"})  # fmt: skip
    made(site, PAYMENTS, {"account": of, "paymentMethod": {"name": "Transfer"},
                          "correlatorId": "ZAHL-5512", "channel": {"id": "bank"},
                          "totalAmount": {"unit": "EUR", "value": 50}})  # fmt: skip
    return account


@pytest.fixture(scope="module")
def known(shop: Shop) -> Record:
    """What is known of a customer: of each kind of identifier one."""
    site = shop.site
    order = shop.order(shop.fibre())
    site.work()
    order = site.admin.get(f"{ORDER}/{order}").json["key"]
    customer = site.admin.get(f"{CUSTOMER}/{shop.customer}").json
    patch = {"name": "Konrad Zuse", "contactMedium": MEDIA}
    assert site.admin.patch(f"{CUSTOMER}/{shop.customer}", patch).status_code == 200
    whose = [{"id": shop.customer, "role": "customer", "@referredType": "Customer"}]
    home = made(site, ADDRESS,
                   {"streetName": "Quendelweg", "streetNr": "47", "streetType": "Allee",
                    "city": "Hinterfeld"})  # fmt: skip
    place = {"id": home["id"], "@referredType": "GeographicAddress"}
    made(site, "/tmf-api/geographicSiteManagement/v4/geographicSite",
         {"name": "Home of Konrad", "status": "active", "relatedParty": whose,
          "place": [place]})  # fmt: skip
    for name, value in (
        ("msisdn", "+491701112223"),
        ("networkReference", "LINE-88017"),
        ("lineId", "DSL-4711"),
        ("circuitId", "CKT/5521/ZH"),
        ("ICC-Id", "8949020000111122223"),
    ):
        said = [{"name": name, "value": value}]
        body = {"name": name, "status": "active", "relatedParty": whose,
                "productCharacteristic": said}  # fmt: skip
        made(site, PRODUCT, body)
    account = billed(site, whose)
    medium = {"mediumType": "phone", "characteristic": {"phoneNumber": "+49305551234"}}
    helper = made(site, "/tmf-api/party/v4/individual",
                  {"givenName": "Helmut", "familyName": "Schreyer",
                   "contactMedium": [medium]})  # fmt: skip
    made(site, "/tmf-api/partyRoleManagement/v4/partyRole",
         {"name": "technical", "relatedParty": whose,
          "engagedParty": {"id": helper["id"], "@referredType": "Individual"}})  # fmt: skip
    contact = {
        "interactionDate": {"startDateTime": "2026-02-01T09:00:00Z"},
        "direction": "inbound",
        "channel": [{"id": "portal"}, {"id": "phone"}],
        "reason": "bill",
        "status": "completed",
        "relatedParty": whose,
        "description": "About the bill",
    }
    made(site, CONTACTS, contact)
    site.work()
    catch_up(site.services)
    return {
        "key": customer["key"], "id": shop.customer, "account": account["id"],
        "asked": {
            "name": "Konrad Zuse", "phone": "0151 12345670", "e-mail": "zuse@example.org",
            "customer key": customer["key"], "order number": order,
            "invoice number": "RE-2026-00417", "part of it": "00417",
            "service id": "01701112223", "line id": "LINE-88017",
            "line id as told": "DSL-4711", "circuit": "CKT/5521/ZH", "account": account["key"],
            "phone of a contact": "030 5551234", "own address": "Wermutgasse 12",
            "post code": "06749", "address": "Quendelweg 47", "payment": "ZAHL-5512", **AS_WRITTEN,
        },
    }  # fmt: skip


@pytest.mark.accepts("C360-01")
def test_one_box_finds_the_customer_by_anything(site: Site, admin: Browser, known: Record) -> None:
    """By name, phone, e-mail, customer key, order and invoice number, the number of a service and
    of a line, and the address the one search names the customer, in the box and by the interface,
    also where what was found is a line, a bill, a site or a contact of theirs."""
    missing = []
    for what, text in known["asked"].items():
        html = source_of(admin.get(f"/shell/found?{urlencode({'q': text})}"))
        if f'href="/customer/{known["key"]}"' not in html:
            missing.append((what, "in the box"))
        answer = site.admin.get(SEARCH, query_string=urlencode({"q": text}))
        told = [one["id"] for one in answer.json]
        told += [each["id"] for one in answer.json for each in one.get("customer", ())]
        if known["id"] not in told:
            missing.append((what, answer.json))
    assert missing == []
    # Who may not read customers finds the line, and is not told whose it is.
    roles = [site.role("blind-search", LINES_ONLY)]
    blind = site.user("blind.search", roles=roles, scopes=tuple(LINES_ONLY))
    found = blind.get(SEARCH, query_string="q=DSL-4711").json
    assert [sorted(one) for one in found] == [["@referredType", "href", "id", "key", "name",
                                               "number"]]  # fmt: skip


def test_of_a_crowd_a_record_names_its_own_customer(site: Site) -> None:
    """Of a person who is very many customers the newest are told, and for a line that names one of
    them this one, however many came after it."""
    person = made(site, "/tmf-api/party/v4/individual",
                  {"givenName": "Crowded", "familyName": "Meridian"})  # fmt: skip
    party = {"id": person["id"], "@referredType": "Individual"}
    crowd = [made(site, CUSTOMER, {"name": f"Branch {number}", "engagedParty": party})["key"]
             for number in range(EACH_MAX + 2)]  # fmt: skip
    first = site.admin.get(f"{CUSTOMER}?key={crowd[0]}").json[0]["id"]
    said = {"name": "DSL line", "status": "active",
            "relatedParty": [{"id": first, "role": "customer", "@referredType": "Customer"}],
            "productCharacteristic": [{"name": "lineId", "value": "CROWD-0001"}]}  # fmt: skip
    made(site, PRODUCT, said)
    site.work()
    catch_up(site.services)
    (line,) = site.admin.get(SEARCH, query_string="q=CROWD-0001").json
    assert [one["key"] for one in line["customer"]] == crowd[:1]
    found = site.admin.get(SEARCH, query_string="q=Crowded+Meridian").json
    told = next(one for one in found if one["id"] == person["id"])["customer"]
    assert [one["key"] for one in told] == crowd[:1:-1]


def test_bills_and_payments_stand_on_the_page(
    admin: Browser, signed_in: Callable[..., Browser], known: Record
) -> None:
    html = source_of(admin.get(f"/customer/{known['key']}"))
    assert f'hx-get="/customer/{known["key"]}/panel/bills"' in html
    words = words_of(source_of(admin.get(f"/customer/{known['key']}/panel/bills", **PART)))
    for one in ("Open 26.54 EUR", "Overdue", "RE-2026-00417", "ZAHL-5512", "50.00 EUR", "PDF"):
        assert one in words, (one, words)
    paper = admin.get("/bills/RE-2026-00417/pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    rights = {"Customer:read": Grant("all", EVERY_CLASS)}
    without = signed_in("without-bills", rights)
    assert "panel-bills" not in source_of(without.get(f"/customer/{known['key']}"))
    assert without.get(f"/customer/{known['key']}/panel/bills").status_code == 403


def timeline(browser: Browser, known: Record, query: str = "") -> str:
    answer = browser.get(f"/r/customer/{known['key']}/timeline{query}", **PART)
    assert answer.status_code == 200, answer.text
    return words_of(source_of(answer))


@pytest.fixture(scope="module")
def joined(site: Site, known: Record) -> Record:
    """The customer, with a case and a contact by a campaign besides."""
    whose = [{"id": known["id"], "role": "customer", "@referredType": "Customer"}]
    made(site, "/tmf-api/troubleTicket/v4/troubleTicket",
         {"name": "No light", "description": "No light", "severity": "minor",
          "ticketType": "noService", "channel": {"id": "email"},
          "relatedParty": whose})  # fmt: skip
    body = OVERRIDES["PartyCampaign"](site.admin)
    agreed = {"contactPreference": {"consent": [{"purpose": "marketing", "given": True}]}}
    assert site.admin.patch(f"{CUSTOMER}/{known['id']}", agreed).status_code == 200
    party = registry["PartyCampaign"]
    made(site, address(party), {**body, "customer": {"id": known["id"]}})
    site.work()
    return known


@pytest.mark.accepts("C360-04")
def test_the_timeline_joins_all_that_happened(admin: Browser, joined: Record) -> None:
    """Interactions, orders, cases, bills, payments and contacts by campaigns stand in one timeline
    in the order of their dates; each kind, and each channel, can be asked for alone."""
    case, campaign = (registry[one].title for one in ("TroubleTicket", "PartyCampaign"))
    told = {
        "interaction": ("Interaction INT", "phone"), "order": ("Product order ORD", ""),
        "case": (f"{case} T", "email"), "bill": ("RE-2026-00417", ""),
        "payment": ("ZAHL-5512", "bank"), "campaign": (f"{campaign} P", "phone"),
    }  # fmt: skip
    words = timeline(admin, joined)
    assert [one for one, _ in told.values() if one not in words] == []
    # The bill is of January, the contact of February, all else of today.
    assert words.index("RE-2026-00417") > words.index("Interaction INT") > words.index("ZAHL")
    assert "76.54 EUR" in words
    for kind in told:
        own = timeline(admin, joined, f"?kind={kind}")
        assert [one for one, (text, _) in told.items() if text in own] == [kind]
    # A contact by two channels is found by either.
    assert "Interaction INT" in timeline(admin, joined, "?channel=portal")
    for channel in ("phone", "email", "bank"):
        own = timeline(admin, joined, f"?channel={channel}")
        wanted = {one for one, (_, by) in told.items() if by == channel}
        assert {one for one, (text, _) in told.items() if text in own} == wanted
