"""What a new order is checked against: read by one statement, and still as it is at that moment."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.ordering.scripted import Shop
from tests.support.sql_counter import counted
from trunkline.documents.errors import Refusal
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import as_system
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.rest.writing import create

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
OFFERING = "/tmf-api/productCatalogManagement/v4/productOffering"
HOLD = "select 1 from record where id = %s for update nowait"


def body_of(shop: Shop, *items: dict[str, Any]) -> dict[str, Any]:
    return {
        "relatedParty": [{"id": shop.customer, "role": "customer"}],
        "billingAccount": {"id": shop.account},
        "productOrderItem": list(items) or [shop.fibre(), shop.voice()],
    }


def codes(answer: Any) -> set[str]:
    return {one["code"] for one in answer.json["fault"]}


def test_an_order_of_fibre_with_voice_takes_three_statements(shop: Shop) -> None:
    """To begin, to lock and read all at once, and to write; also where the process has no key."""
    shop.order(shop.fibre(), shop.voice())
    other = Shop.open(shop.site)
    with counted() as statements:
        other.order(other.fibre(), other.voice())
    assert len(statements) == 3, statements
    shop.site.services.keyring.forget()
    with counted() as statements:
        other.order(other.fibre("1"), other.voice("2"), other.voice("3"))
    assert len(statements) == 3, statements


def test_what_an_order_names_and_gets_from_the_catalog_is_locked(shop: Shop) -> None:
    """Nobody can remove any of it before the order is stored."""
    made = shop.read(shop.order(shop.fibre()))
    item = made["productOrderItem"][0]
    held = [
        shop.customer, shop.account, shop.place, shop.offerings["Fibre 1G"],
        item["product"]["productSpecification"]["id"],
        *(one["productOfferingPrice"]["id"] for one in item["itemPrice"]),
    ]  # fmt: skip
    with as_system(shop.site.services, "tests") as work:
        create(work, ProductOrder.resource, body_of(shop, shop.fibre()))
        with shop.site.services.database.app.connection() as other:
            for ident in held:
                with pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
                    other.execute(HOLD, [ident])


def test_an_offering_that_was_retired_since_is_not_sold(shop: Shop) -> None:
    """What was kept of the catalog serves only while it is as it was."""
    television = shop.line("1", "TV Basic", pack="basic")
    shop.order(television)
    retired = {"lifecycleStatus": "Retired"}
    answer = shop.site.admin.patch(f"{OFFERING}/{shop.offerings['TV Basic']}", retired)
    assert answer.status_code == 200, answer.json
    answer = shop.site.admin.post(ORDERS, body_of(shop, television))
    assert codes(answer) == {"offeringRetired"}


def test_who_reads_a_part_of_the_records_gets_the_same_order(shop: Shop) -> None:
    """A customer's own order is read kind by kind, and is the one that an employee would make."""
    ours = shop.read(shop.order(shop.fibre(), shop.voice()))
    ((party,),) = shop.site.rows("select owner::text from customer where id = %s", shop.customer)
    rights = {name: Grant("own") for name in ("*:read", "ProductOrder:create")}
    role = shop.site.role("intake-buyer", rights)
    ada = shop.site.user(f"ada-{party}", roles=[role], party=party, scopes=tuple(rights))
    answer = ada.post(ORDERS, body_of(shop))
    assert answer.status_code == 201, answer.json
    theirs = shop.read(answer.json["id"])
    for name in ("productOrderItem", "billingAccount", "relatedParty"):
        assert theirs[name] == ours[name]
    stranger = Shop.open(shop.site)
    assert "danglingReference" in codes(ada.post(ORDERS, body_of(stranger)))


def test_an_account_is_read_anew_for_every_order(shop: Shop) -> None:
    """Two orders in one transaction: what the first read does not speak for the second."""
    with as_system(shop.site.services, "tests") as work:
        create(work, ProductOrder.resource, body_of(shop, shop.voice()))
        with work.edit(BillingAccount, shop.account) as account:
            account.state = "closed"
        with pytest.raises(Refusal, match="is closed"):
            create(work, ProductOrder.resource, body_of(shop, shop.voice()))


@pytest.mark.parametrize(
    "sent",
    [
        {"relatedParty": "Ada"},
        {"relatedParty": [{"id": 7, "role": "customer"}]},
        {"relatedParty": [{"id": "ADA-1", "role": ["customer"]}]},
        {"productOrderItem": ["fibre"]},
        {"productOrderItem": [{"id": "1", "action": "add", "productOffering": "Fibre 1G"}]},
        {"billingAccount": {"id": "\u0000"}},
    ],
)
def test_what_is_no_order_is_refused_as_such(shop: Shop, sent: dict[str, Any]) -> None:
    """It is read before anybody has looked at its form: that must not fail on any."""
    answer = shop.site.admin.post(ORDERS, {**body_of(shop), **sent})
    assert answer.status_code == 400, answer.json
