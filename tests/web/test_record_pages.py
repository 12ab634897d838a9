"""The pages that every declared resource gets, and what they escape."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.overrides import offering_on_sale
from tests.support.program import Site
from tests.support.samples import OVERRIDES, address, body_for, create
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.web.addresses import Addresses

load_modules()
ORDER, TICKET, WORK, HOLD, ACCOUNT = (
    address(registry[name])
    for name in ("ProductOrder", "TroubleTicket", "WorkOrder", "DunningHold", "BillingAccount")
)
RESOURCES = [one for one in registry if one.published]
ATTACK = "\"><script>alert('x')</script><img src=x onerror=alert(1)>{{7*7}}"


def having(*operations: str) -> Any:
    chosen = [one for one in RESOURCES if set(operations) <= set(one.operations)]
    return pytest.mark.parametrize("resource", chosen, ids=lambda one: one.name)


def page_of(resource: Resource) -> str:
    return Addresses(registry).of_list(resource)


@having("list")
def test_the_list_of_a_resource_renders(resource: Resource, admin: Browser) -> None:
    answer = admin.get(page_of(resource))
    assert answer.status_code == 200, words_of(answer.text)[-600:]
    assert 'aria-current="page"' in answer.text


@having("create", "retrieve", "list")
def test_a_record_has_its_pages(resource: Resource, admin: Browser, site: Site) -> None:
    created = create(resource, site.admin)
    found = admin.get(f"{page_of(resource)}?key={created['key']}")
    assert found.status_code == 200
    assert created["key"] in words_of(found.text)
    assert "1 to 1 of 1" in words_of(found.text)
    for ident in (created["key"], created["id"]):
        page = f"{page_of(resource)}/{ident}"
        for tab in ("", "?tab=used-by", "?tab=history", "?tab=json"):
            answer = admin.get(page + tab)
            assert answer.status_code == 200, words_of(answer.text)[-600:]
    assert "created it" in words_of(admin.get(f"{page}?tab=history").text)
    assert admin.get(f"/go?q={created['key'].lower()}").status_code == 303


@having("create", "retrieve", "list")
def test_what_somebody_wrote_is_never_markup(
    resource: Resource, admin: Browser, site: Site
) -> None:
    body = body_for(resource, site.admin)
    body["undeclared"] = {"inside": [ATTACK, {"deep": ATTACK}], ATTACK: ATTACK}
    answer = site.admin.post(address(resource), body)
    assert answer.status_code == 201
    for one in resource.type.by_json_name().values():
        if one.scalar == "text" and not one.choices and not one.limits.pattern:
            attacked = {**body, one.json_name: [ATTACK] if one.is_list else ATTACK}
            taken = site.admin.post(address(resource), attacked)
            if taken.status_code == 201 and one.json_name != "externalId":
                body, answer = attacked, taken
    page = f"{page_of(resource)}/{answer.json['key']}"
    for shown in (page, page + "?tab=history", page + "?tab=json", page_of(resource)):
        html = source_of(admin.get(shown))
        assert "<script>alert" not in html
        assert "<img" not in html.replace('<img src="/static/', "")
        assert "49" not in html.partition("{{7*7}}")[1]
    assert "&lt;script&gt;" in admin.get(page).text


def test_a_list_is_filtered_sorted_and_paged_by_its_address(admin: Browser, site: Site) -> None:
    for number in range(30):
        site.admin.post(
            address(registry["Individual"]),
            {"givenName": "Grace", "familyName": f"Hopper {number:02} (née Murray)"},
        )
    base = "/r/individual?familyName.contains=hopper&sort=familyName&limit=10"
    first = words_of(admin.get(base).text)
    assert "1 to 10 of 30" in first
    assert first.index("Hopper 00") < first.index("Hopper 09")
    assert "Hopper 10" not in first
    second = admin.get(base + "&offset=10").text
    assert "11 to 20 of 30" in words_of(second)
    assert "Hopper 10" in words_of(second)
    assert 'rel="prev"' in second
    falling = words_of(admin.get(base.replace("sort=", "sort=-")).text)
    assert "Hopper 29" in falling
    assert "1 to 10 of 30" in words_of(
        admin.get("/r/individual?familyName.contains=" + "(n%C3%A9e&limit=10").text
    )


def test_a_form_becomes_a_plain_address(admin: Browser) -> None:
    answer = admin.get(
        "/r/individual?key=&familyName.contains=Ada&status=&_attribute=gender&_operator=ne"
        "&_value=x&_attribute=&_operator=eq&_value=&sort=&limit="
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/r/individual?familyName.contains=Ada&gender.ne=x"


def test_a_wrong_filter_is_told_in_its_place(admin: Browser) -> None:
    answer = admin.get("/r/individual?nosuch=1")
    assert answer.status_code == 400
    assert "nosuch" in words_of(answer.text)
    assert admin.get("/r/individual?familyName.regex=%28").status_code == 400
    assert admin.get("/r/individual?after=x").status_code == 400


def test_history_tells_each_value_from_and_to(admin: Browser, site: Site) -> None:
    created = create(registry["Individual"], site.admin)
    site.admin.patch(
        f"{address(registry['Individual'])}/{created['id']}",
        {"familyName": "King"},
        headers={"X-Request-Id": "request-of-ada"},
    )
    text = words_of(admin.get(f"/r/individual/{created['key']}?tab=history").text)
    assert "Family name Lovelace King" in text
    medium = {"mediumType": "email", "characteristic": {"emailAddress": "ada@example.com"}}
    site.admin.patch(f"/tmf-api/party/v4/individual/{created['id']}", {"contactMedium": [medium]})
    html = source_of(admin.get(f"/r/individual/{created['key']}?tab=history"))
    assert "Contact medium 1: Characteristic: Email address – ada@example.com" in words_of(html)
    assert 'title="contactMedium[0].characteristic.emailAddress"' in html
    assert "request-of-ada" in text
    assert "Admin changed it" in text


def test_what_uses_a_record_leads_back(admin: Browser, site: Site) -> None:
    person = create(registry["Individual"], site.admin)
    customer = site.admin.post(
        address(registry["Customer"]),
        {"name": "Ada", "engagedParty": {"id": person["id"], "@referredType": "Individual"}},
    ).json
    users = source_of(admin.get(f"/r/individual/{person['key']}?tab=used-by"))
    assert f'href="/customer/{customer["key"]}"' in users
    assert f'href="/r/individual/{person["key"]}"' in source_of(
        admin.get(f"/customer/{customer['key']}")
    )
    assert (
        admin.get(f"/go?q={customer['id']}").headers["location"] == f"/customer/{customer['key']}"
    )


def test_what_is_not_there_is_a_page_too(admin: Browser) -> None:
    for path in ("/r/individual/IND999999", "/r/nosuch", "/order/ORD999999", "/customer/x",
                 "/fallout/FO999999", "/go?q=nowhere"):  # fmt: skip
        assert admin.get(path).status_code == 404, path


@pytest.mark.accepts("CIM-02")
def test_the_bar_has_the_contact_data_of_whose_record_it_is(
    site: Site, admin: Browser, signed_in: Callable[..., Browser]
) -> None:
    """The bar of each page about a record of a customer's has the numbers and addresses, to be
    corrected there: of an order, a ticket, a visit, a debt and, of both sides, of a hand-over.
    Who may change none of them does not get them, and of a record of nobody there are none."""
    who = create(registry["Customer"], site.admin)["id"]
    theirs = [{"id": who, "role": "customer", "@referredType": "Customer"}]
    item = {"id": "1", "action": "add", "quantity": 1,
            "productOffering": {"id": offering_on_sale(site.admin)}}  # fmt: skip
    account = site.admin.post(ACCOUNT, {"name": "Mary", "relatedParty": theirs}).json
    bodies: dict[str, dict[str, Any]] = {
        ORDER: {"state": "pending", "relatedParty": theirs, "productOrderItem": [item]},
        TICKET: {"name": "No light", "description": "No light", "severity": "minor",
                 "ticketType": "fault", "relatedParty": theirs},
        WORK: {**OVERRIDES["WorkOrder"](site.admin), "relatedParty": theirs},
        HOLD: {"billingAccount": {"id": account["id"]}, "reason": "vulnerable"},
    }  # fmt: skip
    records = {path: site.admin.post(path, body) for path, body in bodies.items()}
    assert {one.status_code for one in records.values()} == {201}, [
        one.json for one in records.values()
    ]
    pages = {"/order/": ORDER, "/r/troubleTicket/": TICKET, "/visits/": WORK,
             "/r/dunningHold/": HOLD}  # fmt: skip
    for page, path in pages.items():
        assert told_at(admin, f"{page}{records[path].json['key']}") == [who], page
    assert told_at(admin, f"/order/{records[ORDER].json['key']}/cancel") == [who]
    body = OVERRIDES["OwnershipTransfer"](site.admin)
    transfer = site.admin.post("/api/ordering/v1/ownershipTransfer", body).json
    sides = {transfer[name]["id"] for name in ("fromCustomer", "toCustomer")}
    assert len(sides) == 2
    assert set(told_at(admin, f"/transfer/{transfer['key']}")) == sides
    asked = f"/transfer/new?product={transfer['product'][0]['id']}"
    assert told_at(admin, asked) == [transfer["fromCustomer"]["id"]]
    kinds = ("Customer", "Individual", "TroubleTicket")
    reads = {f"{kind}:read": Grant("all", EVERY_CLASS) for kind in kinds}
    looker = signed_in("looker", reads)
    shown = source_of(looker.get(f"/r/troubleTicket/{records[TICKET].json['key']}"))
    assert "No light" in shown
    assert "contact-data" not in shown
    assert "contact-data" not in source_of(admin.get("/r/troubleTicket"))
    offering = site.admin.get(f"{address(registry['ProductOffering'])}?limit=1").json[0]
    for page in ("/catalog/productOffering/", "/r/productOffering/"):
        assert "contact-data" not in source_of(admin.get(f"{page}{offering['id']}"))


def told_at(browser: Browser, page: str) -> list[str]:
    """Return the ids of the customers whose contact data the bar of a page brings."""
    part = re.search(r'contact-data"[^>]* hx-get="([^"]+)"', source_of(browser.get(page)))
    assert part is not None, page
    return re.findall(r'hx-get="/customer/([^/"]+)/reach"', source_of(browser.get(part[1])))
