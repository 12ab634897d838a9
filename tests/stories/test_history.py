"""Who changed what, from what to what, when and by which channel: every record can tell."""

from __future__ import annotations

import pytest

from tests.support.operator import (
    ACCOUNT,
    CUSTOMER,
    ORDER,
    PARTY,
    PRODUCT,
    SITE,
    Operator,
)
from tests.web.browser import Browser, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.web.wording import words


def history(browser: Browser, path: str, ident: str) -> str:
    segment = path.rpartition("/")[2]
    answer = browser.get(f"/r/{segment}/{ident}?tab=history")
    assert answer.status_code == 200, words_of(answer.text)[-400:]
    return words_of(answer.text)


@pytest.mark.accepts("FND-13")
def test_a_changed_customer_tells_who_changed_what(operator: Operator, browser: Browser) -> None:
    """Person, customer, account and site: the page of each shows the new value beside the old
    one, with the person, the time and the channel of the change."""
    ada = operator.ada()
    care = operator.site.user("barbara", roles=["administrator"])
    for path, ident, change, old, new in (
        (f"{PARTY}/individual", ada.party, {"familyName": "King"}, "Lovelace", "King"),
        (CUSTOMER, ada.id, {"name": "Ada King"}, "Ada Lovelace", "Ada King"),
        (ACCOUNT, ada.account, {"name": "Invoices"}, "Ada Lovelace, main account", "Invoices"),
        (SITE, ada.places[0], {"name": "Ockham Park"}, "Home", "Ockham Park"),
    ):
        assert "Barbara" not in history(browser, path, ident)
        assert care.patch(f"{path}/{ident}", change).status_code == 200
        told, _, first = history(browser, path, ident).partition("Admin created it")
        told = told.partition("Barbara changed it")[2]
        today = f"{operator.site.services.now():%d %b %Y}".lstrip("0")
        label = words(next(iter(change)))
        assert f"{label} {old} {new}" in told
        for line in (told, first):
            assert today in line
            assert "· api" in line
        assert operator.audit(ident) == [("Admin", "api", "create"), ("Barbara", "api", "update")]


@pytest.mark.accepts("INV-01")
def test_what_a_customer_has_is_found_by_customer_site_and_account(
    operator: Operator, browser: Browser
) -> None:
    """The products of a customer, of a site and of an account; below each its services and their
    resources with their values; and the history of each of them."""
    company = operator.company("Nordhaven", "Eastmere")
    bought = company.has(
        company.add("1", "SD-WAN Site", at=0, bandwidth=50, optimization="off"),
        company.add("2", "SD-WAN Site", at=1, bandwidth=100, optimization="off"),
    )
    ids = {one: bought.product(one)["id"] for one in "12"}
    for filters, expected in (
        ({"relatedParty__id": company.id}, {ids["1"], ids["2"]}),
        ({"billingAccount__id": company.account}, {ids["1"], ids["2"]}),
        ({"place__id": company.places[1]}, {ids["2"]}),
    ):
        assert {one["id"] for one in operator.find(PRODUCT, **filters)} == expected
    company.has(company.change("1", "modify", ids["1"], bandwidth=500))
    product = operator.read(PRODUCT, ids["1"])
    (cfs,) = product["realizingService"]
    service = operator.read("/tmf-api/serviceInventory/v4/service", cfs["id"])
    below = operator.read(
        "/tmf-api/serviceInventory/v4/service", service["supportingService"][0]["id"]
    )
    edge = below["supportingResource"][0]
    assert (service["name"], below["name"], edge["name"]) == (
        "SD-WAN Site", "SD-WAN Overlay", "SD-WAN Edge",
    )  # fmt: skip
    for path, ident, told_words in (
        (PRODUCT, product["id"], (": value 50 500", "status Pending active Active")),
        ("/service", below["id"], (": value 50 500", "state Designed Active")),
        ("/resource", edge["id"], ("created it",)),
    ):
        told = history(browser, path, ident)
        for word in told_words:
            assert word.lower() in told.lower(), told[-1500:]


def test_an_order_tells_its_states_and_who_brought_it_on(
    operator: Operator, browser: Browser
) -> None:
    ada = operator.ada()
    order = ada.has(ada.fibre("1"))
    told = history(browser, ORDER, order.key)
    states = ("state In progress Completed", "state Acknowledged In progress", "Admin created it")
    at = [told.index(one) for one in states]
    assert at == sorted(at)
    assert "· worker" in told[: at[1]]
    assert "· api" in told[at[2] :]


@pytest.mark.accepts("NFR-02")
def test_each_channel_is_told(operator: Operator, browser: Browser) -> None:
    """By interface, page, bulk job and by the program itself: each line names its channel, its
    actor and its values. Of a record that was removed its page keeps the history, by id and key,
    for who may see who read it."""
    ada = operator.ada()
    path = f"{PARTY}/individual/{ada.party}"
    assert operator.staff.patch(path, {"title": "Dr"}).status_code == 200
    segment = "/r/individual"
    page = browser.get(f"{segment}/{ada.party}")
    assert page.status_code == 200
    saved = browser.post(f"{segment}/{ada.party}/fact/title", {"f:title": "Prof", "was": '"Dr"'})
    assert saved.status_code in (200, 303), words_of(saved.text)[-300:]
    job = {"kind": "change", "resource": "Individual", "id": [ada.party], "patch": {"title": "Sir"}}
    assert operator.staff.post("/api/workspace/v1/jobs", job).status_code == 201
    operator.settle()
    lines = operator.audit(ada.party)
    assert [channel for _, channel, _ in lines][:3] == ["api", "api", "web"]
    assert lines[-1][2] == "update"
    told = history(browser, f"{PARTY}/individual", ada.party)
    for change in ("Title Dr Prof", "Title Prof Sir"):
        assert change in told
    order = ada.has(ada.fibre("1"))
    by_program = {channel for _, channel, _ in operator.audit(order.id)} - {"api", "web"}
    assert by_program, operator.audit(order.id)
    person = {"givenName": "Was", "familyName": "Brief"}
    note = operator.staff.post(f"{PARTY}/individual", person).json
    assert operator.staff.delete(f"{PARTY}/individual/{note['id']}").status_code == 204
    assert operator.audit(note["id"])[-1] == ("Admin", "api", "delete")
    left = {}
    operator.site.role("clerk", {"Individual:read": Grant("all", EVERY_CLASS)})
    for role in ("administrator", "auditor", "clerk"):
        operator.site.user(f"{role}_reader", roles=[role], scopes=("Individual:read",))
        reader = Browser(browser.app)
        assert reader.sign_in(f"{role}_reader").status_code == 303
        answer = reader.get(f"{segment}/{note['id']}")
        left[role] = (answer.status_code, words_of(answer.text))
        by_key = reader.get(f"{segment}/{note['key'].lower()}")
        assert (by_key.status_code, "Admin removed it" in words_of(by_key.text)) == (
            answer.status_code, answer.status_code == 410)  # fmt: skip
    assert [status for status, _ in left.values()] == [410, 410, 404]
    told = left["administrator"][1]
    assert note["key"] in told
    for said in ("Admin removed it", "Admin created it", "Family name Brief –"):
        assert said in told, told[-600:]
    assert "Admin removed it" in left["auditor"][1]
    assert "Brief" not in left["auditor"][1] + left["clerk"][1]
    never = note["id"].translate(str.maketrans("0123456789", "1234567890"))
    assert browser.get(f"{segment}/{never}").status_code == 404
