"""Several currencies: whoever is billed in one is asked the prices in it, everywhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.overrides import ACCOUNT, CATALOG, active_customer, made
from tests.support.pages import browser_of
from tests.support.program import Client, Site
from tests.web.browser import words_of
from tests.web.test_capture import opened, step

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
QUOTES = "/tmf-api/quoteManagement/v4/quote"
CARTS = "/tmf-api/shoppingCart/v4/shoppingCart"
PRODUCTS = "/tmf-api/productInventory/v4/product"
BILLS = "/tmf-api/customerBillManagement/v4/customerBill"
SIMULATE = "/api/ordering/v1/simulate"
LIVE = {"lifecycleStatus": "Active"}
Record = dict[str, Any]


class Shop:
    """A customer with an account per currency, and offerings that are sold in some of them."""

    def __init__(self, site: Site) -> None:
        self.site, self.client = site, site.admin
        self.customer = active_customer(self.client)
        self.party = {"id": self.customer, "role": "customer", "@referredType": "Customer"}
        self.accounts = {one: self.account(one) for one in ("EUR", "USD", "JPY", "KWD", None)}
        everywhere = {"EUR": "39.90", "USD": "45.50", "JPY": "5000", "KWD": "10.125"}
        self.fibre = self.sold("Fibre", everywhere)
        self.faster = self.sold("Faster fibre", {"EUR": "49.90", "USD": "55.50"})
        self.radio = self.sold("Radio", {"EUR": "9.90"})
        self.dollars = self.sold("Dollar line", {"USD": "12.00"})

    def account(self, unit: str | None) -> str:
        body = {"name": f"Paid in {unit}", "state": "active", "relatedParty": [self.party]}
        return made(self.client, ACCOUNT, body | ({"currency": unit} if unit else {}))

    def sold(self, name: str, amounts: dict[str, str]) -> str:
        prices = [self.price(name, unit, value) for unit, value in amounts.items()]
        specification = made(self.client, f"{CATALOG}/productSpecification", {"name": name, **LIVE})
        body = {"name": name, "isSellable": True, "productOfferingPrice": prices, **LIVE,
                "productSpecification": {"id": specification}}  # fmt: skip
        return made(self.client, f"{CATALOG}/productOffering", body)

    def price(self, name: str, unit: str, value: str) -> Record:
        body = {"name": f"{name} {unit}", **LIVE, "priceType": "recurring",
                "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
                "price": {"unit": unit, "value": Decimal(value)}}  # fmt: skip
        return {"id": made(self.client, f"{CATALOG}/productOfferingPrice", body)}

    def body(self, items: str, *lines: Record, account: str | None, is_list: bool) -> Record:
        ref = {"id": account}
        paying = {} if account is None else {"billingAccount": [ref] if is_list else ref}
        return {"relatedParty": [self.party], items: list(lines), **paying}

    def order(self, unit: str | None, *lines: Record) -> Any:
        body = self.body("productOrderItem", *lines, account=self.accounts[unit], is_list=False)
        return self.client.post(ORDERS, body)

    def quote(self, unit: str | None, *lines: Record) -> Any:
        body = self.body("quoteItem", *lines, account=self.accounts[unit], is_list=True)
        return self.client.post(QUOTES, body)

    def cart(self, account: str | None, *lines: Record) -> Any:
        return self.client.post(
            CARTS, self.body("cartItem", *lines, account=account, is_list=False)
        )


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop(site)


def add(offering: str, ident: str = "1", **more: Any) -> Record:
    return {"id": ident, "action": "add", "productOffering": {"id": offering}, **more}


def amounts(prices: list[Record]) -> list[tuple[str, str]]:
    found = (one["price"]["dutyFreeAmount"] for one in prices)
    return [(one["unit"], f"{one['value']:g}") for one in found]


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


SAID = {"EUR": "39.9", "USD": "45.5", "JPY": "5000", "KWD": "10.125"}


@pytest.mark.accepts("NFR-05")
def test_an_account_is_asked_the_prices_in_its_currency(shop: Shop) -> None:
    """Of prices in several currencies a cart, a quote, an order and its product have those in which
    the account is billed; totals are exact in the coins of each currency."""
    for unit, value in SAID.items():
        cart = shop.cart(shop.accounts[unit], add(shop.fibre, quantity=3)).json
        assert amounts(cart["cartItem"][0]["itemPrice"]) == [(unit, value)]
        quote = shop.quote(unit, add(shop.fibre, quantity=3)).json
        assert amounts(quote["quoteItem"][0]["quoteItemPrice"]) == [(unit, value)]
        (total,) = quote["quoteTotalPrice"]
        assert amounts(cart["cartTotalPrice"]) == amounts([total])
        exact = Decimal(value) * 3
        assert quote["monthlyTotal"] == {"unit": unit, "value": float(exact)}
        assert quote["contractValue"] == {"unit": unit, "value": float(exact * 12)}
        ordered = shop.order(unit, add(shop.fibre))
        assert amounts(ordered.json["productOrderItem"][0]["itemPrice"]) == [(unit, value)]
    shop.site.work()
    paid = {}
    for product in shop.client.get(PRODUCTS, query_string="limit=50").json:
        if product["name"] == "Fibre":
            paid[product["billingAccount"]["id"]] = amounts(product["productPrice"])
    assert paid == {shop.accounts[one]: [(one, value)] for one, value in SAID.items()}


@pytest.mark.accepts("NFR-05")
def test_what_has_no_price_in_the_currency_is_refused_at_its_item(shop: Shop) -> None:
    """Radio is sold in euros only: not on an account in dollars, at no way; nothing is asked in
    another currency than the account's, and no two currencies meet in one order."""
    lines = (add(shop.fibre, "1"), add(shop.radio, "2"))
    for answer, path in (
        (shop.order("USD", *lines), "productOrderItem[1].productOffering"),
        (shop.quote("USD", *lines), "quoteItem[1].productOffering"),
        (shop.cart(shop.accounts["USD"], *lines), "cartItem[1].productOffering"),
    ):
        assert (answer.status_code, codes(answer)) == (400, {(path, "priceNotInCurrency")})
        assert "Radio has no price in USD" in answer.json["message"]
        assert "EUR" in answer.json["message"]
    told = shop.client.post(
        SIMULATE,
        shop.body("productOrderItem", *lines, account=shop.accounts["USD"], is_list=False),
    )
    assert [one["code"] for one in told.json["fault"]] == ["priceNotInCurrency"]
    own = {"priceType": "recurring", "recurringChargePeriod": "month",
           "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}}  # fmt: skip
    answer = shop.order("USD", add(shop.fibre, itemPrice=[own]))
    spot = "productOrderItem[0].itemPrice[0].price.dutyFreeAmount.unit"
    assert codes(answer) == {(spot, "accountCurrency")}
    apart = add(shop.fibre, "2", billingAccount={"id": shop.accounts["EUR"]})
    answer = shop.order("USD", add(shop.fibre, "1"), apart)
    assert codes(answer) == {("productOrderItem[1].billingAccount", "accountCurrencyMixed")}


def test_without_an_account_the_currency_is_one_that_all_have(shop: Shop) -> None:
    """Where nobody says in which, it is the currency in which everything can be had; who pays on an
    account in another one is told the prices in that."""
    both = (add(shop.dollars, "1"), add(shop.fibre, "2"))
    cart = shop.cart(None, *both).json
    assert amounts(cart["cartTotalPrice"]) == [("USD", "57.5")]
    alone = shop.cart(shop.accounts[None], add(shop.fibre)).json
    assert amounts(alone["cartTotalPrice"]) == [("EUR", "39.9")]
    paying = {"billingAccount": {"id": shop.accounts["USD"]}}
    changed = shop.client.patch(f"{CARTS}/{alone['id']}", paying).json
    assert amounts(changed["cartTotalPrice"]) == [("USD", "45.5")]
    assert amounts(changed["cartItem"][0]["itemPrice"]) == [("USD", "45.5")]
    with_one = Shop.__new__(Shop)
    with_one.__dict__ |= shop.__dict__ | {"customer": active_customer(shop.client)}
    with_one.party = {**shop.party, "id": with_one.customer}
    with_one.account("USD")
    assert amounts(with_one.cart(None, add(shop.fibre)).json["cartTotalPrice"]) == [("USD", "45.5")]


def test_what_is_installed_stays_in_its_currency(shop: Shop) -> None:
    """Another plan is asked in the currency of what is there; nobody moves it to an account in
    another one, nor gives its account another currency or a bill in one."""
    client, account = shop.client, shop.account("USD")
    shop.accounts["own"] = account
    assert shop.order("own", add(shop.fibre)).status_code == 201
    shop.site.work()
    (product,) = client.get(PRODUCTS, query_string=f"billingAccount.id={account}").json
    change = {"id": "1", "action": "modify", "product": {"id": product["id"]},
              "productOffering": {"id": shop.faster}}  # fmt: skip
    body = {"relatedParty": [shop.party], "productOrderItem": [change]}
    told = client.post(SIMULATE, body).json
    assert [(one["unit"], one["old"], one["new"]) for one in told["price"]] == [("USD", 45.5, 55.5)]
    away = {**change, "billingAccount": {"id": shop.accounts["EUR"]}}
    del away["productOffering"]
    faults = client.post(SIMULATE, body | {"productOrderItem": [away]}).json["fault"]
    assert [one["code"] for one in faults] == ["accountCurrency"]
    spot = f"{PRODUCTS}/{product['id']}"
    moved = client.patch(spot, {"billingAccount": {"id": shop.accounts["EUR"]}})
    assert codes(moved) == {("productPrice[0].price.dutyFreeAmount.unit", "accountCurrency")}
    other = client.patch(f"{ACCOUNT}/{account}", {"currency": "EUR"})
    assert codes(other) == {("currency", "conflictCurrency")}
    amount = {"unit": "EUR", "value": 10}
    bill = {"billNo": "INV-1", "state": "sent", "billingAccount": {"id": account},
            "taxExcludedAmount": amount, "taxIncludedAmount": amount}  # fmt: skip
    assert "currencyMismatch" in {code for _, code in codes(client.post(BILLS, bill))}


def test_the_page_of_orders_shows_the_currency_of_the_account(shop: Shop) -> None:
    """What can be added is listed at the prices of the account; what cannot be paid on it is
    refused at its line."""
    browser = browser_of(shop.site, "admin")
    for unit, other in (("USD", "39.90 EUR"), ("EUR", "45.50 USD")):
        fields = opened(browser, customer=shop.customer) | {"account": shop.accounts[unit]}
        shown = words_of(browser.post("/order/new/offers", fields).text)
        assert f"{'45.50' if unit == 'USD' else '39.90'} {unit}" in shown
        assert other not in shown
        fields, html = step(browser, fields, f"add:{shop.fibre}")
        assert f"{unit} per month" in words_of(html)
    fields = opened(browser, customer=shop.customer) | {"account": shop.accounts["USD"]}
    _, html = step(browser, fields, f"add:{shop.radio}")
    assert "Radio has no price in USD" in words_of(html)


def test_an_opportunity_is_counted_in_one_currency(shop: Shop, site: Site) -> None:
    """Its lines get the prices in the currency of its account."""
    client: Client = site.admin
    body = {"name": "New branch", "billingAccount": {"id": shop.accounts["USD"]},
            "salesOpportunityItem": [{"productOffering": {"id": shop.fibre}}]}  # fmt: skip
    answer = client.post("/api/sales/v1/salesOpportunity", body)
    assert answer.status_code == 201, answer.json
    assert answer.json["currency"] == "USD"
    assert answer.json["salesOpportunityItem"][0]["amounts"]["mrr"] == {
        "unit": "USD",
        "value": 45.5,
    }
