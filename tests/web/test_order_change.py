"""Changing an order that runs on its page: lines, preview, decision, and what came of it."""

from __future__ import annotations

import pytest

from tests.ordering.scripted import Shop, refused
from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.web.forms import Form
from trunkline.web.orders.change_form import offering_said


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop.open(site)


def half_done(shop: Shop, *more: dict[str, object]) -> tuple[str, str]:
    """Return an order whose voice line works while the fibre line was refused, and its page."""
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.fibre(), shop.voice(), *more)
    shop.site.work()
    return order, f"/order/{shop.read(order)['key']}"


def said(**more: str) -> dict[str, str]:
    return {"value-2-lines": "2", "reason": "a second telephone", **more}


def test_a_change_is_previewed_and_handed_in(shop: Shop, admin: Browser) -> None:
    """The preview tells differences, steps in their order and the price; nothing is written by
    it. Handed in, the order's page tells the version, who changed it and why."""
    order, page = half_done(shop)
    assert f'href="{page}/change"' in source_of(admin.get(page))
    form = source_of(admin.get(f"{page}/change"))
    assert 'name="value-2-lines"' in form
    shown = admin.post(f"{page}/change", said(step="preview"))
    assert shown.status_code == 200
    words = words_of(shown.text)
    assert "2 Lines 1 2" in words
    steps = words.partition("What becomes of its steps, in this order")[2]
    assert steps.index("Register the voice line") < steps.index("Telephony")
    assert "Changed" in steps
    assert "59.80 EUR → 59.80 EUR" in words
    assert "orderVersion" not in shop.read(order)
    done = admin.post(f"{page}/change", said(step="submit"))
    assert done.status_code == 303, done.text
    shop.site.work()
    assert shop.read(order)["orderVersion"] == 2
    log = words_of(admin.get(f"{page}/changes").text)
    assert "Version 2" in log
    assert "a second telephone" in log
    assert "Lines 1 → 2" in log


def test_what_goes_stays_ticked_in_the_preview(shop: Shop, admin: Browser) -> None:
    order, page = half_done(shop)
    shown = admin.post(f"{page}/change", {"gone-2": "yes", "step": "preview"})
    assert "Taken back" in words_of(shown.text)
    assert 'name="gone-2" value="yes" checked' in source_of(shown)
    admin.post(f"{page}/change", {"gone-2": "yes", "step": "submit"})
    shop.site.work()
    states = {one["id"]: one["state"] for one in shop.read(order)["productOrderItem"]}
    assert states == {"1": "inProgress", "2": "cancelled"}


@pytest.mark.parametrize(
    ("text", "shown", "picked", "said_is"),
    [("Voice", "Voice", "id-1", "id-1"), ("OFR000001", "", "", "OFR000001"),
     ("OFR000002", "Voice", "id-1", "OFR000002"), ("", "Voice", "id-1", ""),
     ("", "", "id-1", "id-1")],
)  # fmt: skip
def test_another_line_is_what_was_picked_or_typed(
    text: str, shown: str, picked: str, said_is: str
) -> None:
    """What was picked counts as long as its name stands there; emptied or retyped it is gone."""
    fields = {"new-offering.text": text, "new-offering.shown": shown, "new-offering": picked}
    form = Form({name: [value] for name, value in fields.items()})
    assert offering_said(form) == said_is


def test_an_order_is_held_and_given_back(shop: Shop, admin: Browser) -> None:
    """Held meanwhile it says who changes it; withdrawn it goes on as before."""
    order, page = half_done(shop)
    assert admin.post(f"{page}/change", said(step="hold")).status_code == 303
    assert shop.read(order)["state"] == "pending"
    html = admin.get(f"{page}/change").text
    assert "is changing this order" in words_of(html)
    assert "Until that is decided nothing new begins" in words_of(html)
    assert "A change is being decided" in words_of(admin.get(f"{page}/changes").text)
    assert admin.post(f"{page}/change", {"step": "withdraw"}).status_code == 303
    assert shop.read(order)["state"] == "inProgress"


@pytest.mark.accepts("IFC-05")
def test_the_point_of_no_return_is_said_in_words(shop: Shop, admin: Browser) -> None:
    """In a bundle the part that cannot be taken back holds all its lines, on the pages and in the
    API; the line beside the bundle is free."""
    shop.network.script["Fibre Access"] = [refused]
    mobile = shop.line("4", "Mobile S", dataVolume=5, roaming="europe")
    television = shop.line("5", "TV Basic", pack="basic")
    mobile["productOrderItemRelationship"] = [{"id": "5", "relationshipType": "hasChild"}]
    order = shop.order(shop.fibre(), shop.voice(), mobile, television)
    shop.site.work()
    page = f"/order/{shop.read(order)['key']}"
    passed = shop.site.admin.get(f"/api/ordering/v1/productOrder/{order}/pointOfNoReturn").json
    assert [one["itemId"] for one in passed] == ["4", "5"]
    words = words_of(admin.get(f"{page}/no-return").text)
    assert "Past the point of no return since Provision the mobile subscription has begun" in words
    assert "item 4, 5" in words
    form = source_of(admin.get(f"{page}/change"))
    assert form.count("so it stays as it is") == 2
    assert form.count("<fieldset") - form.count("disabled>") >= 2
    refused_ = admin.post(f"{page}/change", {"gone-5": "yes", "step": "preview"})
    assert "item 5" in words_of(refused_.text)
    assert "point of no return" in words_of(refused_.text)


def test_the_page_and_its_parts_take_few_statements(shop: Shop, admin: Browser) -> None:
    """After sign-in three each: the order, its plan or versions, and what is shown beside them."""
    _, page = half_done(shop)
    for address in (f"{page}/change", f"{page}/changes"):
        admin.get(address)
        with counted() as statements:
            admin.get(address)
        assert len(statements) <= 3 + 1, statements
    admin.post(f"{page}/change", said(step="submit"))
    shop.site.work()
    with counted() as statements:
        admin.get(f"{page}/changes")
    assert len(statements) <= 3 + 1, statements


def second_account(shop: Shop) -> str:
    """Return another billing account of the customer."""
    base = "/tmf-api/accountManagement/v4/billingAccount"
    held = shop.site.admin.get(f"{base}/{shop.account}").json
    body = {name: held[name] for name in ("relatedParty", "financialAccount", "state",
                                          "currency") if name in held}  # fmt: skip
    made = shop.site.admin.post(base, {**body, "name": "Second account"})
    assert made.status_code == 201, made.json
    return str(made.json["id"])


def test_everything_that_may_be_changed_is_on_the_page(shop: Shop, admin: Browser) -> None:
    """The dates and the offering of a line, the account and the contacts by role: asked for with
    what holds now, told by the preview, and carried out."""
    account = second_account(shop)
    party = shop.site.admin.post(
        "/tmf-api/party/v4/individual", {"givenName": "Grace", "familyName": "Hopper"}
    ).json
    order, page = half_done(shop)
    form = source_of(admin.get(f"{page}/change"))
    assert "Second account" in form
    assert 'name="begin-1"' in form
    assert 'name="due-2"' in form
    assert 'name="offering-1.text"' in form
    assert "Fibre 1G" in form
    fields = {
        "due-2": "2099-05-06", "account": account, "new-party": party["id"],
        "contact": "her aunt", "completion": "2099-06-01",
        "new-party.text": "Grace Hopper", "new-party.shown": "Grace Hopper",
        "new-party.kind": "Individual", "new-party-role": "technical contact",
        "offering-1": shop.offerings["Fibre 500M"], "offering-1.text": "Fibre 500M",
        "offering-1.shown": "Fibre 500M", "value-1-downloadSpeed": "500",
        "value-1-uploadSpeed": "250",
    }  # fmt: skip
    shown = admin.post(f"{page}/change", {**fields, "step": "preview"})
    words = words_of(shown.text)
    assert "Grace Hopper (technical contact)" in words
    assert "Requested completion date" in words
    assert 'value="2099-05-06"' in shown.text
    assert "Fibre 1G Fibre 500M" in words
    shop.network.script["Fibre Access"] = [refused]
    done = admin.post(f"{page}/change", {**fields, "step": "submit"})
    assert done.status_code == 303, words_of(done.text)
    shop.site.work()
    body = shop.read(order)
    first, second = body["productOrderItem"]
    assert (body["orderVersion"], body["billingAccount"]["id"]) == (2, account)
    assert second["requestedCompletionDate"][:10] in ("2099-05-05", "2099-05-06")
    assert first["productOffering"]["name"] == "Fibre 500M"
    assert {one["role"] for one in body["relatedParty"]} >= {"customer", "technical contact"}
    assert (body["notificationContact"], "requestedCompletionDate" in body) == ("her aunt", True)
    voice = next(one for one in shop.products(body) if one["name"] == "Voice Flat")
    assert voice["billingAccount"]["id"] == account
    again = admin.get(f"{page}/change").text
    gone = f"gone-party-{party['id']}-technical contact"
    assert f'name="{gone}"' in again
    assert 'value="2099-05-06"' in again
    emptied = {gone: "yes", "due-2": "", "contact": "", "completion": ""}
    off = admin.post(f"{page}/change", {**emptied, "step": "submit"})
    assert off.status_code == 303, words_of(off.text)
    shop.site.work()
    body = shop.read(order)
    assert "technical contact" not in {one["role"] for one in body["relatedParty"]}
    assert "requestedCompletionDate" not in body["productOrderItem"][1]
    assert {"requestedCompletionDate", "notificationContact"}.isdisjoint(body)


def test_lines_are_told_apart_whatever_their_ids_are(shop: Shop, admin: Browser) -> None:
    """What is said of line 1-1 says nothing of line 1; another line gets an id that none has, of
    those inside others neither; and what is no day and no number is refused by name."""
    television = {**shop.line("1-1", "TV Basic", pack="basic"), "productOrderItem": [
        {**shop.voice(), "id": "4"}]}  # fmt: skip
    shop.network.script["Fibre Access"] = [refused]
    order = shop.order(shop.fibre(), television)
    shop.site.work()
    page = f"/order/{shop.read(order)['key']}/change"
    fields = {"value-1-1-pack": "basic", "value-4-lines": "2", "step": "preview",
              "new-offering": shop.offerings["TV Sports"], "new-offering.text": "TV Sports",
              "new-offering.shown": "TV Sports"}  # fmt: skip
    told = words_of(admin.post(page, fields).text)
    assert "4 Lines 1 2 5 comes – TV Sports" in told
    assert "has no characteristic" not in told
    for wrong, why in (
        ({"quantity-1": "2.5"}, "how many are wanted is a whole number"),
        ({"new-quantity": "some"}, "how many are wanted is a whole number"),
        ({"due-1": "2026-13-45"}, "a day is written as 2026-12-31"),
    ):
        for step in ("preview", "hold"):
            answer = admin.post(page, fields | wrong | {"step": step})
            assert (answer.status_code, why in words_of(answer.text)) == (409, True)
            assert 'value="TV Sports"' in source_of(answer)
    assert "orderVersion" not in shop.read(order)


def test_another_account_is_that_of_what_was_made_already_too(shop: Shop) -> None:
    """A product that works is billed to the account that its order is billed to from now on."""
    account = second_account(shop)
    voice = {**shop.voice(), "requestedStartDate": "2099-01-01T00:00:00Z"}
    order = shop.order(shop.fibre(), voice)
    shop.site.work()
    base = "/api/ordering/v1"
    made = shop.site.admin.post(
        f"{base}/productOrder/{order}/revision", {"billingAccount": {"id": account}}
    )
    assert made.status_code == 201, made.json
    done = shop.site.admin.post(f"{base}/orderRevision/{made.json['id']}/submit")
    assert done.status_code == 200, done.json
    shop.site.work()
    billed = [one["billingAccount"]["id"] for one in shop.products(shop.read(order))]
    assert billed == [account, account]
