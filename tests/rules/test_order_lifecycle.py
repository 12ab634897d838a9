"""Lifecycles and local rules of orders and inventory: walks stay legal, states stay published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.inventory.product import Product, ProductTerm, product_dates_are_in_order
from trunkline.inventory.resource import Resource, resource_dates_are_in_order
from trunkline.inventory.service import Service, ServiceRefOrValue, service_dates_are_in_order
from trunkline.kernel.resource import Document
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.cancel_resource_order import CancelResourceOrder
from trunkline.ordering.cancel_service_order import CancelServiceOrder
from trunkline.ordering.product_order import (
    PRODUCT_ORDER_LIFECYCLE,
    ProductOrder,
    product_order_dates_are_in_order,
    product_order_items_fit_together,
)
from trunkline.ordering.product_order_item import (
    ITEM_PUBLISHED,
    ItemInternalState,
    ItemState,
    OrderItemRelationship,
    ProductOrderItem,
)
from trunkline.ordering.resource_order import (
    ResourceOrder,
    ResourceOrderItem,
    ResourceOrderItemRef,
    ResourceOrderItemRelationship,
    resource_order_dates_are_in_order,
    resource_order_items_fit_together,
)
from trunkline.ordering.service_order import (
    ServiceOrder,
    ServiceOrderItem,
    ServiceOrderItemRef,
    ServiceOrderItemRelationship,
    service_order_dates_are_in_order,
    service_order_items_fit_together,
)
from trunkline.shared.period import TimePeriod

# The enumerations as TM Forum's v4 files print them, apart from our declarations.
ORDER = (
    "acknowledged rejected pending held inProgress cancelled completed failed partial "
    "assessingCancellation pendingCancellation"
)
PUBLISHED: dict[type[Document], set[str]] = {
    ProductOrder: set(ORDER.split()),
    ServiceOrder: set(ORDER.split()),
    ResourceOrder: set(ORDER.split()),
    CancelProductOrder: {"acknowledged", "terminatedWithError", "inProgress", "done"},
    CancelServiceOrder: {"accepted", "terminatedWithError", "inProgress", "done"},
    CancelResourceOrder: {"acknowledged", "terminatedWithError", "inProgress", "done"},
    Product: set(
        "created pendingActive cancelled active pendingTerminate terminated suspended "
        "aborted".split()
    ),
    Service: {"feasibilityChecked", "designed", "reserved", "inactive", "active", "terminated"},
    Resource: {"standby", "alarm", "available", "reserved", "unknown", "suspended"},
}
RECORDS = pytest.mark.parametrize("record", PUBLISHED, ids=lambda record: record.__name__)

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def lifecycle_of(record: type[Document]) -> Lifecycle:
    lifecycle = record.resource.lifecycle
    assert lifecycle is not None
    return lifecycle


def walk(lifecycle: Lifecycle, data: st.DataObject) -> list[str]:
    """Start anywhere allowed and wish for next states, most of them allowed; grant those only."""
    states = st.sampled_from(sorted(lifecycle.moves))
    state = data.draw(states.filter(lifecycle.may_start))
    path = [state]
    for _ in range(data.draw(st.integers(0, 15))):
        followers = lifecycle.moves[state]
        wish = data.draw(st.sampled_from(followers) | states if followers else states)
        if lifecycle.allows(state, wish) and wish != state:
            state = wish
            path.append(state)
    return path


def reachable(lifecycle: Lifecycle, first: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting.extend(lifecycle.moves[state])
    return found


@RECORDS
@given(data=st.data())
def test_any_walk_is_legal_and_published(record: type[Document], data: st.DataObject) -> None:
    lifecycle = lifecycle_of(record)
    path = walk(lifecycle, data)
    for before, after in zip(path, path[1:], strict=False):
        assert after in lifecycle.moves[before]
        assert before not in lifecycle.final
    assert {lifecycle.published_state(state) for state in path} <= PUBLISHED[record]


def test_a_started_order_is_never_dropped_without_compensation() -> None:
    moves = PRODUCT_ORDER_LIFECYCLE.moves
    later = reachable(PRODUCT_ORDER_LIFECYCLE, {"inProgress"})
    assert not later & {"draft", "submitted", "new", "acknowledged", "rejected"}
    assert {one for one in later if "canceled" in moves[one]} == {"cancellationInProgress"}


@RECORDS
def test_every_state_can_be_reached_and_left_for_an_end(record: type[Document]) -> None:
    lifecycle = lifecycle_of(record)
    starts = {state for state in lifecycle.moves if lifecycle.may_start(state)}
    assert reachable(lifecycle, starts) == set(lifecycle.moves)
    for state in lifecycle.moves:
        if lifecycle.final:
            assert reachable(lifecycle, {state}) & lifecycle.final, f"{state} leads to no end"


@RECORDS
def test_the_enumeration_is_the_published_one(record: type[Document]) -> None:
    lifecycle = lifecycle_of(record)
    assert set(record.attributes()[lifecycle.attribute].choices) == PUBLISHED[record]
    assert set(lifecycle.published_states) == PUBLISHED[record]


def test_internal_states_map_both_ways() -> None:
    lifecycle = PRODUCT_ORDER_LIFECYCLE
    assert set(ProductOrder.attributes()["internal_state"].choices) == set(lifecycle.moves)
    for state in lifecycle.moves:
        assert state in lifecycle.internal_states(lifecycle.published_state(state))
    for published, internal in lifecycle.accepts.items():
        assert lifecycle.published_state(internal) == published


def test_item_states_agree_with_the_order() -> None:
    assert set(ITEM_PUBLISHED) == set(get_args(ItemInternalState))
    assert (
        set(ITEM_PUBLISHED.values()) == set(get_args(ItemState)) == set(ORDER.split()) - {"partial"}
    )
    for state, published in ITEM_PUBLISHED.items():
        if state not in ("scheduled", "partial"):  # TMF622 has neither of items
            assert published == PRODUCT_ORDER_LIFECYCLE.published_state(state)
    assert set(ITEM_PUBLISHED) - set(PRODUCT_ORDER_LIFECYCLE.moves) == {"scheduled"}
    assert set(PRODUCT_ORDER_LIFECYCLE.moves) <= set(ITEM_PUBLISHED)


def test_product_order_items_have_their_own_ids_and_know_each_other() -> None:
    router = ProductOrderItem(id="2", action="add")
    fibre = ProductOrderItem(id="1", action="add", product_order_item=[router])
    phone = ProductOrderItem(
        id="3",
        action="add",
        product_order_item_relationship=[
            OrderItemRelationship(id="2", relationship_type="reliesOn")
        ],
    )
    order = ProductOrder(product_order_item=[fibre, phone])
    assert list(product_order_items_fit_together(None, None, order)) == []

    router.id = "3"
    faults = list(product_order_items_fit_together(None, None, order))
    assert [(fault.path, fault.code) for fault in faults] == [
        ("productOrderItem[1].id", "duplicateItem"),
        ("productOrderItem[1].productOrderItemRelationship[0].id", "unknownItem"),
    ]


def test_service_order_items_may_name_items_of_another_order() -> None:
    other = ServiceOrderItemRef(item_id="9", service_order_id="SO000007")
    access = ServiceOrderItem(
        id="1",
        action="add",
        service=ServiceRefOrValue(),
        service_order_item_relationship=[ServiceOrderItemRelationship(order_item=other)],
    )
    order = ServiceOrder(service_order_item=[access])
    assert list(service_order_items_fit_together(None, None, order)) == []

    other.service_order_id = None
    [fault] = service_order_items_fit_together(None, None, order)
    assert fault.path == "serviceOrderItem[0].serviceOrderItemRelationship[0].orderItem.itemId"


def test_resource_order_items_have_their_own_ids_and_know_each_other() -> None:
    port = ResourceOrderItem(id="1", action="add")
    number = ResourceOrderItem(
        id="1",
        order_item_relationship=[
            ResourceOrderItemRelationship(order_item=ResourceOrderItemRef(item_id="2"))
        ],
    )
    nameless = [ResourceOrderItem(action="add"), ResourceOrderItem(action="add")]
    order = ResourceOrder(order_item=[port, number, *nameless])
    faults = list(resource_order_items_fit_together(None, None, order))
    assert [(fault.path, fault.code) for fault in faults] == [
        ("orderItem[1].id", "duplicateItem"),
        ("orderItem[1].orderItemRelationship[0].orderItem.itemId", "unknownItem"),
    ]


@pytest.mark.parametrize(
    "check, order",
    [
        (product_order_dates_are_in_order, ProductOrder(product_order_item=[])),
        (service_order_dates_are_in_order, ServiceOrder(service_order_item=[])),
        (resource_order_dates_are_in_order, ResourceOrder()),
    ],
)
def test_an_order_is_not_wanted_done_before_it_starts(
    check: Callable[..., Iterator[Fault]], order: ProductOrder | ServiceOrder | ResourceOrder
) -> None:
    order.requested_start_date = order.requested_completion_date = MARCH
    assert list(check(None, None, order)) == []
    order.requested_start_date = APRIL
    [fault] = check(None, None, order)
    assert (fault.path, fault.code) == ("requestedCompletionDate", "endsBeforeStart")


def test_an_order_is_not_promised_before_its_items() -> None:
    late = ProductOrderItem(id="2", action="add", committed_completion_date=APRIL)
    item = ProductOrderItem(id="1", action="add", product_order_item=[late])
    order = ProductOrder(product_order_item=[item], committed_completion_date=APRIL)
    assert list(product_order_dates_are_in_order(None, None, order)) == []

    order.committed_completion_date = MARCH
    [fault] = product_order_dates_are_in_order(None, None, order)
    assert fault.code == "committedBeforeItem"
    assert "productOrderItem[0].productOrderItem[0]" in fault.message


@pytest.mark.parametrize(
    "check, record, start, end",
    [
        (product_dates_are_in_order, Product(), "start_date", "termination_date"),
        (service_dates_are_in_order, Service(), "start_date", "end_date"),
        (
            resource_dates_are_in_order,
            Resource(),
            "start_operating_date",
            "end_operating_date",
        ),
    ],
)
def test_what_a_customer_has_does_not_end_before_it_starts(
    check: Callable[..., Iterator[Fault]], record: Document, start: str, end: str
) -> None:
    setattr(record, start, MARCH)
    assert list(check(None, None, record)) == []
    setattr(record, end, APRIL)
    assert list(check(None, None, record)) == []
    setattr(record, start, APRIL)
    setattr(record, end, MARCH)
    [fault] = check(None, None, record)
    assert fault.code == "endsBeforeStart"


def test_periods_inside_a_record_are_checked() -> None:
    term = ProductTerm(valid_for=TimePeriod(start_date_time=APRIL, end_date_time=MARCH))
    product = Product(product_term=[term])
    [fault] = product_dates_are_in_order(None, None, product)
    assert fault.path == "productTerm[0].validFor.endDateTime"
