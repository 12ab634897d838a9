"""Quotes: what is offered to a customer, its states, revisions, and the orders made of it."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.support.overrides import ACCOUNT, active_customer, made, offering_on_sale
from tests.support.program import Client, Site
from tests.support.sql_counter import counted
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.sales.quote.quote import QUOTE_LIFECYCLE

QUOTES = "/tmf-api/quoteManagement/v4/quote"
VERBS = "/api/sales/v1/quote"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
CATALOG = "/tmf-api/productCatalogManagement/v4"


class Shop:
    """A customer with an account, and what may be offered."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.customer = active_customer(client)
        party = {"id": self.customer, "role": "customer", "@referredType": "Customer"}
        account = {"name": "Ada's account", "state": "active", "relatedParty": [party]}
        self.party = party
        self.account = made(client, ACCOUNT, account)
        self.offering = offering_on_sale(client)

    def line(self, ident: str = "1", **said: Any) -> dict[str, Any]:
        return {"id": ident, "action": "add", "productOffering": {"id": self.offering}, **said}

    def body(self, *lines: dict[str, Any], **said: Any) -> dict[str, Any]:
        return {
            "relatedParty": [self.party],
            "billingAccount": [{"id": self.account}],
            "quoteItem": list(lines) or [self.line()],
            **said,
        }

    def quote(self, *lines: dict[str, Any], **said: Any) -> dict[str, Any]:
        answer = self.client.post(QUOTES, self.body(*lines, **said))
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    def did(self, key: str, *verbs: str, **said: Any) -> Any:
        answer = None
        for verb in verbs:
            answer = self.client.post(f"{VERBS}/{key}/{verb}", said)
            assert answer.status_code == 200, (verb, answer.json)
        return answer

    def completed(self, *lines: dict[str, Any], **said: Any) -> dict[str, Any]:
        quote = self.quote(*lines, **said)
        self.did(quote["key"], "present", "accept", "complete")
        return quote


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop(site.admin)


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


def test_a_quote_is_priced_by_us(shop: Shop) -> None:
    quote = shop.quote(shop.line(quantity=3), {"productOffering": {"id": shop.offering}})
    assert quote["key"].startswith("QT")
    assert (quote["state"], quote["internalState"], quote["version"]) == (
        "inProgress",
        "draft",
        "1",
    )
    assert quote["monthlyTotal"] == {"unit": "EUR", "value": 199.6}
    assert quote["contractValue"]["value"] == 2395.2


WAYS = {
    "draft": (),
    "inReview": ("submit",),
    "approved": ("submit", "approve"),
    "pendingAcceptance": ("present",),
    "accepted": ("present", "accept"),
    "completed": ("present", "accept", "complete"),
    "closed": ("present", "accept", "complete", "close"),
    "canceled": ("cancel",),
}
MAY = {
    "draft": {"submit", "present", "cancel", "revise"},
    "inReview": {"recall", "approve", "sendBack", "present", "cancel", "revise"},
    "approved": {"present", "cancel", "revise"},
    "pendingAcceptance": {"accept", "cancel", "revise"},
    "accepted": {"complete", "cancel", "revise"},
    "completed": {"close", "revise", "order"},
    "closed": set(),
    "canceled": set(),
}
EVERY = ("submit", "recall", "approve", "sendBack", "present", "accept", "complete", "cancel",
         "close", "revise", "order")  # fmt: skip
PATCHED = {
    "draft": {"pending", "cancelled"},
    "inReview": {"inProgress", "approved", "cancelled"},
    "approved": {"cancelled"},
    "pendingAcceptance": {"accepted", "cancelled"},
    "accepted": {"cancelled"},
    "completed": set(),
    "closed": set(),
    "canceled": set(),
}
TMF = {
    "draft": "inProgress", "inReview": "pending", "approved": "approved",
    "pendingAcceptance": "approved", "accepted": "accepted", "completed": "accepted",
    "closed": "accepted", "canceled": "cancelled",
}  # fmt: skip


@pytest.mark.parametrize("state", list(WAYS))
def test_only_moves_of_the_table_are_possible(shop: Shop, state: str) -> None:
    """A quote goes from draft to review, to the customer, to accepted, completed and closed, and is
    canceled or replaced on the way; all else is refused with what is allowed, by verb and patch."""
    key = shop.quote()["key"]
    shop.did(key, *WAYS[state], reason="too dear")
    standing = shop.client.get(f"{QUOTES}/{key}").json
    assert (standing["internalState"], standing["state"]) == (state, TMF[state])
    for verb in (one for one in EVERY if one not in MAY[state]):
        said = {} if verb == "order" else {"reason": "because"}
        answer = shop.client.post(f"{VERBS}/{key}/{verb}", said)
        assert answer.status_code == 409, (verb, answer.json)
        assert state in answer.json["message"]
    names = ("inProgress", "pending", "approved", "accepted", "rejected", "cancelled")
    for name in (one for one in names if one not in PATCHED[state] and one != TMF[state]):
        answer = shop.client.patch(f"{QUOTES}/{key}", {"state": name, "stateReason": "because"})
        assert (answer.status_code, answer.json["code"]) == (409, "lifecycleMove"), name
        assert "allowed from here" in answer.json["message"]
    assert shop.client.get(f"{QUOTES}/{key}").json["internalState"] == state


def test_tmf_states_lead_to_the_acceptance(shop: Shop) -> None:
    """A client that knows TMF648 alone brings a quote to its acceptance, which is written down."""
    key = shop.quote()["key"]
    for state in ("pending", "inProgress", "pending", "approved", "accepted"):
        answer = shop.client.patch(f"{QUOTES}/{key}", {"state": state})
        assert answer.status_code == 200, answer.json
    assert answer.json["acceptance"]["by"] == "Admin"
    assert codes(shop.client.patch(f"{QUOTES}/{shop.quote()['key']}", {"state": "cancelled"})) == {
        ("stateReason", "reasonMissing")
    }


def test_a_quote_is_somebodys_and_right(shop: Shop) -> None:
    """Without a customer no quote, nor with a line that no order could have. Prices are ours, and
    a line that is sent back with them as they were told is taken."""
    body = shop.body()
    del body["relatedParty"]
    assert ("relatedParty", "customerMissing") in codes(shop.client.post(QUOTES, body))
    wrong = shop.line(product={"productCharacteristic": [{"name": "colour", "value": "red"}]})
    answer = shop.client.post(QUOTES, shop.body(wrong, shop.line("2", quantity=0)))
    assert answer.status_code == 400
    assert ("quoteItem[1].quantity", "quantityInvalid") in codes(answer)
    price = [{"priceType": "recurring", "recurringChargePeriod": "month",
              "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}}]  # fmt: skip
    own = shop.client.post(QUOTES, shop.body(shop.line(quoteItemPrice=price)))
    assert codes(own) == {("quoteItem[0].quoteItemPrice", "priceNotYours")}
    quote = shop.quote()
    line = {**quote["quoteItem"][0], "quoteItemPrice": price}
    later = shop.client.patch(f"{QUOTES}/{quote['key']}", {"quoteItem": [line]})
    assert codes(later) == {("quoteItem.quoteItemPrice", "notWritable")}
    again = json.loads(json.dumps(quote["quoteItem"][0], sort_keys=True)) | {"quantity": 2}
    answer = shop.client.patch(f"{QUOTES}/{quote['key']}", {"quoteItem": [again]})
    assert answer.status_code == 200, answer.json
    twice = shop.client.post(QUOTES, shop.body(shop.line("1"), shop.line("1")))
    assert ("quoteItem[1].id", "duplicateItem") in codes(twice)


@pytest.mark.accepts("QUO-19")
def test_who_saves_second_is_told(site: Site, shop: Shop) -> None:
    """Two agents change one quote: the second one's change is refused as stale, and nothing of it
    is kept."""
    site.role("seller", {f"TMF648:{one}": Grant("all", EVERY_CLASS) for one in ("read", "update")})
    key = shop.quote()["key"]
    mark = shop.client.get(f"{QUOTES}/{key}").headers["ETag"]
    one = shop.client.patch(f"{QUOTES}/{key}", {"description": "Ada's"}, headers={"If-Match": mark})
    assert one.status_code == 200
    two = site.user("quoting-grace", roles=["seller"], scopes=("TMF648:update",)).patch(
        f"{QUOTES}/{key}", {"description": "Grace's"}, headers={"If-Match": mark}
    )
    assert two.status_code == 412
    assert shop.client.get(f"{QUOTES}/{key}").json["description"] == "Ada's"


@pytest.mark.accepts("QUO-03")
def test_one_revision_is_active(shop: Shop) -> None:
    """A revision takes the place of the former one, which is only read from then on; both are
    compared line by line."""
    first = shop.quote(shop.line("1"), shop.line("2"))
    shop.did(first["key"], "present")
    sent = {"quoteItem": [shop.line("1", quantity=5)]}
    fixed = shop.client.patch(f"{QUOTES}/{first['key']}", sent)
    assert codes(fixed) >= {("quoteItem", "conflictNotDraft")}
    second = shop.did(first["key"], "revise", reason="five of them").json
    assert (second["revision"], second["internalState"]) == (2, "draft")
    sent["quoteItem"].append(shop.line("3"))
    assert shop.client.patch(f"{QUOTES}/{second['key']}", sent).status_code == 200
    former = shop.client.get(f"{QUOTES}/{first['key']}").json
    assert (former["internalState"], former["isActive"]) == ("revised", False)
    for change in ({"description": "other"}, {"quoteItem": sent["quoteItem"]}, {"termMonths": 3}):
        answer = shop.client.patch(f"{QUOTES}/{first['key']}", change)
        assert (answer.status_code, answer.json["code"]) == (409, "conflictNotActive")
    assert shop.client.post(f"{VERBS}/{first['key']}/revise", {}).status_code == 409
    third = shop.did(second["key"], "revise").json
    active = shop.client.get(QUOTES, query_string=f"isActive=true&relatedParty.id={shop.customer}")
    assert [one["key"] for one in active.json] == [third["key"]]
    found = shop.client.get(f"{VERBS}/{second['key']}/comparison").json
    kinds = {one["id"]: one["kind"] for one in found["line"]}
    assert kinds == {"1": "changed", "2": "removed", "3": "added"}
    changed = next(one for one in found["line"] if one["id"] == "1")
    assert changed["difference"] == [{"attribute": "quantity", "new": 5}]
    assert [one["new"] for one in changed["oldPrice"]] == [49.9]
    assert [one["new"] for one in changed["newPrice"]] == [249.5]
    assert found["former"]["key"] == first["key"]


@pytest.mark.accepts("QUO-11")
def test_a_quote_expires(site: Site, shop: Shop) -> None:
    """A quote whose day has passed cannot be accepted, ends by itself, and is offered anew by a
    revision."""
    until = shop.quote()["validFor"]["endDateTime"]
    quote = shop.quote(validFor={"endDateTime": until})
    shop.did(quote["key"], "present")
    kept = shop.completed()
    site.work()
    site.move_clock(31 * 86_400)
    late = shop.client.post(f"{VERBS}/{quote['key']}/accept", {})
    assert codes(late) == {("validFor.endDateTime", "conflictExpired")}
    assert shop.client.patch(f"{QUOTES}/{quote['key']}", {"state": "accepted"}).status_code == 409
    made = site.rows("update work set run_at = now() where kind = 'sales.quoteExpiry' returning 1")
    assert made
    site.work()
    ended = shop.client.get(f"{QUOTES}/{quote['key']}").json
    assert (ended["internalState"], ended["state"]) == ("expired", "cancelled")
    assert shop.client.post(f"{VERBS}/{quote['key']}/accept", {}).status_code == 409
    assert shop.client.get(f"{QUOTES}/{kept['key']}").json["internalState"] == "completed"
    anew = shop.did(quote["key"], "revise").json
    shop.did(anew["key"], "present", "accept")


@pytest.mark.accepts("QUO-09")
def test_no_more_is_ordered_than_was_offered(site: Site, shop: Shop) -> None:
    """A completed quote is ordered whole or by lines; what is ordered is counted per line, comes
    back with a canceled order, and nobody orders more, whichever way."""
    draft = shop.quote()
    assert shop.client.post(f"{VERBS}/{draft['key']}/order", {}).status_code == 409
    later = {"expectedFulfillmentStartDate": "2099-01-01T00:00:00Z"}
    quote = shop.completed(shop.line("a", quantity=3), shop.line("b"), **later)
    url = f"{VERBS}/{quote['key']}/order"
    misnamed = shop.client.post(url, {"line": [{"id": "a", "quantity": 2}]})
    assert codes(misnamed) == {("line", "unknownAttribute")}
    some = shop.client.post(url, {"quoteItem": [{"id": "a", "quantity": 2}]})
    assert some.status_code == 200, some.json
    order = shop.client.get(f"{ORDERS}/{some.json['key']}").json
    assert order["quote"][0]["id"] == quote["id"]
    item = order["productOrderItem"][0]
    assert (item["quantity"], item["quoteItem"]["quoteId"]) == (2, quote["id"])
    assert item["itemPrice"][0]["price"]["dutyFreeAmount"]["value"] == 49.9
    more = shop.client.post(url, {"quoteItem": [{"id": "a", "quantity": 2}]})
    assert codes(more) == {("quoteItem[a].quantity", "conflictOverOrdered")}
    lines = shop.client.get(f"{QUOTES}/{quote['key']}").json["quoteItem"]
    assert [one.get("orderedQuantity") for one in lines] == [2, None]
    left = shop.client.get(f"{VERBS}/{quote['key']}/ordered").json
    assert {one["id"]: one["remaining"] for one in left["quoteItem"]} == {"a": 1, "b": 1}
    assert [one["key"] for one in left["productOrder"]] == [order["key"]]
    direct: dict[str, Any] = {
        "relatedParty": [shop.party], "billingAccount": {"id": shop.account},
        "quote": [{"id": quote["id"]}],
        "productOrderItem": [
            {**shop.line("1", quantity=2), "quoteItem": {"id": "a", "quoteId": quote["id"]}}
        ],
    }  # fmt: skip
    assert codes(shop.client.post(ORDERS, direct)) == {
        ("productOrderItem[0].quantity", "conflictOverOrdered")
    }
    hidden = {**direct, "quote": []}
    assert codes(shop.client.post(ORDERS, hidden)) == {
        ("productOrderItem[0].quoteItem.quoteId", "quoteMissing")
    }
    direct["productOrderItem"][0]["quantity"] = 1
    site.work()
    assert shop.client.post(ORDERS, direct).status_code == 201
    site.work()
    lines = shop.client.get(f"{QUOTES}/{quote['key']}").json["quoteItem"]
    assert [one.get("orderedQuantity") for one in lines] == [3, None]
    gone = {"productOrder": {"id": order["id"]}, "cancellationReason": "too many"}
    assert shop.client.post(CANCEL, gone).status_code == 201
    site.work()
    left = shop.client.get(f"{VERBS}/{quote['key']}/ordered").json
    assert {one["id"]: one["remaining"] for one in left["quoteItem"]} == {"a": 2, "b": 1}
    lines = shop.client.get(f"{QUOTES}/{quote['key']}").json["quoteItem"]
    assert [one.get("orderedQuantity") for one in lines] == [1, None]
    rest = shop.client.post(url, {})
    assert rest.status_code == 200
    assert shop.client.post(url, {}).json["code"] == "conflictOrdered"
    assert shop.client.post(f"{VERBS}/{quote['key']}/revise", {}).json["code"] == "conflictOrdered"


def test_two_orders_do_not_both_take_what_is_left(shop: Shop) -> None:
    """Of two orders at the same moment for the last of a line one is refused, whoever is first."""
    quote = shop.completed(shop.line("a", quantity=1))
    answers: list[Any] = []
    start = Barrier(2)

    def order() -> None:
        start.wait()
        answers.append(shop.client.post(f"{VERBS}/{quote['key']}/order", {}))

    def direct() -> None:
        item = {**shop.line("1"), "quoteItem": {"id": "a", "quoteId": quote["id"]}}
        body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account},
                "quote": [{"id": quote["id"]}], "productOrderItem": [item]}  # fmt: skip
        start.wait()
        answers.append(shop.client.post(ORDERS, body))

    threads = [Thread(target=order), Thread(target=direct)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(one.status_code // 100 for one in answers) == [2, 4]
    refused = next(one for one in answers if one.status_code // 100 == 4)
    assert refused.json["code"] in ("conflictOverOrdered", "conflictOrdered")


@pytest.mark.accepts("PRC-16")
def test_a_quote_of_a_thousand_lines_is_priced_at_once(shop: Shop) -> None:
    """A quote of 1,000 lines is priced anew as a whole by as many statements as one of two lines,
    which takes a second or two."""

    def made(count: int) -> tuple[dict[str, Any], int]:
        lines = [shop.line(str(number)) for number in range(1, count + 1)]
        with counted() as statements:
            quote = shop.quote(*lines)
        return quote, len(statements)

    few, (quote, many) = made(2)[1], made(1000)
    assert many <= few
    assert quote["monthlyTotal"]["value"] == 49900
    assert {one["priceEffect"][0]["new"] for one in quote["quoteItem"]} == {49.9}


@pytest.mark.accepts("QUO-17")
def test_quotes_are_served_as_tmf648_says(shop: Shop) -> None:
    """A draft is removed with 204, what left its draft is not; a page of a list is 206, a whole one
    200; the documented table of states is the one that holds."""
    keys = [shop.quote()["key"] for _ in range(3)]
    of_mine = f"relatedParty.id={shop.customer}"
    page = shop.client.get(QUOTES, query_string=f"{of_mine}&limit=2")
    assert (page.status_code, len(page.json)) == (206, 2)
    whole = shop.client.get(QUOTES, query_string=of_mine)
    assert (whole.status_code, len(whole.json)) == (200, 3)
    assert shop.client.get(f"{QUOTES}/{keys[0]}").status_code == 200
    patched = shop.client.patch(f"{QUOTES}/{keys[0]}", {"description": "For Ada"})
    assert (patched.status_code, patched.json["description"]) == (200, "For Ada")
    assert shop.client.delete(f"{QUOTES}/{keys[0]}").status_code == 204
    assert shop.client.get(f"{QUOTES}/{keys[0]}").status_code == 404
    shop.did(keys[1], "present")
    assert shop.client.delete(f"{QUOTES}/{keys[1]}").status_code == 409
    told = Path("docs/quotes.md").read_text()
    for state, published in QUOTE_LIFECYCLE.published.items():
        after = ", ".join(QUOTE_LIFECYCLE.moves[state]) or "none"
        assert f"| {state} | {published} | {after} |" in told


def test_prices_inside_a_line_are_ours_too(shop: Shop) -> None:
    """What we count of a line cannot be sent, however deep the line lies, draft or offered."""
    inner = shop.line("3", orderedQuantity=9)
    quote = shop.quote(shop.line("1", quoteItem=[shop.line("2", quoteItem=[inner])]))
    address = f"{QUOTES}/{quote['id']}"
    for verb in ("", "submit"):
        if verb:
            shop.did(quote["key"], verb)
        lines = shop.client.get(address).json["quoteItem"]
        deep = lines[0]["quoteItem"][0]["quoteItem"][0]
        counted_by_us = deep.get("quoteItemPrice"), deep.get("priceEffect")
        amount = {"unit": "EUR", "value": 0.01}
        deep["quoteItemPrice"] = [{"priceType": "recurring", "recurringChargePeriod": "month",
                                   "price": {"dutyFreeAmount": amount}}]  # fmt: skip
        deep["orderedQuantity"] = 9
        shop.client.patch(address, {"quoteItem": lines})
        now = shop.client.get(address).json["quoteItem"][0]["quoteItem"][0]["quoteItem"][0]
        assert (now.get("quoteItemPrice"), now.get("priceEffect")) == counted_by_us
        assert "orderedQuantity" not in now
