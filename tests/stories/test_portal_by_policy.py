"""The customers' portal: what stays with the staff, and what no way around a policy leads past."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import falcon.testing
import pytest

from tests.stories.test_portal import policies
from tests.support.at_portal import HIDDEN, SALES, at_portal, codes, own_client, read
from tests.support.operator import CUSTOMER, ORDER, PARTY, PRODUCT, Customer, Operator, Record
from tests.web.browser import Browser, source_of, words_of
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.kernel.actor import Grant
from trunkline.ordering.order_line import Line
from trunkline.ordering.said_by_customer import CostConfirmation
from trunkline.sales.api import SELF_CARE
from trunkline.sales.self_care import judging
from trunkline.sales.self_care.judging import Costs, confirmation_faults


@pytest.fixture(autouse=True)
def roles(operator: Operator) -> None:
    ensure_roles(operator.site.services)


def whole(ada: Customer) -> tuple[Record, Record]:
    """Return an installed line with something of another offering inside, and that part."""
    operator = ada.operator
    line = ada.has(ada.fibre("1", 500)).product()
    part = operator.make(PRODUCT, {
        "name": "Television inside", "status": "active",
        "productOffering": {"id": operator.offerings["TV Basic"]},
        "relatedParty": [{"id": ada.id, "role": "customer"}],
    })  # fmt: skip
    inside = {"product": [{"id": part["id"]}]}
    assert operator.staff.patch(f"{PRODUCT}/{line['id']}", inside).status_code == 200
    return line, part


def test_what_the_staff_notes_stays_there(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """A customer neither reads nor removes what the staff noted at the order, the product and the
    customer; a note of the customer's own, there or with an order, reaches the staff."""
    ada = operator.ada()
    client, order = own_client(ada), ada.has(ada.voice("1"))
    note = {"note": [{"id": "1", "text": "pays late, careful", "author": "care"}]}
    for path, more in (
        (f"{ORDER}/{order.id}", note), (f"{CUSTOMER}/{ada.id}", note),
        (f"{CUSTOMER}/{ada.id}", {"statusReason": "under watch"}),
        (f"{PARTY}/individual/{ada.party}", note),
    ):  # fmt: skip
        assert operator.staff.patch(path, more).status_code == 200, path
        own = client.get(path)
        assert own.status_code == 200, path
        assert not {"note", "statusReason", "stateReason"} & own.json.keys(), path
        assert "careful" not in client.get(path.rpartition("/")[0]).text
        assert set(operator.read(path)) >= set(more)
    for wiped in ({"note": []}, {"note": None}, {"note": [{"text": "mine"}]}):
        answer = client.patch(f"{CUSTOMER}/{ada.id}", wiped)
        assert answer.status_code == 200, answer.json
        assert "careful" not in answer.text
        assert operator.read(CUSTOMER, ada.id)["note"][0] == note["note"][0]
    assert operator.read(CUSTOMER, ada.id)["note"][1]["text"] == "mine"
    sly = {"note": [{"id": "1", "text": "pays well", "isCustomerVisible": False}]}
    client.patch(f"{CUSTOMER}/{ada.id}", sly)
    assert operator.read(CUSTOMER, ada.id)["note"][0] == note["note"][0]
    said = {"text": "the box is on its way", "isCustomerVisible": True}
    operator.staff.patch(f"{ORDER}/{order.id}", {"note": [*note["note"], said]})
    shown = read(at_portal(ada, pages), f"/my/orders/{operator.read(ORDER, order.id)['key']}")
    assert "the box is on its way" in shown
    assert "careful" not in shown
    ring = {**ada.body(ada.add("1", "TV Basic")), "note": [{"text": "ring twice"}]}
    made = client.post(ORDER, ring)
    assert made.status_code == 201, made.json
    assert operator.read(ORDER, made.json["id"])["note"][0]["text"] == "ring twice"


def test_a_bundle_is_no_way_around_a_policy(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """What customers may not do with a part is not done by doing it to the whole: neither ending
    it, nor pausing it more often; the page offers no such thing."""
    ada = operator.ada()
    line, part = whole(ada)
    client, browser = own_client(ada), at_portal(ada, pages)
    end = ada.body(ada.change("1", "delete", line["id"]))
    rest = ada.body(ada.change("1", "suspend", line["id"]))
    with policies(operator, ("TV Basic", {"action": ["delete"], "isAllowed": False})):
        assert codes(client.post(ORDER, end)) == {"selfCareRefused"}
        shown = read(browser, f"/my/products/{line['key']}")
        assert "Change Pause" in shown
        assert "Pause End" not in shown
    rate = {"action": ["suspend"], "timesMax": 1, "withinDays": 30}
    with policies(operator, ("TV Basic", rate)):
        alone = client.post(ORDER, ada.body(ada.change("1", "suspend", part["id"])))
        assert alone.status_code == 201, alone.json
        operator.settle()
        assert codes(client.post(ORDER, rest)) >= {"selfCareTooOften"}


def test_a_day_is_within_policy_when_it_is_moved(operator: Operator) -> None:
    """An order is moved to a day that its policy admits, and to no later one."""
    ada = operator.ada()
    client = own_client(ada)
    with policies(operator, ("Voice Flat", {"action": ["add"], "daysAheadMax": 3000})):
        sent = client.post(
            ORDER, {**ada.body(ada.voice("1")), "requestedStartDate": "2030-01-01T00:00:00Z"}
        )
        assert sent.status_code == 201, sent.json
        amend = f"{SALES}/productOrder/{sent.json['id']}/amend"
        far = client.post(amend, {"requestedStartDate": "2099-01-01T00:00:00Z"})
        assert codes(far) == {"selfCareTooFarAhead"}
        near = client.post(amend, {"requestedStartDate": "2030-02-01T00:00:00Z"})
        assert near.status_code == 200, near.json
    assert operator.read(ORDER, sent.json["id"])["requestedStartDate"].startswith("2030-02-01")


def test_what_is_not_shown_is_not_touched(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """A product that customers are not shown is named by no page, and ended by none of them."""
    ada = operator.ada()
    line, part = whole(ada)
    client, browser = own_client(ada), at_portal(ada, pages)
    page = f"/my/products/{line['key']}"
    assert "Television inside" in read(browser, page)
    hidden = {"isCustomerVisible": False}
    assert operator.staff.patch(f"{PRODUCT}/{part['id']}", hidden).status_code == 200
    assert "Television inside" not in read(browser, page)
    end = client.post(ORDER, ada.body(ada.change("1", "delete", part["id"])))
    assert codes(end) == {"notThere"}
    assert (
        operator.staff.post(ORDER, ada.body(ada.change("1", "delete", part["id"]))).status_code
        == 201
    )


@pytest.mark.parametrize("wrong", [
    {"productOrderItem": [None]}, {"productOrderItem": ["x"]}, {"productOrderItem": 5},
    {"productOrderItem": [{"action": "add"}]}, {"relatedParty": [None]},
    {"productOrderItem": [{"id": "1", "action": "add", "quantity": "x"}]},
    {"requestedStartDate": "abc"}, {"requestedStartDate": 5}, {"acceptedTerms": 5},
    {"costConfirmation": 5}, {"billingAccount": "x"}, {"productOrderItem": []},
])  # fmt: skip
def test_an_effect_is_asked_of_an_order(operator: Operator, wrong: Record) -> None:
    """What is no order is refused with the path, before anything is looked up."""
    ada = operator.ada()
    answer = own_client(ada).post(f"{SALES}/selfCareEffect", {**ada.body(ada.voice("1")), **wrong})
    assert answer.status_code == 400, answer.text
    (name,) = wrong
    assert any(one["path"].startswith(name) for one in answer.json["fault"]), answer.json


@pytest.mark.parametrize("value", [Decimal("1e30"), Decimal("-1e40"), Decimal("2.006")])
def test_costs_of_any_size_are_compared(value: Decimal) -> None:
    """An amount beyond all sense is another one than it comes to."""
    costs = Costs("EUR", Decimal(0), Decimal(2), Decimal(0))
    said = CostConfirmation.wrap({"monthlyAfter": {"unit": "EUR", "value": value}})
    assert {one.code for one in confirmation_faults(said, costs)} == {"confirmationOutdated"}


def test_costs_are_confirmed_in_the_coins_of_their_currency() -> None:
    """A thousandth of a dinar counts, a hundredth of a yen does not; each is told in its coins."""
    for unit, told, seen, is_refused in (
        ("KWD", "2.000", "2.002", True), ("KWD", "2.000", "2.0004", False),
        ("JPY", "200", "200.4", False), ("JPY", "200", "201", True),
    ):  # fmt: skip
        said = CostConfirmation.wrap({"monthlyAfter": {"unit": unit, "value": Decimal(seen)}})
        costs = Costs(unit, Decimal(0), Decimal(told), Decimal(0))
        messages = [one.message for one in confirmation_faults(said, costs)]
        wanted = [f"is {told} {unit} by now; show and confirm that"] if is_refused else []
        assert messages == wanted


def test_pages_refuse_what_makes_no_sense(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """A day that is none, an offering that is none and a text with a NUL are refused by the page,
    and nothing is ordered."""
    ada = operator.ada()
    browser = at_portal(ada, pages)
    page = f"/my/products/{ada.has(ada.fibre('1', 100)).product()['key']}"
    for query in ("look=1&date=abc", "look=1&date=0000-99-99", "look=1&offering=no-such"):
        answer = browser.get(f"{page}/change?{query}")
        assert answer.status_code == 400, query
    faster = {"offering": operator.offerings["Fibre 500M"]}
    look = source_of(browser.get(f"{page}/change?look=1&offering={faster['offering']}"))
    form = dict(HIDDEN.findall(look.partition('id="effect"')[2])) | faster
    for wrong in ({"date": "0000-99-99"}, {"offering": "no-such"}, {"date": "x\x00"}):
        answer = browser.post(f"{page}/change", {**form, **wrong})
        assert answer.status_code == 400, (wrong, words_of(answer.text))
    read(browser, "/my/shop")
    for typed in ({"street": "x\x00", "number": "1", "city": "y"},
                  {"street": "Mill Lane", "postcode": "12345"}):  # fmt: skip
        assert browser.post("/my/shop", typed).status_code == 400, typed
    assert len(operator.find(ORDER, **{"relatedParty.id": ada.id})) == 1


def test_a_wish_stays_until_it_is_changed(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """Who saves another phone number takes back no wish not to be contacted, gives no consent
    and withdraws none."""
    ada = operator.ada()
    browser, person = at_portal(ada, pages), f"{PARTY}/individual/{ada.party}"
    wish = {"contactPreference": {"doNotContact": True}}
    assert operator.staff.patch(person, wish).status_code == 200
    page = source_of(browser.get("/my/profile"))
    assert page.count(" checked") == 0
    saved = browser.post("/my/profile", {"phone": "+49301234567", "seen": ""})
    assert saved.status_code == 303, words_of(saved.text)
    kept = operator.read(person)
    assert kept["contactMedium"][0]["characteristic"]["phoneNumber"] == "+49301234567"
    assert kept["contactPreference"] == wish["contactPreference"]
    assert browser.post("/my/profile", {"way": "email", "seen": ""}).status_code == 303
    assert operator.read(person)["contactPreference"] == {
        "doNotContact": False, "permittedChannel": ["email"],
    }  # fmt: skip


def test_pages_ask_for_the_right(operator: Operator, pages: falcon.testing.TestClient) -> None:
    """Who may only follow orders is offered neither shop nor cart, and opens neither."""
    ada = operator.ada()
    reads = ("TMF622", "TMF637", "TMF629", "TMF632", "TMF674")
    own = Grant("own", ROLES["self_service"].permissions["TMF622:read"].sees)
    grants = {f"{one}:read": own for one in reads} | {SELF_CARE: own}
    role = operator.site.role("follows-orders", grants)
    login = f"follows-{ada.id[-8:]}"
    operator.site.user(login, roles=[role], party=ada.party, scopes=tuple(sorted(grants)))
    browser = Browser(pages)
    assert browser.sign_in(login).status_code == 303
    home = read(browser, "/my")
    assert "Orders" in home
    assert "Shop" not in home
    for page in ("/my/shop", "/my/cart", "/my/shop/POQ-1", "/my/shop/POQ-1/POF-1"):
        assert browser.get(page).status_code == 403, page
    for page in ("/my/shop", "/my/cart/order", "/my/cart/prices", "/my/shop/POQ-1/POF-1"):
        browser.get("/my")
        sent = browser.post(page, {"site": ada.places[0]})
        assert sent.status_code == 403, page


def test_a_rejected_order_is_not_on_its_way(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """An order that was refused is told under the last ones, not as if it were coming."""
    ada = operator.ada()
    browser, verbs = at_portal(ada, pages), "/api/ordering/v1"
    held = operator.make(f"{verbs}/orderPolicy", {
        "name": "All are looked at", "effect": "approval", "condition": "worth.discount >= 0.0",
    })  # fmt: skip
    order = ada.orders(ada.add("1", "TV Basic"))
    operator.settle()
    assert "On its way" in read(browser, "/my")
    said = {"comment": "not here"}
    assert operator.staff.post(f"{verbs}/productOrder/{order.id}/reject", said).status_code == 200
    operator.settle()
    assert operator.staff.delete(f"{verbs}/orderPolicy/{held['id']}").status_code == 204
    assert order.state == "rejected"
    home = read(browser, "/my")
    assert "On its way" not in home
    assert f"Not possible Order {order.key}" in home
    assert "not here" not in home


def test_the_server_says_when_costs_were_confirmed(operator: Operator) -> None:
    """The time of a confirmation is ours, whatever was sent."""
    ada = operator.ada()
    client, body = own_client(ada), ada.body(ada.voice("1"))
    told = client.post(f"{SALES}/selfCareEffect", body).json["costConfirmation"]
    sent = client.post(
        ORDER,
        {**body, "costConfirmation": {**told, "confirmedAt": "2001-01-01T00:00:00Z"}},
    )
    assert sent.status_code == 201, sent.json
    at = sent.json["costConfirmation"]["confirmedAt"]
    assert at[:16] == sent.json["orderDate"][:16]


def test_a_version_stands_for_one_text(operator: Operator) -> None:
    """A version that was used comes back with its own text only, and terms that were in force
    are not removed."""
    body = {"name": "Old terms", "version": "A", "text": "First.", "isActive": False}
    path = f"{SALES}/termsOfSale/{operator.make(f'{SALES}/termsOfSale', body)['id']}"
    second = operator.staff.patch(path, {"version": "B", "text": "Second."})
    assert second.status_code == 200, second.json
    third = operator.staff.patch(path, {"version": "A", "text": "Third."})
    assert codes(third) == {"versionMissing"}
    assert operator.staff.patch(path, {"version": "A", "text": "First."}).status_code == 200
    kept = operator.read(path)["textOfVersion"]
    assert [(one["version"], one["text"]) for one in kept] == [("A", "First."), ("B", "Second.")]
    assert codes(operator.staff.delete(path)) == {"wereInForce"}


def test_costs_and_days_of_many_lines_are_worked_out_once(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line of an order is judged by what was worked out for all of them together."""
    asked: list[int] = []
    known = judging.line_effects

    def counted(lines: Mapping[str, Line], *said: Any, **more: Any) -> Any:
        asked.append(len(lines))
        return known(lines, *said, **more)

    monkeypatch.setattr(judging, "line_effects", counted)
    ada = operator.ada()
    rise = {"action": ["add"], "monthlyRiseMax": {"unit": "EUR", "value": 1}}
    with policies(operator, ("Voice Flat", rise)):
        lines = [ada.voice(str(number)) for number in range(1, 6)]
        refused = own_client(ada).post(ORDER, ada.body(*lines))
        paths = [one["path"] for one in refused.json["fault"] if one["code"] == "selfCareTooDear"]
    assert sorted(paths) == [f"productOrderItem[{number}].itemPrice" for number in range(5)]
    assert asked == [5]
