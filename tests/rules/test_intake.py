"""Intake: what orders leave out is filled in, and what is wrong with them is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.rules.test_decomposition import catalog_of, record
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.inventory.product import Product
from trunkline.ordering.fulfilment import Fulfilment
from trunkline.ordering.intake import take_in
from trunkline.ordering.intake_rules import order_faults
from trunkline.ordering.node import Node
from trunkline.ordering.order_context import OrderContext
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.planned_nodes import planned_steps
from trunkline.ordering.price_effect import PriceKind, added_up, line_effects
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
Raw = dict[str, Any]


def with_prices(catalog: CatalogSnapshot, **prices: Raw) -> CatalogSnapshot:
    held = {
        ident: record(ProductOfferingPrice, ident, {"lifecycleStatus": "Active", **raw})
        for ident, raw in prices.items()
    }
    return CatalogSnapshot(
        catalog.offerings, held, catalog.product_specifications, catalog.service_specifications
    )


CATALOG = with_prices(
    catalog_of(
        products={"Internet": {"characteristic": {"speed": 100}}, "Voice": {}, "Pack": {}},
        offerings={
            "Fibre": {
                "productSpecification": {"id": "Internet"},
                "productOfferingPrice": [{"id": "monthly"}],
            },
            "Phone": {
                "productSpecification": {"id": "Voice"},
                "productOfferingPrice": [
                    {"priceType": "recurring", "price": {"dutyFreeAmount": {"unit": "EUR",
                     "value": Decimal(5)}}, "recurringChargePeriod": "month"}
                ],
            },
            "Old": {
                "lifecycleStatus": "Retired",
                "productSpecification": {"id": "Voice"},
                "productOfferingPrice": [{"id": "monthly"}],
            },
            "Later": {
                "productOfferingPrice": [{"id": "monthly"}],
                "validFor": {"startDateTime": "2027-01-01T00:00:00.000Z"},
            },
            "Part": {"isSellable": False, "productOfferingPrice": [{"id": "monthly"}]},
            "Free": {},
            "Bundle": {
                "isBundle": True,
                "productOfferingPrice": [{"id": "monthly"}],
                "bundledProductOffering": [
                    {"id": "Fibre"},
                    {
                        "id": "Phone",
                        "bundledProductOfferingOption": {
                            "numberRelOfferLowerLimit": 0,
                            "numberRelOfferUpperLimit": 2,
                        },
                    },
                ],
            },
        },
    ),
    monthly={
        "name": "Monthly fee",
        "priceType": "recurring",
        "recurringChargePeriodType": "month",
        "price": {"unit": "EUR", "value": Decimal("29.90")},
        "tax": [{"taxRate": Decimal(19)}],
    },
)  # fmt: skip
CUSTOMER = record(
    Customer, "ada-customer", {"name": "Ada", "status": "active", "engagedParty": {"id": "ada"}}
)
CUSTOMER.meta.key = "CUS1"


def installed(ident: str, status: str = "active", owner: str = "ada-customer", **raw: Any) -> Any:
    found = record(
        Product,
        ident,
        {
            "status": status,
            "productOffering": {"id": "Fibre"},
            "productSpecification": {"id": "Internet"},
            "relatedParty": [{"id": owner, "role": "customer"}],
            **raw,
        },
    )
    found.meta.key = ident
    return found


def context(**values: Any) -> OrderContext:
    return OrderContext(now=NOW, catalog=CATALOG, **{"customer": CUSTOMER, **values})


def order(*items: Raw, **raw: Any) -> ProductOrder:
    found = ProductOrder.wrap(
        {
            "relatedParty": [{"id": "ada-customer", "role": "customer"}],
            "billingAccount": {"id": "main"},
            "internalState": "acknowledged",
            "productOrderItem": list(items),
            **raw,
        }
    )
    take_in(found, CATALOG, NOW)
    return found


def adds(offering: str | None, ident: str = "1", **raw: Any) -> Raw:
    found: Raw = {"id": ident, "action": "add", **raw}
    if offering is not None:
        found["productOffering"] = {"id": offering}
    return found


def changes(product: str, action: str = "modify", ident: str = "1", **raw: Any) -> Raw:
    return {"id": ident, "action": action, "product": {"id": product, **raw}}


def faults(sent: ProductOrder, **values: Any) -> list[str]:
    return [f"{one.path} {one.code}" for one in order_faults(sent, context(**values))]


def test_what_is_added_is_filled_in_once() -> None:
    sent = order(adds("Fibre"))
    item = sent.product_order_item[0]
    assert item.product is not None
    assert item.product.raw == {
        "name": "Fibre",
        "productOffering": {"id": "Fibre", "name": "Fibre"},
        "productSpecification": {"id": "Internet", "name": "Internet"},
    }
    assert item.item_price[0].raw == {
        "name": "Monthly fee",
        "priceType": "recurring",
        "recurringChargePeriod": "month",
        "price": {
            "dutyFreeAmount": {"unit": "EUR", "value": Decimal("29.90")},
            "taxRate": Decimal(19),
        },
        "productOfferingPrice": {"id": "monthly", "name": "Monthly fee"},
    }
    assert (item.state, item.internal_state) == ("acknowledged", "acknowledged")
    before = repr(sent)
    take_in(sent, CATALOG, NOW)
    assert repr(sent) == before
    assert faults(sent) == []


@pytest.mark.parametrize(
    ("sent", "action", "operation"),
    [
        ("change", "modify", "change"),
        ("no-change", "noChange", None),
        ("suspend", "modify", "suspend"),
        ("resume", "modify", "resume"),
        ("delete", "delete", None),
    ],
)
def test_actions_get_one_spelling(sent: str, action: str, operation: str | None) -> None:
    item = order(changes("P1", sent)).product_order_item[0]
    assert (item.action, item.operation) == (action, operation)


def test_a_draft_s_items_are_drafts() -> None:
    item = order(adds("Fibre"), internalState="draft").product_order_item[0]
    assert (item.state, item.internal_state) == ("pending", "draft")


def test_the_customer_is_one_and_known() -> None:
    assert faults(order(adds("Fibre"), relatedParty=[])) == ["relatedParty customerMissing"]
    two = [{"id": "a", "role": "customer"}, {"id": "b", "role": "Customer"}]
    assert faults(order(adds("Fibre"), relatedParty=two)) == ["relatedParty[1].role customerTwice"]
    assert faults(order(adds("Fibre")), customer=None) == ["relatedParty[0].id customerUnknown"]
    ended = record(Customer, "x", {"status": "terminated", "engagedParty": {"id": "ada"}})
    ended.meta.key = "CUS2"
    assert faults(order(adds("Fibre")), customer=ended) == ["relatedParty[0].id customerNotActive"]


def test_the_billing_account_is_active_and_the_customer_s() -> None:
    def account(state: str, owner: str) -> Any:
        raw = {"name": "A", "state": state, "relatedParty": [{"id": owner, "role": "owner"}]}
        found = record(BillingAccount, "acc", raw)
        found.meta.key = "BAC1"
        return {"acc": found}

    sent = order(adds("Fibre", billingAccount={"id": "acc"}))
    assert faults(sent, accounts=account("active", "ada")) == []
    assert faults(sent, accounts=account("suspended", "eve")) == [
        "productOrderItem[0].billingAccount.id billingAccountInactive",
        "productOrderItem[0].billingAccount.id billingAccountForeign",
    ]


@pytest.mark.parametrize(
    ("offering", "fault"),
    [
        (None, "productOrderItem[0].productOffering offeringMissing"),
        ("Old", "productOrderItem[0].productOffering.id offeringRetired"),
        ("Later", "productOrderItem[0].productOffering.id offeringNotOnSale"),
        ("Part", "productOrderItem[0].productOffering.id offeringNotOnSale"),
        ("Free", "productOrderItem[0].itemPrice priceMissing"),
    ],
)
def test_only_what_is_on_sale_can_be_added(offering: str | None, fault: str) -> None:
    assert fault in faults(order(adds(offering)))


def test_the_configuration_is_checked_in_place() -> None:
    given = [{"name": "speed", "value": 100}, {"name": "color", "value": "red"}]
    sent = order(adds("Fibre", product={"productCharacteristic": given}))
    assert faults(sent) == [
        "productOrderItem[0].product.productCharacteristic[1].name characteristicUnknown"
    ]


def test_a_foreign_specification_is_refused() -> None:
    sent = order(adds("Fibre", product={"productSpecification": {"id": "Voice"}}))
    assert faults(sent) == [
        "productOrderItem[0].product.productSpecification.id specificationMismatch"
    ]


def test_bundles_count_their_parts() -> None:
    parts = [adds("Fibre", "2"), adds("Phone", "3", quantity=3)]
    sent = order(adds("Bundle", productOrderItem=parts))
    assert faults(sent) == ["productOrderItem[0].productOrderItem bundlePartCount"]
    assert faults(order(adds("Bundle", productOrderItem=parts[:1]))) == []
    assert faults(order(adds("Bundle"))) == ["productOrderItem[0].productOrderItem bundlePartCount"]


def test_bundles_count_installed_and_ordered_parts_together() -> None:
    whole = installed("P1", productOffering={"id": "Bundle"}, product=[{"id": "P2"}])
    held = {"P1": whole, "P2": installed("P2")}
    taken = changes("P1") | {"productOrderItem": [changes("P2", "delete", "2")]}
    assert faults(order(taken), products=held) == [
        "productOrderItem[0].productOrderItem bundlePartCount"
    ]
    more = changes("P1") | {"productOrderItem": [adds("Phone", "2", quantity=2)]}
    assert faults(order(more), products=held) == []


def test_bundles_that_the_order_does_not_mention_keep_what_they_must_have() -> None:
    """A part goes with its bundle, or where the bundle may do without it."""
    parts = [{"id": "P2"}, {"id": "P3"}]
    whole = installed("P1", productOffering={"id": "Bundle"}, product=parts)
    phone = installed("P3", productOffering={"id": "Phone"})
    held = {"P1": whole, "P2": installed("P2"), "P3": phone}
    [fault] = order_faults(order(changes("P2", "delete")), context(products=held))
    assert (fault.path, fault.code) == ("productOrderItem[0].product.id", "bundlePartCount")
    assert "takes 1 of" in fault.message
    assert "P1" in fault.message
    assert faults(order(changes("P3", "delete")), products=held) == []
    both = order(changes("P2", "delete"), changes("P1", "delete", "2"))
    assert faults(both, products=held) == []
    swapped = changes("P2") | {"productOffering": {"id": "Phone"}}
    assert faults(order(swapped), products=held) == [
        "productOrderItem[0].product.id bundlePartCount"
    ]
    whole.status = "pendingTerminate"
    assert faults(order(changes("P2", "delete")), products=held) == []


def test_an_unknown_offering_is_not_said_to_lack_a_price() -> None:
    """What names nothing is refused as a dangling reference, and as that only."""
    assert faults(order(adds("Gone"))) == []
    unfilled = ProductOrder.wrap(
        {
            "relatedParty": [{"id": "ada-customer", "role": "customer"}],
            "billingAccount": {"id": "main"},
            "productOrderItem": [adds("Fibre"), adds("Free", "2")],
        }
    )
    assert faults(unfilled) == ["productOrderItem[1].itemPrice priceMissing"]


@pytest.mark.parametrize(
    ("action", "status", "fault"),
    [
        ("modify", "active", None),
        ("modify", "suspended", "productNotActive"),
        ("resume", "suspended", None),
        ("resume", "active", "productNotActive"),
        ("suspend", "active", None),
        ("delete", "suspended", None),
        ("delete", "terminated", "productNotActive"),
    ],
)
def test_a_product_must_be_in_the_right_status(action: str, status: str, fault: str | None) -> None:
    sent = order(changes("P1", action))
    expected = [] if fault is None else [f"productOrderItem[0].product.id {fault}"]
    assert faults(sent, products={"P1": installed("P1", status)}) == expected


def test_a_product_must_be_named_owned_and_free() -> None:
    unnamed = order({"id": "1", "action": "delete"})
    assert faults(unnamed) == ["productOrderItem[0].product.id productMissing"]
    foreign = {"P1": installed("P1", owner="eve")}
    assert faults(order(changes("P1")), products=foreign) == [
        "productOrderItem[0].product.id productForeign"
    ]
    held = {"P1": installed("P1")}
    found = list(order_faults(order(changes("P1")), context(products=held,
                 open_orders={"P1": "ORD000007"})))  # fmt: skip
    assert [one.code for one in found] == ["conflictOpenOrder"]
    assert "ORD000007" in found[0].message
    twice = order(changes("P1"), changes("P1", "delete", "2"))
    assert faults(twice, products=held) == ["productOrderItem[1].product.id productTwice"]


def test_quantities_currencies_and_circles() -> None:
    assert "productOrderItem[0].quantity quantityInvalid" in faults(
        order(adds("Fibre", quantity=0))
    )
    dollars = {"price": {"dutyFreeAmount": {"unit": "USD", "value": Decimal(1)}}}
    assert faults(order(adds("Fibre"), adds("Phone", "2", itemPrice=[dollars]))) == [
        "productOrderItem[1].itemPrice[0].price.dutyFreeAmount.unit currencyMixed"
    ]
    first = adds("Fibre", productOrderItemRelationship=[{"id": "2", "relationshipType":
                 "reliesOn"}])  # fmt: skip
    second = adds("Phone", "2", productOrderItemRelationship=[{"id": "1", "relationshipType":
                  "requires"}])  # fmt: skip
    assert [one.split()[1] for one in faults(order(first, second))] == ["itemCircle"]


def test_every_fault_is_named_at_once() -> None:
    sent = order(adds("Old"), adds(None, "2"), changes("P1", ident="3"), relatedParty=[])
    found = faults(sent, customer=None, products={"P1": installed("P1", "terminated")})
    assert found == [
        "relatedParty customerMissing",
        "productOrderItem[0].productOffering.id offeringRetired",
        "productOrderItem[1].productOffering offeringMissing",
        "productOrderItem[2].product.id productNotActive",
    ]


def test_price_effects_show_old_new_and_difference() -> None:
    fee = {"unit": "EUR", "value": Decimal("19.90")}
    held = installed(
        "P1",
        productPrice=[
            {
                "priceType": "recurring",
                "recurringChargePeriod": "month",
                "price": {"dutyFreeAmount": fee},
            }
        ],
    )
    sent = order(changes("P1", "delete"), adds("Fibre", "2", quantity=2))
    (effect,) = added_up(line_effects(lines_of(sent), {"P1": held}, at=NOW).values())
    assert effect.kind == PriceKind("recurring", "month", "EUR")
    assert (effect.old, effect.new) == (Decimal("19.90"), Decimal("59.80"))
    assert effect.delta == Decimal("39.90")


def test_steps_are_planned_one_after_the_other() -> None:
    def node(key: str, minutes: int, *needs: str) -> Node:
        return Node(key, "service", "add", "1", "s", "s", "", needs=needs,
                    fulfilment=Fulfilment("callout", duration_minutes=minutes))  # fmt: skip

    found = planned_steps([node("a", 30), node("b", 5), node("c", 1, "a", "b")], NOW)
    assert found["c"].start_at == NOW + timedelta(minutes=30)
    assert found["c"].end_at == NOW + timedelta(minutes=31)
