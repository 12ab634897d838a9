"""Carts: prices that are told, kept and told anew; check-out through the one intake; expiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.support.overrides import ACCOUNT, CATALOG, active_customer, made
from tests.support.program import Client, Site
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.documents.shape import format_instant

CUSTOMER = "/tmf-api/customerManagement/v4/customer"
CART = "/tmf-api/shoppingCart/v4/shoppingCart"
OWN = "/api/sales/v1/shoppingCart"
QUOTES = "/tmf-api/quoteManagement/v4/quote"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
APPOINTMENT = "/tmf-api/appointment/v4/appointment"
PRICE = f"{CATALOG}/productOfferingPrice"
POOLS = "/api/pools/v1/resourcePool"
LIVE = {"lifecycleStatus": "Active"}
TWO_WEEKS_S = 14 * 24 * 3600
Record = dict[str, Any]


@dataclass
class Buyer:
    """Somebody who puts things into carts."""

    site: Site
    customer: str
    account: str

    @property
    def party(self) -> list[Record]:
        return [{"id": self.customer, "role": "customer", "@referredType": "Customer"}]

    def cart(self, *items: Record, client: Client | None = None, **more: Any) -> Record:
        body = {"relatedParty": self.party, "billingAccount": {"id": self.account},
                "cartItem": list(items), **more}  # fmt: skip
        answer = (client or self.site.admin).post(CART, body)
        assert answer.status_code == 201, answer.json
        found: Record = answer.json
        return found


@pytest.fixture
def buyer(site: Site) -> Buyer:
    customer = active_customer(site.admin)
    owner = [{"id": customer, "role": "customer", "@referredType": "Customer"}]
    account = {"name": "Main account", "state": "active", "relatedParty": owner}
    return Buyer(site, customer, made(site.admin, ACCOUNT, account))


def price(site: Site, name: str, value: float, **more: Any) -> str:
    body = {"name": name, **LIVE, "priceType": "recurring", "recurringChargePeriodType": "month",
            "recurringChargePeriodLength": 1, "price": {"unit": "EUR", "value": value}}  # fmt: skip
    return made(site.admin, PRICE, body | more)


def portal(buyer: Buyer, login: str) -> Client:
    """Return a customer's own client, as the portal has it."""
    scopes = tuple(ROLES["self_service"].permissions)
    customer = buyer.site.admin.get(f"{CUSTOMER}/{buyer.customer}").json
    party = customer["engagedParty"]["id"]
    return buyer.site.user(login, roles=["self_service"], party=party, scopes=scopes)


def at(site: Site, days: int) -> str:
    return format_instant(site.services.now() + timedelta(days=days))


def offer(site: Site, name: str, *prices: str) -> str:
    body = {
        "name": name, **LIVE, "isSellable": True,
        "productSpecification": {
            "id": made(site.admin, f"{CATALOG}/productSpecification", {"name": name, **LIVE})
        },
        "productOfferingPrice": [{"id": one} for one in prices],
    }  # fmt: skip
    return made(site.admin, f"{CATALOG}/productOffering", body)


def offered(site: Site) -> str:
    """Return an offering at 30 a month and 50 once; from tomorrow on it is 34.50 a month."""
    monthly = price(site, "Line monthly", 30, validFor={"endDateTime": at(site, 1)})
    then = price(site, "Line monthly", 34.5, validFor={"startDateTime": at(site, 1)})
    once = {"name": "Line set up", **LIVE, "priceType": "oneTime",
            "price": {"unit": "EUR", "value": 50}}  # fmt: skip
    return offer(site, "Line", monthly, then, made(site.admin, PRICE, once))


def add(offering: str, ident: str = "1", **more: Any) -> Record:
    return {"id": ident, "action": "add", "productOffering": {"id": offering}, **more}


def sums(prices: list[Record]) -> set[tuple[str, float]]:
    return {
        (one.get("recurringChargePeriod", "once"), one["price"]["dutyFreeAmount"]["value"])
        for one in prices
    }


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["code"], one["path"]) for one in answer.json.get("fault", [])}


def test_prices_and_totals_are_ours(buyer: Buyer) -> None:
    """Each item has its prices and what it comes to, the cart the sum of what is not saved for
    later; who sends prices is refused."""
    line = offered(buyer.site)
    cart = buyer.cart(add(line, quantity=2), add(line, "2", status="saveForLater"))
    first, later = cart["cartItem"]
    assert sums(first["itemPrice"]) == {("month", 30), ("once", 50)}
    assert sums(first["ItemTotalPrice"]) == {("month", 60), ("once", 100)}
    assert sums(later["ItemTotalPrice"]) == {("month", 30), ("once", 50)}
    assert sums(cart["cartTotalPrice"]) == {("month", 60), ("once", 100)}
    cheap = [{"priceType": "recurring", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}}]
    sent = {"relatedParty": buyer.party, "cartItem": [add(line, itemPrice=cheap)]}
    refused = buyer.site.admin.post(CART, sent)
    assert codes(refused) == {("notWritable", "cartItem[0].itemPrice")}
    patched = {"cartItem": [{**first, "itemPrice": cheap}, later]}
    assert buyer.site.admin.patch(f"{CART}/{cart['id']}", patched).status_code == 400
    more = buyer.site.admin.patch(f"{CART}/{cart['id']}", {"cartItem": [{**first, "quantity": 1}]})
    assert sums(more.json["cartTotalPrice"]) == {("month", 30), ("once", 50)}


@pytest.mark.accepts("CRT-03")
def test_a_price_that_moved_is_told_before_the_order(buyer: Buyer) -> None:
    """The catalog raises a price while something lies in the cart: the cart keeps what was told,
    says so, and is not ordered until the new prices were taken; then the order has these."""
    admin = buyer.site.admin
    line = offered(buyer.site)
    cart = buyer.cart(add(line), add(offer(buyer.site, "Box", price(buyer.site, "Box", 0)), "2"))
    buyer.site.move_clock(86_400)
    named = admin.patch(f"{CART}/{cart['id']}", {"description": "Home"}).json
    later = add(offer(buyer.site, "TV", price(buyer.site, "TV monthly", 10)), "3")
    kept = admin.patch(f"{CART}/{cart['id']}", {"cartItem": [*named["cartItem"], later]}).json
    assert sums(kept["cartItem"][0]["itemPrice"]) == {("month", 30), ("once", 50)}
    assert sums(kept["cartTotalPrice"]) == {("month", 40), ("once", 50)}
    told = admin.get(f"{OWN}/{cart['id']}/check").json
    (change,) = told["priceChange"]
    assert (change["path"], sums(change["now"])) == ("cartItem[0]", {("month", 34.5), ("once", 50)})
    refused = admin.post(f"{OWN}/{cart['id']}/checkOut", {})
    assert (refused.status_code, codes(refused)) == (
        409, {("priceChanged", "cartItem[0].itemPrice")}
    )  # fmt: skip
    assert "34.50 EUR a month" in refused.json["message"]
    assert "30.00 EUR a month" in refused.json["message"]
    anew = admin.post(f"{OWN}/{cart['id']}/takePrices", {}).json
    assert sums(anew["cartTotalPrice"]) == {("month", 44.5), ("once", 50)}
    assert anew["priceChange"] == []
    ordered = admin.post(f"{OWN}/{cart['id']}/checkOut", {})
    assert ordered.status_code == 201, ordered.json
    order = admin.get(f"{ORDER}/{ordered.json['id']}").json
    found = admin.get(f"{CART}/{cart['id']}").json
    assert [sums(one.get("itemPrice", [])) for one in order["productOrderItem"]] == [
        sums(one.get("itemPrice", [])) for one in found["cartItem"]
    ]
    assert (found["status"], found["productOrder"]["id"]) == ("checkedOut", order["id"])


@pytest.mark.accepts("CRT-02")
def test_begun_in_one_channel_and_finished_in_another(buyer: Buyer) -> None:
    """A customer fills a cart at home and an agent orders it in the shop; an agent begins one and
    the customer goes on with it and orders. Both channels stand in the cart and in the order;
    nobody else's cart can be seen or ordered."""
    site = buyer.site
    ensure_roles(site.services)
    web, shop = {"id": "web"}, {"id": "shop"}
    ada = portal(buyer, "cart-ada")
    line = offered(site)
    hers = buyer.cart(add(line), client=ada, channel=[{**web, "role": "startedIn"}])
    agent = site.user("cart-agent", roles=["sales"], scopes=tuple(ROLES["sales"].permissions))
    done = agent.post(f"{OWN}/{hers['key']}/checkOut", {"channel": shop["id"]})
    assert done.status_code == 201, done.json
    order = site.admin.get(f"{ORDER}/{done.json['id']}").json
    assert {(one["id"], one["role"]) for one in order["channel"]} == {
        ("web", "startedIn"), ("shop", "finishedIn"),
    }  # fmt: skip
    begun = buyer.cart(add(line), client=agent, channel=[{**shop, "role": "startedIn"}])
    more = {"cartItem": [{**begun["cartItem"][0], "quantity": 2}]}
    assert ada.patch(f"{CART}/{begun['id']}", more).status_code == 200
    done = ada.post(f"{OWN}/{begun['id']}/checkOut", {"channel": "web"})
    assert done.status_code == 201, done.json
    assert ada.get(f"{CART}/{begun['id']}").json["productOrder"]["id"] == done.json["id"]
    somebody = Buyer(site, active_customer(site.admin), "")
    stranger = portal(somebody, "cart-stranger")
    assert stranger.get(f"{CART}/{begun['id']}").status_code == 404
    assert stranger.post(f"{OWN}/{begun['id']}/checkOut", {}).status_code == 404


def test_what_is_wrong_is_told_by_the_places_of_the_cart(buyer: Buyer) -> None:
    """What an order would be refused for is refused at check-out, where it stands in the cart,
    with nothing ordered; twice is ordered once, and what is done with stays."""
    admin = buyer.site.admin
    line = offered(buyer.site)
    cart = buyer.cart(add(line, status="saveForLater"), add(line, "2", quantity=1))
    away = {"lifecycleStatus": "Retired"}
    gone = offer(buyer.site, "Gone")
    assert admin.patch(f"{CATALOG}/productOffering/{gone}", away).status_code == 200
    wrong = {"cartItem": [*cart["cartItem"], add(gone, "3")]}
    assert admin.patch(f"{CART}/{cart['id']}", wrong).status_code == 200
    refused = admin.post(f"{OWN}/{cart['id']}/checkOut", {})
    assert refused.status_code == 400
    assert {path.partition(".")[0] for _, path in codes(refused)} == {"cartItem[2]"}
    told = admin.get(f"{OWN}/{cart['id']}/check").json["fault"]
    assert {(one["code"], one["path"]) for one in told} == codes(refused)
    right = {"cartItem": [*cart["cartItem"]]}
    assert admin.patch(f"{CART}/{cart['id']}", right).status_code == 200
    done = admin.post(f"{OWN}/{cart['id']}/checkOut", {})
    order = admin.get(f"{ORDER}/{done.json['id']}").json
    assert [one["id"] for one in order["productOrderItem"]] == ["2"]
    again = admin.post(f"{OWN}/{cart['id']}/checkOut", {})
    assert (again.status_code, again.json["code"]) == (409, "conflictCartClosed")
    assert order["key"] in again.json["message"]
    late = admin.patch(f"{CART}/{cart['id']}", {"cartItem": []})
    assert codes(late) >= {("conflictCartClosed", "cartItem")}


@pytest.mark.accepts("CRT-11")
def test_an_abandoned_cart_gives_back_what_was_kept(buyer: Buyer) -> None:
    """A number is kept for a cart, and a time for a visit. Nobody goes on with it: it expires, the
    number is free for others and the visit is called off. A cart that somebody goes on with lasts
    as long again; one that was ordered keeps its number."""
    site, admin = buyer.site, buyer.site.admin
    pool, line = numbered(site)
    visit = {"validFor": {"startDateTime": at(site, 20), "endDateTime": at(site, 21)}}
    slot = made(admin, APPOINTMENT, {**visit, "relatedParty": buyer.party})
    cart = buyer.cart(kept(buyer, pool, line, "3001", appointment={"id": slot}))
    busy = buyer.cart(add(line))
    ordered = buyer.cart(kept(buyer, pool, line, "3002"))
    site.work()
    assert admin.post(f"{OWN}/{ordered['id']}/checkOut", {}).status_code == 201
    site.work()
    site.move_clock(TWO_WEEKS_S - 3600)
    more = {"cartItem": [{**busy["cartItem"][0], "quantity": 2}]}
    assert admin.patch(f"{CART}/{busy['id']}", more).status_code == 200
    site.move_clock(7200)
    late = admin.post(f"{OWN}/{cart['id']}/checkOut", {})
    assert (late.status_code, late.json["code"]) == (409, "conflictCartExpired")
    assert value(site, "3001") == "reserved"
    hurry(site)
    states = {one["id"]: admin.get(f"{CART}/{one['id']}").json["status"] for one in (cart, busy)}
    assert states == {cart["id"]: "expired", busy["id"]: "active"}
    assert value(site, "3001") == "free"
    assert value(site, "3002") != "free"
    assert admin.get(f"{APPOINTMENT}/{slot}").json["status"] == "cancelled"
    site.move_clock(TWO_WEEKS_S)
    hurry(site)
    assert admin.get(f"{CART}/{busy['id']}").json["status"] == "expired"


def numbered(
    site: Site, first: str = "3001", last: str = "3009", name: str = "cartNumber"
) -> tuple[str, str]:
    """Return a pool of numbers, and an offering of a line that takes one of them."""
    pool = made(site.admin, POOLS, {"name": f"Cart numbers {name}", "poolType": "geographicNumber",
                                    "characteristic": name})  # fmt: skip
    loaded = site.admin.post(f"{POOLS}/{pool}/range", {"first": first, "last": last})
    assert loaded.status_code in (200, 201), loaded.json
    resource = {"name": "Cart number", **LIVE, "resourcePool": {"id": pool}}
    number = made(site.admin, "/tmf-api/resourceCatalog/v4/resourceSpecification", resource)
    service = {"name": "Numbered line", **LIVE, "resourceSpecification": [
        {"id": number, "relationshipType": "requires"}]}  # fmt: skip
    realized = made(site.admin, "/tmf-api/serviceCatalogManagement/v4/serviceSpecification",
                    service)  # fmt: skip
    product = {"name": "Numbered line", **LIVE,
               "productSpecCharacteristic": [{"name": name, "valueType": "string",
                                              "configurable": True}],
               "serviceSpecification": [
                   {"id": realized, "relationshipType": "realisedAs"}]}  # fmt: skip
    made_by = made(site.admin, f"{CATALOG}/productSpecification", product)
    body = {"name": "Numbered line", **LIVE, "isSellable": True,
            "productSpecification": {"id": made_by},
            "productOfferingPrice": [{"id": price(site, "Numbered monthly", 5)}]}  # fmt: skip
    return pool, made(site.admin, f"{CATALOG}/productOffering", body)


def kept(
    buyer: Buyer, pool: str, line: str, number: str, name: str = "cartNumber", **more: Any
) -> Record:
    """Keep a number for the customer, and return an item that asks for it."""
    asked = {"value": [number], "customer": buyer.customer, "minutes": 60 * 24 * 30}
    answer = buyer.site.admin.post(f"{POOLS}/{pool}/reserve", asked)
    assert answer.status_code == 201, answer.json
    wanted = {"productCharacteristic": [{"name": name, "value": number}]}
    return add(line, product=wanted, **more)


def value(site: Site, number: str) -> str:
    ((state,),) = site.rows("select state from pool_value where value = %s", number)
    return str(state)


def hurry(site: Site) -> None:
    """Make all waiting work due, as if its time had come, and let it happen."""
    with site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now(), lease_until = null")
    site.work()


def test_what_is_no_cart_is_refused(buyer: Buyer) -> None:
    """Items that are no list and a start that is no date are refused where they stand."""
    admin = buyer.site.admin
    odd = admin.post(CART, {"relatedParty": buyer.party, "cartItem": 5})
    assert (odd.status_code, codes(odd)) == (400, {("badType", "cartItem")})
    cart = buyer.cart(add(offered(buyer.site)))
    soon = admin.post(f"{OWN}/{cart['id']}/checkOut", {"requestedStartDate": "soon"})
    assert (soon.status_code, codes(soon)) == (400, {("badType", "requestedStartDate")})


def test_a_number_that_another_cart_asks_for_stays_kept(buyer: Buyer) -> None:
    """Of two carts with one number the last one that is given up gives it back."""
    site = buyer.site
    pool, line = numbered(site, "4001", "4009", "otherNumber")
    item = kept(buyer, pool, line, "4001", name="otherNumber")
    first, second = buyer.cart(item), buyer.cart(item)
    for cart, state in ((first, "reserved"), (second, "free")):
        answer = site.admin.patch(f"{CART}/{cart['id']}", {"status": "abandoned"})
        assert answer.status_code == 200, answer.json
        site.work()
        assert value(site, "4001") == state


def test_what_is_removed_or_given_up_gives_back_at_once(buyer: Buyer) -> None:
    """A cart, a quote and a draft of an order that are removed, a quote and an order that are
    called off, give back the number and the time that were kept for them; one that a quote still
    asks for stays kept."""
    site, admin = buyer.site, buyer.site.admin
    pool, line = numbered(site, "5001", "5009", "goneNumber")
    visit = {"validFor": {"startDateTime": at(site, 20), "endDateTime": at(site, 21)}}
    slot = made(admin, APPOINTMENT, {**visit, "relatedParty": buyer.party})
    items = [kept(buyer, pool, line, f"500{one}", name="goneNumber") for one in range(1, 7)]
    cart = buyer.cart({**items[0], "appointment": {"id": slot}})
    both = buyer.cart(items[1])
    named = {"relatedParty": buyer.party}
    quotes = [made(admin, QUOTES, {**named, "quoteItem": [{**one, "id": "1"}]})
              for one in items[1:3]]  # fmt: skip
    draft = made(admin, ORDER, {**named, "state": "pending",
                                "productOrderItem": [{**items[3], "id": "1"}]})  # fmt: skip
    own, many = (made(admin, ORDER, {**named, "state": "pending", "productOrderItem": [
        {**one, "id": "1"}]}) for one in items[4:])  # fmt: skip
    site.work()
    gone = [f"{CART}/{cart['id']}", f"{CART}/{both['id']}", f"{QUOTES}/{quotes[1]}",
            f"{ORDER}/{own}"]  # fmt: skip
    for path in gone:
        answer = admin.delete(path)
        assert answer.status_code == 204, (path, answer.json)
    removal = {"kind": "remove", "resource": "ProductOrder", "id": [many]}
    assert admin.post("/api/workspace/v1/jobs", removal).status_code == 201
    site.work()
    assert [value(site, f"500{one}") for one in range(1, 7)] == [
        "free", "reserved", "free", "reserved", "free", "free",
    ]  # fmt: skip
    assert admin.get(f"{APPOINTMENT}/{slot}").json["status"] == "cancelled"
    given_up = admin.patch(f"{QUOTES}/{quotes[0]}", {"state": "cancelled", "stateReason": "no"})
    assert given_up.status_code == 200, given_up.json
    off = admin.post(f"{ORDER.removesuffix('productOrder')}cancelProductOrder",
                     {"productOrder": {"id": draft}, "cancellationReason": "no"})  # fmt: skip
    assert off.status_code == 201, off.json
    site.work()
    assert [value(site, f"500{one}") for one in (2, 4)] == ["free", "free"]
