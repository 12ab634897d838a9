"""The customers' portal: what a customer sees, does by own hand, and never gets to see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import falcon.testing
import pytest

from tests.support.at_portal import (
    CART,
    HIDDEN,
    ORDERING,
    SALES,
    WORD,
    at_portal,
    codes,
    own_client,
    read,
)
from tests.support.operator import (
    ACCOUNT,
    CUSTOMER,
    ORDER,
    PARTY,
    PRODUCT,
    SITE,
    Operator,
    Record,
)
from tests.support.program import Client
from tests.web.browser import Browser, source_of, words_of
from trunkline.access.standard import ensure_roles


@pytest.fixture(autouse=True)
def roles(operator: Operator) -> None:
    ensure_roles(operator.site.services)


@contextmanager
def policies(operator: Operator, *wanted: tuple[str, dict[str, object]]) -> Iterator[None]:
    """Let self-care policies hold for a while, each about one offering."""
    paths = []
    for offering, more in wanted:
        sold = [{"id": operator.offerings[offering]}]
        body = {"name": "By oneself", "productOffering": sold, **more}
        made = operator.make(f"{SALES}/selfCarePolicy", body)
        paths.append(f"{SALES}/selfCarePolicy/{made['id']}")
    try:
        yield
    finally:
        for path in paths:
            assert operator.staff.delete(path).status_code == 204


def effect(client: Client, body: Record) -> Record:
    """Return what an order would change, as a customer is told it."""
    answer = client.post(f"{SALES}/selfCareEffect", body)
    assert answer.status_code == 200, answer.json
    told: Record = answer.json
    return told


@pytest.mark.accepts("CRT-09", "CIM-12")
def test_what_customers_do_is_within_policy(operator: Operator) -> None:
    """What customers do with own products is kept within policies: which actions at all, which
    values, up to which amounts, how far ahead; staff is not kept by them."""
    ada = operator.ada()
    client, fibre = own_client(ada), ada.has(ada.fibre("1", 500)).product()
    product, five = fibre["id"], {"unit": "EUR", "value": 5}
    slower, faster = ada.body(ada.faster(product, 100)), ada.body(ada.faster(product, 1000))
    rest = ada.body(ada.change("1", "suspend", product))
    with policies(
        operator,
        ("Fibre 500M", {"action": ["suspend"], "isAllowed": False, "message": "Call 123"}),
        ("Fibre 500M", {"action": ["modify"], "monthlyRiseMax": five,
                        "range": [{"name": "downloadSpeed", "minimum": 500, "maximum": 1000}]}),
        ("Fibre 500M", {"action": ["delete"], "daysAheadMax": 10}),
    ):  # fmt: skip
        refused = client.post(ORDER, rest)
        assert codes(refused) == {"selfCareRefused"}
        assert refused.json["fault"][0]["message"] == "Call 123"
        assert codes(client.post(ORDER, slower)) == {"selfCareOutOfRange"}
        assert codes(client.post(ORDER, faster)) == {"selfCareTooDear"}
        end = ada.body(ada.change("1", "delete", product))
        late = client.post(ORDER, {**end, "requestedStartDate": "2099-01-01T00:00:00Z"})
        assert codes(late) == {"selfCareTooFarAhead"}
        (line,) = end["productOrderItem"]
        line["requestedStartDate"] = "2099-01-01T00:00:00Z"
        assert codes(client.post(ORDER, end)) == {"selfCareTooFarAhead"}
        assert operator.read(PRODUCT, product)["status"] == "active"
        assert operator.staff.post(ORDER, rest).status_code == 201
    operator.settle()
    assert operator.read(PRODUCT, product)["status"] == "suspended"


@pytest.mark.accepts("CRT-09", "CIM-12")
def test_costs_are_seen_and_confirmed(operator: Operator) -> None:
    """Where a policy asks for it an order carries the costs that the customer saw: without, or
    with others than it comes to, it is refused. How often is counted, and who did it is audited."""
    ada = operator.ada()
    client, fibre = own_client(ada), ada.has(ada.fibre("1", 500)).product()
    product = fibre["id"]
    faster = ada.body(ada.faster(product, 1000))
    rules = {"action": ["modify"], "mustConfirm": True, "timesMax": 1, "withinDays": 30}
    with policies(operator, ("Fibre 1G", rules)):
        assert codes(client.post(ORDER, faster)) == {"confirmationMissing"}
        told = effect(client, faster)
        assert (told["mustConfirm"], told["fault"]) == (True, [])
        (monthly,) = [one for one in told["priceEffect"] if one.get("recurringChargePeriod")]
        seen = told["costConfirmation"]
        assert monthly["old"] == seen["monthlyBefore"]["value"]
        assert monthly["new"] == seen["monthlyAfter"]["value"]
        other = {**seen, "monthlyAfter": {"unit": "EUR", "value": 1}}
        wrong = client.post(ORDER, {**faster, "costConfirmation": other})
        assert codes(wrong) == {"confirmationOutdated"}
        sent = client.post(ORDER, {**faster, "costConfirmation": seen})
        assert sent.status_code == 201, sent.json
        operator.settle()
        assert operator.read(PRODUCT, product)["productOffering"]["name"] == "Fibre 1G"
        who, _, done = operator.audit(sent.json["id"])[0]
        assert (ada.id[-8:] in who.lower(), done) == (True, "create")
        again = {**faster, "costConfirmation": effect(client, faster)["costConfirmation"]}
        assert "selfCareTooOften" in codes(client.post(ORDER, again))
        assert operator.staff.post(ORDER, faster).status_code == 201


@pytest.mark.accepts("CRT-09")
def test_what_others_rely_on_stays(operator: Operator) -> None:
    """A customer neither pauses nor ends what a product of another customer relies on, and is not
    told whose that is; once nothing relies on it any more it ends."""
    ada, bob = operator.ada(), operator.ada()
    client, fibre = own_client(ada), ada.has(ada.fibre("1", 500)).product()
    alarm = operator.make(PRODUCT, {
        "name": "Alarm over this line", "status": "active",
        "relatedParty": [{"id": bob.id, "role": "customer"}],
        "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": fibre["id"]}}],
    })  # fmt: skip
    for action in ("suspend", "delete"):
        held = client.post(ORDER, ada.body(ada.change("1", action, fibre["id"])))
        assert codes(held) == {"othersRelyOnIt"}
        assert alarm["key"] not in held.text
        assert "Alarm" not in held.text
    assert operator.staff.delete(f"{PRODUCT}/{alarm['id']}").status_code == 204
    end = ada.body(ada.change("1", "delete", fibre["id"]))
    assert client.post(ORDER, end).status_code == 201


@pytest.mark.accepts("CRT-12")
def test_nobody_reads_what_is_anothers(operator: Operator) -> None:
    """Ids and keys of another customer's records answer as if there were none, in every kind of
    record, in lists, searches, notes and files; nor is anything done with them."""
    ada, bob = operator.ada(), operator.ada()
    order = bob.has(bob.fibre("1"))
    product = order.product()
    party = [{"id": bob.id, "role": "customer"}]
    voice = {"id": operator.offerings["Voice Flat"]}
    cart = operator.make(CART, {"relatedParty": party, "cartItem": [
        {"id": "1", "action": "add", "productOffering": voice}]})  # fmt: skip
    records = {
        ORDER: order.read(), PRODUCT: product, ACCOUNT: operator.read(ACCOUNT, bob.account),
        CUSTOMER: operator.read(CUSTOMER, bob.id), CART: cart,
        f"{PARTY}/individual": operator.read(f"{PARTY}/individual", bob.party),
        SITE: operator.read(SITE, bob.places[0]),
    }  # fmt: skip
    client = own_client(ada)
    for path, record in records.items():
        for name in (record["id"], record["key"]):
            assert client.get(f"{path}/{name}").status_code == 404, (path, name)
            changed = client.patch(f"{path}/{name}", {"description": "mine"})
            assert changed.status_code in (403, 404), (path, name)
        for filters in (f"id={record['id']}", f"key={record['key']}", ""):
            found = client.get(path, query_string=filters)
            assert found.status_code in (200, 400), (path, filters)
            if found.status_code == 200:
                assert record["id"] not in {one["id"] for one in found.json}
    end = ada.body(bob.change("1", "delete", product["id"]))
    for path, body in (
        (f"{SALES}/shoppingCart/{cart['id']}/checkOut", {}),
        (f"{SALES}/productOrder/{order.id}/amend", {"leaveOut": "1"}),
        (f"{ORDERING}/cancelProductOrder", {"productOrder": {"id": order.id}}),
        (ORDER, end), (ORDER, bob.body(bob.voice("1"))),
    ):  # fmt: skip
        assert client.post(path, body).status_code in (400, 403, 404), path
    assert product["name"] not in client.post(f"{SALES}/selfCareEffect", end).text
    for path in ("search?q=Lovelace", "note", f"attachment?record={order.id}", "job"):
        address, _, query = path.partition("?")
        found = client.get(f"/api/workspace/v1/{address}", query_string=query)
        assert found.status_code in (200, 400, 403, 404), path
        assert not {bob.id, product["id"], order.id, order.key} & set(WORD.findall(found.text))
    assert order.state == "completed"


@pytest.mark.accepts("CRT-12")
def test_pages_of_others_are_not_there(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """No page of the portal shows another customer's records or does anything with them, and the
    pages of the staff are not there at all, own records or not."""
    ada, bob = operator.ada(), operator.ada()
    order, own = bob.has(bob.fibre("1")), ada.has(ada.voice("1"))
    product, customer = order.product(), operator.read(CUSTOMER, bob.id)
    browser, key, held = at_portal(ada, pages), order.key, product["key"]
    home = read(browser, "/my")
    assert own.key in home
    assert key not in home
    for page in (f"/my/orders/{key}", f"/my/orders/{order.id}", f"/my/orders/{key}/cancel",
                 f"/my/products/{held}", f"/my/products/{product['id']}/end", "/my/no-such",
                 f"/order/{key}", f"/r/product/{held}", "/r/productOrder", "/search?q=Ada",
                 f"/customer/{customer['key']}", "/jobs", "/catalog", "/tasks", "/notifications",
                 f"/order/{own.key}", "/administration/users", "/preferences"):  # fmt: skip
        answer = browser.get(page)
        assert answer.status_code == 404, page
        assert bob.id not in answer.text, page
        assert "Fibre" not in answer.text, page
    for page in (f"/my/orders/{key}/cancel", f"/my/orders/{key}/amend",
                 f"/my/products/{held}/end"):  # fmt: skip
        browser.get("/my")
        assert browser.post(page, {"line": "1"}).status_code == 404, page
    assert order.state == "completed"


@pytest.mark.accepts("CRT-07")
def test_a_change_begins_at_the_portal(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """A customer begins a change at the product's page, sees old and new values and costs before
    it is sent, once only; its order is moved to another day and called off while it waits."""
    ada = operator.ada()
    browser = at_portal(ada, pages)
    product = ada.has(ada.fibre("1", 100)).product()
    page = f"/my/products/{product['key']}"
    assert "Change Pause End" in read(browser, page)
    look = f"{page}/change?look=1&offering={operator.offerings['Fibre 500M']}"
    shown = read(browser, look)
    assert "Download speed 100 500" in shown
    assert "Each month 29.90 EUR 39.90 EUR" in shown
    form = dict(HIDDEN.findall(source_of(browser.get(look)).partition('id="effect"')[2]))
    later = {**form, "date": "2098-03-01"}
    sent = browser.post(f"{page}/change", later)
    assert sent.status_code == 303, words_of(sent.text)
    assert browser.post(f"{page}/change", later).headers["Location"] == sent.headers["Location"]
    order = sent.headers["Location"].removeprefix("/my/orders/").removesuffix("?done=sent")
    for _ in range(2):
        html = read(browser, f"/my/orders/{order}")
        for words in ("Accepted", "We have received your order", "We begin soon", "Move the date",
                      "1 Mar 2098"):  # fmt: skip
            assert words in html, words
        operator.settle()
    moved = browser.post(f"/my/orders/{order}/amend", {"date": "2098-04-01"})
    assert moved.status_code == 303, words_of(moved.text)
    assert "1 Apr 2098" in read(browser, f"/my/orders/{order}")
    assert "An order for this is on its way" in read(browser, page)
    off = browser.post(f"/my/orders/{order}/cancel", {"reason": "no need"})
    assert off.status_code == 303, words_of(off.text)
    operator.settle()
    ended = read(browser, f"/my/orders/{order}")
    assert "Called off" in ended
    assert "no need" in ended
    assert "Move the date" not in ended
    assert operator.read(PRODUCT, product["id"])["productOffering"]["name"] == "Fibre 100M"


@pytest.mark.accepts("CRT-07")
def test_an_order_is_followed_and_changed(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """The stages of an order in plain words, the expected day, that it is late, what comes next;
    a line is left out while that is possible, and nothing is changed any more afterwards."""
    ada = operator.ada()
    client, browser = own_client(ada), at_portal(ada, pages)
    both = ada.orders(ada.voice("1"), ada.add("2", "TV Sports"),
                      requestedStartDate="2098-01-01T00:00:00Z")  # fmt: skip
    operator.settle()
    assert "Leave out" in read(browser, f"/my/orders/{both.key}")
    thinned = browser.post(f"/my/orders/{both.key}/amend", {"line": "2"})
    assert thinned.status_code == 303, words_of(thinned.text)
    assert set(both.items) == {"1"}
    last = client.post(f"{SALES}/productOrder/{both.id}/amend", {"leaveOut": "1"})
    assert last.status_code == 409
    two = ada.orders(ada.fibre("1", 500, "technician"),
                     requestedCompletionDate="2098-01-01T00:00:00Z")  # fmt: skip
    operator.settle()
    running = read(browser, f"/my/orders/{two.key}")
    for words in ("On its way", "steps are done", "We are working on it", "Expected"):
        assert words in running, words
    assert "It takes longer than planned." not in running
    late = {"expectedCompletionDate": "2098-02-01T00:00:00Z"}
    assert operator.staff.patch(f"{ORDER}/{two.id}", late).status_code == 200
    assert "It takes longer than planned." in read(browser, f"/my/orders/{two.key}")
    amend = f"{SALES}/productOrder/{two.id}/amend"
    assert client.post(amend, {"requestedStartDate": "2098-01-01T00:00:00Z"}).status_code == 409
    assert client.post(amend, {"leaveOut": "1"}).status_code == 409
    done = ada.has(ada.add("1", "TV Basic"))
    ready = read(browser, f"/my/orders/{done.key}")
    assert "Everything is ready" in ready
    assert "Call this order off" not in ready


@pytest.mark.accepts("CRT-09")
def test_a_line_is_paused_and_goes_on(operator: Operator, pages: falcon.testing.TestClient) -> None:
    """A pause is begun at the portal, going on by the interface, and an end by staff."""
    ada = operator.ada()
    client, browser = own_client(ada), at_portal(ada, pages)
    product = ada.has(ada.fibre("1", 100)).product()
    page = f"/my/products/{product['key']}"
    paused = source_of(browser.get(f"{page}/pause?look=1"))
    rest = browser.post(f"{page}/pause", dict(HIDDEN.findall(paused.partition('id="effect"')[2])))
    assert rest.status_code == 303, words_of(rest.text)
    operator.settle()
    assert "Fibre 100M Paused" in read(browser, "/my")
    assert "Go on End" in read(browser, page)
    back = client.post(ORDER, ada.body(ada.change("1", "resume", product["id"])))
    assert back.status_code == 201, back.json
    operator.settle()
    assert "Fibre 100M Working" in read(browser, "/my")
    ada.has(ada.change("1", "delete", product["id"]))
    assert "Fibre 100M Working" not in read(browser, "/my")


@pytest.mark.accepts("TAM-SM-07")
def test_users_of_a_company_act_with_their_rights(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """A company's delegated users come to the same portal: who is responsible for orders sees and
    places them for the company, who is for bills sees none of them; by themselves, and once the
    responsibility has ended, they see nothing of the company."""
    north = operator.company("North")
    order = north.has(north.add("1", "Voice Flat", lines=1))

    def buyer(name: str, responsibility: str) -> tuple[Browser, str]:
        body = {"givenName": name, "familyName": "Hopper"}
        person = operator.make(f"{PARTY}/individual", body)["id"]
        login = f"{name.lower()}-{person[-8:]}"
        operator.site.user(login, roles=["contact"], party=person, scopes=("party:act",))
        role = operator.make("/tmf-api/partyRoleManagement/v4/partyRole", {
            "name": "Contact", "responsibility": [responsibility],
            "engagedParty": {"id": person, "@referredType": "Individual"},
            "relatedParty": [{"id": north.id, "role": "customer"}]})  # fmt: skip
        browser = Browser(pages)
        assert browser.sign_in(login).status_code == 303
        return browser, role["id"]

    grace, role = buyer("Grace", "responsible_for_orders")
    alan, _ = buyer("Alan", "responsible_for_bills")
    assert order.key not in read(grace, "/my")
    assert grace.get(f"/my/orders/{order.key}").status_code in (403, 404)
    for one in (grace, alan):
        assert "Analytical Engines" in read(one, "/my/acting")
        assert one.post("/acting", {"for": north.id}).status_code == 303
        assert "You act for Analytical Engines" in read(one, "/my")
    assert order.key in read(grace, "/my")
    product = order.product()["key"]
    page = f"/my/products/{product}/end"
    look = source_of(grace.get(f"{page}?look=1&told=1"))
    sent = grace.post(page, dict(HIDDEN.findall(look.partition('id="effect"')[2])))
    assert sent.status_code == 303, words_of(sent.text)
    made = sent.headers["Location"].removeprefix("/my/orders/").removesuffix("?done=sent")
    ended = operator.find(ORDER, key=made)[0]
    assert operator.audit(ended["id"])[0][0].startswith("Grace")
    for address in (f"/my/orders/{order.key}", f"/my/products/{product}"):
        assert alan.get(address).status_code in (403, 404), address
    assert order.key not in read(alan, "/my")
    assert "Orders" not in read(alan, "/my")
    assert alan.get("/r/billingAccount").status_code == 404
    suspended = {"status": "suspended"}
    path = f"/tmf-api/partyRoleManagement/v4/partyRole/{role}"
    assert operator.staff.patch(path, suspended).status_code == 200
    grace.get("/my")
    assert order.key not in words_of(grace.get("/my").text)


def test_a_profile_is_kept_by_its_owner(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """Mail, phone, permitted ways and the consent to offers are the customer's to change; each
    word about offers stays with its time, and rights or rating are not there to be changed."""
    ada = operator.ada()
    browser, person = at_portal(ada, pages), f"{PARTY}/individual/{ada.party}"
    assert "Ada Lovelace" in read(browser, "/my/profile")
    said = {"email": "ada@example.org", "phone": "+49301234567", "way": ["email"], "offers": "1"}
    saved = browser.post("/my/profile", said)
    assert saved.status_code == 303, words_of(saved.text)
    kept = operator.read(person)
    media = {one["mediumType"]: one["characteristic"] for one in kept["contactMedium"]}
    assert media == {"email": {"emailAddress": "ada@example.org"},
                     "phone": {"phoneNumber": "+49301234567"}}  # fmt: skip
    wishes = kept["contactPreference"]
    assert (wishes["permittedChannel"], wishes["doNotSolicit"]) == (["email"], False)
    assert browser.post("/my/profile", {**said, "offers": ""}).status_code == 303
    consents = operator.read(person)["contactPreference"]["consent"]
    assert [one["given"] for one in consents] == [True, False]
    assert all(one["at"] for one in consents)
    wrong = browser.post("/my/profile", {**said, "email": "nowhere"})
    assert wrong.status_code == 400 or operator.read(person)["contactMedium"]
