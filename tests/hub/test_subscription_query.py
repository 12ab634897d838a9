"""Shows which events a query wants, that it agrees with the lists' filters, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from trunkline.documents.errors import Invalid
from trunkline.documents.shape import Json, parse_instant
from trunkline.hub.envelope import Seen, StoredEvent, envelope
from trunkline.hub.event_name import event_type, listener_url, property_name
from trunkline.hub.query import Queries, parse_query
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, View, registry

load_modules()
ORDER = registry["ProductOrder"]
INDIVIDUAL = registry["Individual"]
CATEGORY = registry["Category"]
IDENT = "01a20000-0000-7000-8000-000000000001"

PLACED: dict[str, Any] = {
    "priority": "1",
    "orderDate": "2026-11-21T10:00:00.000Z",
    "productOrderItem": [
        {"id": "1", "quantity": Decimal("2"), "action": "add"},
        {"id": "2", "quantity": Decimal("10"), "action": "delete"},
    ],
}


def wants(query: str, document: dict[str, Any] = PLACED, resource: Resource = ORDER) -> bool:
    parsed = parse_query(query, resources=[resource])
    return parsed.holds(resource, IDENT, "POR000001", document)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", True),
        ("priority=1", True),
        ("priority=2,1", True),
        ("priority=2;3", False),
        ("priority.ne=1", False),
        ("productOrder.priority=1", True),
        ("event.productOrder.priority=1", True),
        ("event.productOrder.priority=2", False),
        ("productOrderItem.quantity.gt=9", True),
        ("productOrderItem.quantity.gt=10", False),
        ("productOrderItem.quantity>=10", True),
        ("productOrderItem.quantity.lt=3", True),
        ("productOrderItem.action=delete", True),
        ("productOrderItem.action=modify", False),
        ("productOrderItem.action=modify&productOrderItem.action=add", True),
        ("productOrderItem.action.regex=^de", True),
        ("productOrderItem.action.regex=^xx", False),
        ("orderDate.gte=2026-11-21", True),
        ("orderDate.lt=2026-11-21T10:00:00Z", False),
        ("orderDate.lt=2026-11-21T11:00:01%2B01:00", True),
        (f"id={IDENT}", True),
        (f"href=https://x.example/productOrder/{IDENT}", True),
        ("key=POR000001", True),
        ("key=POR000002", False),
        ("description=none", False),
        ("description.ne=none", True),
        ("priority=1&productOrderItem.action=modify", False),
    ],
)
def test_content_is_compared_as_lists_compare_it(query: str, expected: bool) -> None:
    assert wants(query) is expected


def test_names_pick_before_content_is_known() -> None:
    query = parse_query("eventType=ProductOrderCreateEvent", resources=[ORDER])
    assert query.wants(ORDER, "ProductOrderCreateEvent")
    assert not query.wants(ORDER, "ProductOrderDeleteEvent")
    content = parse_query("givenName=Ada", resources=[ORDER, INDIVIDUAL])
    assert content.wants(INDIVIDUAL, "IndividualCreateEvent")
    assert not content.wants(ORDER, "ProductOrderCreateEvent")
    assert not content.holds(ORDER, IDENT, None, {"givenName": "Ada"})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("noSuchThing=1", "notFilterable"),
        ("event.individual.givenName=Ada", "notFilterable"),
        ("createdAt.gt=2026-01-01", "notFilterable"),
        ("productOrderItem=1", "notFilterable"),
        ("sort=priority", "notFilterable"),
        ("eventType=OrderPlaced", "badValue"),
        ("eventType.ne=ProductOrderCreateEvent", "badValue"),
        ("productOrderItem.quantity=many", "badValue"),
        ("orderDate.gt=soon", "badValue"),
        ("priority.regex=(", "badRegex"),
        ("priority.regex=(?=x)", "badRegex"),
        ("priority=" + "1" * 2000, "queryTooLong"),
    ],
)
def test_what_cannot_be_asked_is_refused(query: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        wants(query)
    assert refused.value.code == code


def test_two_attributes_that_no_one_resource_has_are_refused() -> None:
    with pytest.raises(Invalid):
        parse_query("givenName=Ada&priority=1", resources=[ORDER, INDIVIDUAL])


def test_a_hidden_attribute_is_refused_like_an_undeclared_one() -> None:
    with pytest.raises(Invalid) as refused:
        parse_query(
            "givenName=Ada", resources=[INDIVIDUAL],
            may_filter=lambda _resource, path: path != "givenName",
        )  # fmt: skip
    assert refused.value.code == "notFilterable"


def test_a_hostile_pattern_takes_no_time() -> None:
    """The control: the standard library's engine needs minutes for the same pattern."""
    started = perf_counter()
    assert not wants("description.regex=^(a+)+$", {"description": "a" * 50_000 + "b"})
    assert perf_counter() - started < 1


def test_a_stored_query_that_this_release_cannot_read_wants_nothing() -> None:
    queries = Queries(registry)
    assert queries.of("eventType=GoneEvent", "TMF622", None) is None
    assert queries.of("", "TMF622", None) is not None


def outward(_name: str, document: Json) -> Json:
    return {**document, "@type": "ProductCategory", "label": document["name"]}


VIEW = View(
    version="5.0.0",
    base="/catalog/v5",
    outward=outward,
    inward=lambda _name, document: document,
    path=lambda _name, path: {"label": "name"}.get(path, path),
    event=lambda name: "Product" + name,
)


def test_an_event_goes_out_in_the_version_that_was_asked_for() -> None:
    event = StoredEvent(
        IDENT, parse_instant("2026-11-21T10:00:00.123Z"), "Category", "created", IDENT,
        "CAT000001", 3, None, None, "request-1", b"",
    )  # fmt: skip
    seen = Seen(event, CATEGORY, {"name": "Fibre"})
    plain = envelope(seen, prefix="https://crm.example")
    assert plain["eventType"] == "CategoryCreateEvent"
    assert plain["timeOcurred"] == plain["eventTime"] == "2026-11-21T10:00:00.123Z"
    assert plain["event"]["category"]["name"] == "Fibre"
    assert "@type" not in plain
    other = envelope(seen, prefix="https://crm.example", view=VIEW)
    assert other["eventType"] == other["@type"] == "ProductCategoryCreateEvent"
    assert "timeOcurred" not in other
    assert other["timeOccurred"] == plain["timeOcurred"]
    (inner,) = other["event"].values()
    assert list(other["event"]) == ["productCategory"]
    assert inner["label"] == "Fibre"
    assert inner["href"] == f"https://crm.example/catalog/v5/category/{IDENT}"


def test_a_query_uses_the_words_of_its_version() -> None:
    """A draft and a type are asked for as v5 calls them; what is stored says it otherwise."""
    order = registry["ProductOrder"]
    view = order.api.views[0]

    def wants(text: str, stored: Json) -> bool:
        return parse_query(text, resources=[order], view=view).holds(order, IDENT, None, stored)

    draft = {"state": "pending", "internalState": "draft", "productOrderItem": [{"id": "1"}]}
    assert wants("productOrder.state=draft", draft)
    assert not wants("productOrder.state=pending", draft)
    assert wants("productOrder.@type=ProductOrder", draft)
    assert not wants("productOrder.@type=ProductOrder", {**draft, "@type": "Other"})
    assert wants("productOrderItem.@type=ProductOrderItem", draft)
    assert not wants("agreement.@type=AgreementRef", draft), "what is not there has no type"


def test_a_query_uses_the_names_of_its_version() -> None:
    query = parse_query(
        "eventType=ProductCategoryCreateEvent&productCategory.label=Fibre",
        resources=[CATEGORY], view=VIEW,
    )  # fmt: skip
    assert query.wants(CATEGORY, event_type(CATEGORY, "created", VIEW))
    assert query.holds(CATEGORY, IDENT, None, {"name": "Fibre"})
    assert not query.holds(CATEGORY, IDENT, None, {"name": "Copper"})


def test_names_of_properties_and_addresses() -> None:
    assert property_name(ORDER) == "productOrder"
    assert property_name(CATEGORY, VIEW) == "productCategory"
    url = listener_url("https://x.example/hook/", "ProductOrderCreateEvent")
    assert url == "https://x.example/hook/listener/productOrderCreateEvent"
