"""The v5 view: nothing is lost either way, whatever stands in a document."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.documents.shape import Attribute, Shape
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Api, View, registry
from trunkline.ordering.api import TMF622
from trunkline.ordering.v5 import RULES
from trunkline.shared.contact import ContactMedium
from trunkline.shared.v5_converter import KEPT, Converter
from trunkline.shared.v5_view import SHARED_RULES

load_modules()
(VIEW,) = TMF622.views

# Names that mean something in one of the versions, set where nobody declared them.
AWKWARD = [
    *("@type", "@stored", "@baseType", "@referredType", "id", "href", "name", "role", "key"),
    *("creationDate", "orderDate", "partyOrPartyRole", "channel", "place", "product"),
    *("externalId", "externalIdentifier", "agreement", "agreementItem", "agreementId"),
    *("quoteItemId", "itemId", "orderId", "priceAlteration", "productPriceAlteration"),
    *("requestedInitialState", "state", "action", "mediumType", "characteristic"),
    *("emailAddress", "city", "vendorScore", "valueType", "value"),
]
WORDS = [
    *("", "ORD-1", "draft", "pending", "suspend", "modify", "email", "Individual", "Customer"),
    *("PartyRef", "PartyRoleRef", "ProductRef", "Product", "ProductOrder", "Characteristic"),
    *("RelatedParty", "RelatedPartyRefOrPartyRoleRef", "StringCharacteristic", "ChannelRef"),
    *("ExternalIdentifier", "ProductRefOrValue", "RelatedOrderItem"),
]
texts = st.sampled_from(WORDS)
scalars = texts | st.booleans() | st.integers(0, 3) | st.just(Decimal("19.90")) | st.none()
names = st.sampled_from(AWKWARD)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=4),
    max_leaves=6,
)


def stored(shape: type[Shape], depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of a shape: any of its attributes, and beside them what nobody declared."""
    attributes = [one for one in shape.attributes().values() if one.shape is None or depth < 4]
    told = st.lists(
        st.sampled_from(attributes).flatmap(
            lambda one: st.tuples(st.just(one.json_name), _value(one, depth))
        ),
        max_size=5 if depth == 0 else 4,
    ).map(dict)
    extra = st.dictionaries(names, anything, max_size=1)
    return st.builds(lambda one, other: {**other, **one}, told, extra)


def _value(attribute: Attribute, depth: int) -> st.SearchStrategy[Any]:
    if attribute.shape is not None:
        one: st.SearchStrategy[Any] = stored(attribute.shape, depth + 1)
    elif attribute.choices:
        one = st.sampled_from(attribute.choices)
    else:
        one = anything if attribute.scalar == "any" else texts
    return st.lists(one, min_size=1, max_size=2) if attribute.is_list else one


@pytest.mark.parametrize("name", ["ProductOrder", "CancelProductOrder"])
def test_what_is_stored_comes_back(name: str) -> None:
    """Shown in v5 and taken back, a stored document is what it was, undeclared parts included."""

    @settings(max_examples=300, deadline=None)
    @given(stored(registry[name].type))
    def law(document: dict[str, Any]) -> None:
        before = deepcopy(document)
        assert VIEW.inward(name, VIEW.outward(name, document)) == before
        assert document == before, "a converter changed what it was given"

    law()


@settings(max_examples=200, deadline=None)
@given(
    stored(ContactMedium) | stored(ContactMedium.by_json_name()["characteristic"].shape or Shape)
)
def test_contact_media_come_back(medium: dict[str, Any]) -> None:
    converter = Converter(SHARED_RULES)
    shown = converter._outward(ContactMedium, medium, "")
    assert converter._inward(ContactMedium, shown, "") == medium


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(names, anything, max_size=6))
def test_whatever_is_sent_is_taken_or_left(document: dict[str, Any]) -> None:
    """The converters never fail; what they do not understand is left for the validation."""
    VIEW.inward("ProductOrder", document)
    VIEW.path("ProductOrder", ".".join(document) or "id")


parties = st.fixed_dictionaries(
    {
        "@type": st.just("RelatedPartyRefOrPartyRoleRef"),
        "partyOrPartyRole": st.fixed_dictionaries(
            {"@type": st.sampled_from(["PartyRef", "PartyRoleRef"]), "id": texts},
            optional={
                "name": texts,
                "href": texts,
                "@referredType": texts,
                "partyId": texts,
                "@baseType": texts,
            },
        ),
    },
    optional={"role": texts, "vendorScore": anything},
)
identifiers = st.fixed_dictionaries(
    {"@type": st.just("ExternalIdentifier"), "id": texts},
    optional={"owner": texts, "externalIdentifierType": texts},
)
characteristics = st.one_of(
    *(
        st.fixed_dictionaries(
            {"@type": st.just(kind), "name": texts, "value": value}, optional={"valueType": texts}
        )
        for kind, value in {
            "StringCharacteristic": texts,
            "IntegerCharacteristic": st.integers(),
            "NumberCharacteristic": st.just(Decimal("1.5")) | st.integers(),
            "BooleanCharacteristic": st.booleans(),
            "ObjectCharacteristic": st.dictionaries(names, scalars),
            "StringArrayCharacteristic": st.lists(texts),
        }.items()
    )
)
products = st.fixed_dictionaries(
    {"@type": st.just("Product")},
    optional={
        "id": texts,
        "name": texts,
        "productCharacteristic": st.lists(characteristics, min_size=1, max_size=2),
        "agreementItem": st.lists(
            st.fixed_dictionaries({"@type": st.just("AgreementItemRef"), "agreementId": texts}),
            max_size=1,
        ),
        "productRelationship": st.lists(
            st.fixed_dictionaries(
                {"@type": st.just("ProductRelationship"), "id": texts, "relationshipType": texts}
            ),
            max_size=1,
        ),
        "place": st.lists(
            st.fixed_dictionaries(
                {
                    "@type": st.just("RelatedPlaceRefOrValue"),
                    "role": texts,
                    "place": st.fixed_dictionaries({"@type": st.just("PlaceRef"), "id": texts}),
                }
            ),
            max_size=1,
        ),
    },
)
items = st.fixed_dictionaries(
    {
        "@type": st.just("ProductOrderItem"),
        "id": texts,
        "action": st.sampled_from(["add", "modify", "delete", "noChange"]),
    },
    optional={
        "quantity": st.integers(1, 9),
        "product": products | st.fixed_dictionaries({"@type": st.just("ProductRef"), "id": texts}),
        "quoteItem": st.fixed_dictionaries(
            {"@type": st.just("QuoteItemRef"), "quoteId": texts, "quoteItemId": texts}
        ),
    },
)
orders = st.fixed_dictionaries(
    {"@type": st.just("ProductOrder"), "productOrderItem": st.lists(items, min_size=1, max_size=2)},
    optional={
        "creationDate": st.just("2026-11-21T10:00:00.000Z"),
        "externalId": st.lists(identifiers, min_size=1, max_size=2),
        "relatedParty": st.lists(parties, min_size=1, max_size=2),
        "requestedInitialState": st.just("acknowledged"),
        "channel": st.lists(
            st.fixed_dictionaries(
                {
                    "@type": st.just("RelatedChannel"),
                    "channel": st.fixed_dictionaries({"@type": st.just("ChannelRef"), "id": texts}),
                }
            ),
            max_size=1,
        ),
        "vendorScore": anything,
    },
)


@settings(max_examples=300, deadline=None)
@given(orders)
def test_what_is_sent_in_v5_comes_back(order: dict[str, Any]) -> None:
    """A v5 order is shown as it was sent, once it has gone through the stored form."""
    assert VIEW.outward("ProductOrder", VIEW.inward("ProductOrder", order)) == order


@settings(max_examples=100, deadline=None)
@given(orders)
def test_types_that_were_left_out_are_filled_in(order: dict[str, Any]) -> None:
    """Who leaves out each `@type` gets the order back with them."""
    bare = _without_types(order, {"value", "vendorScore"})
    shown = VIEW.outward("ProductOrder", VIEW.inward("ProductOrder", bare))
    assert _without_types(shown, {"value", "vendorScore"}) == bare
    assert shown["@type"] == "ProductOrder"
    assert all(one["@type"] == "ProductOrderItem" for one in shown["productOrderItem"])


def _without_types(value: Any, opaque: set[str]) -> Any:
    if isinstance(value, list):
        return [_without_types(one, opaque) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: inner if name in opaque else _without_types(inner, opaque)
        for name, inner in value.items()
        if name != "@type"
    }


def test_a_related_party_is_nested_and_an_action_put_in_v5_words() -> None:
    shown = VIEW.outward(
        "ProductOrder",
        {
            "orderDate": "2026-11-21T10:00:00.000Z",
            "externalId": "PO-1",
            "relatedParty": [{"id": "1", "role": "customer", "@referredType": "Customer"}],
            "productOrderItem": [{"id": "1", "action": "suspend", "product": {"id": "7"}}],
        },
    )
    assert shown == {
        "@type": "ProductOrder",
        "creationDate": "2026-11-21T10:00:00.000Z",
        "externalId": [{"@type": "ExternalIdentifier", "id": "PO-1"}],
        "relatedParty": [
            {
                "@type": "RelatedPartyRefOrPartyRoleRef",
                "role": "customer",
                "partyOrPartyRole": {
                    "@type": "PartyRoleRef",
                    "id": "1",
                    "@referredType": "Customer",
                },
            }
        ],
        "productOrderItem": [
            {
                "@type": "ProductOrderItem",
                "id": "1",
                "action": "modify",
                "product": {"@type": "ProductRef", "id": "7"},
                KEPT: {"action": "suspend"},
            }
        ],
    }


def test_what_is_changed_in_v5_counts_more_than_what_was_kept() -> None:
    """`@stored` holds only as long as what is shown of it is left alone."""
    item = {"id": "1", "action": "suspend"}
    shown = VIEW.outward("ProductOrder", {"productOrderItem": [item]})
    assert VIEW.inward("ProductOrder", shown) == {"productOrderItem": [item]}
    shown["productOrderItem"][0]["action"] = "delete"
    taken = VIEW.inward("ProductOrder", shown)
    assert taken == {"productOrderItem": [{"id": "1", "action": "delete"}]}


def test_a_draft_is_asked_for_by_its_own_attribute() -> None:
    taken = VIEW.inward("ProductOrder", {"requestedInitialState": "draft"})
    assert taken == {"requestedInitialState": "draft", "state": "pending"}


def test_contact_media_are_told_apart_by_what_they_hold() -> None:
    medium = {
        "mediumType": "email",
        "preferred": True,
        "characteristic": {"emailAddress": "ada@example.com", "contactType": "primary"},
    }
    shown = Converter(SHARED_RULES)._outward(ContactMedium, medium, "")
    assert shown == {
        "@type": "EmailContactMedium",
        "preferred": True,
        "emailAddress": "ada@example.com",
        "contactType": "primary",
    }


@pytest.mark.parametrize(
    "path,expected",
    [
        ("creationDate", "orderDate"),
        ("orderDate", "creationDate"),
        ("state", "state"),
        ("externalId.id", "externalId"),
        ("relatedParty.partyOrPartyRole.id", "relatedParty.id"),
        ("relatedParty.role", "relatedParty.role"),
        ("channel.channel.name", "channel.name"),
        (
            "productOrderItem.product.relatedParty.partyOrPartyRole.name",
            "productOrderItem.product.relatedParty.name",
        ),
        ("productOrderItem.quoteItem.quoteItemId", "productOrderItem.quoteItem.id"),
        (
            "productOrderItem.product.productRelationship.id",
            "productOrderItem.product.productRelationship.product.id",
        ),
        ("nothing.declared", "nothing.declared"),
    ],
)
def test_paths_are_translated(path: str, expected: str) -> None:
    assert VIEW.path("ProductOrder", path) == expected


@pytest.mark.parametrize("name", ["ProductOrder", "CancelProductOrder"])
def test_shown_paths_lead_back(name: str) -> None:
    """Each stored path is shown in v5's form, from which comes the stored one."""
    told = 0
    for path in _paths(registry[name].type, "", 3):
        shown = VIEW.shown(name, path)
        told += shown != path
        assert VIEW.path(name, shown) == path
    assert told > 10 or name != "ProductOrder"


def _paths(shape: type[Shape], above: str, depth: int) -> list[str]:
    found = []
    for one in shape.attributes().values():
        found.append(above + one.json_name)
        if one.shape is not None and depth:
            found += _paths(one.shape, f"{above}{one.json_name}.", depth - 1)
    return found


@pytest.mark.parametrize(
    "path,expected",
    [
        ("relatedParty[1].id", "relatedParty[1].partyOrPartyRole.id"),
        ("externalIdentifier[1].owner", "externalId[1].owner"),
        (
            "productOrderItem[0].product.productRelationship[2].product.agreement[3].id",
            "productOrderItem[0].product.productRelationship[2].product.agreementItem[3].agreementId",
        ),
        (
            "productOrderItem[0].product.productRelationship[2].product.id",
            "productOrderItem[0].product.productRelationship[2].id",
        ),
        ("[0]", "[0]"),
        ("nothing[2].declared", "nothing[2].declared"),
    ],
)
def test_stored_paths_are_shown_with_their_indexes(path: str, expected: str) -> None:
    assert VIEW.shown("ProductOrder", path) == expected


@pytest.mark.parametrize("kind", ["created", "changed", "state_changed", "deleted"])
def test_events_have_the_names_of_v5(kind: str) -> None:
    suffix = {
        "created": "CreateEvent",
        "changed": "AttributeValueChangeEvent",
        "state_changed": "StateChangeEvent",
        "deleted": "DeleteEvent",
    }[kind]
    assert VIEW.event(registry["ProductOrder"].event_name(kind)) == f"ProductOrder{suffix}"
    assert VIEW.time_name == "timeOccurred"


def test_every_rule_names_a_type_that_the_interface_has() -> None:
    """A typo in a rule would be a rule for nothing."""
    found: set[str] = set()
    for name in ("ProductOrder", "CancelProductOrder"):
        _collect(registry[name].type, found)
    assert set(RULES) <= found


def _collect(shape: type[Shape], found: set[str]) -> None:
    if shape.__name__ in found:
        return
    found.add(shape.__name__)
    for attribute in shape.attributes().values():
        if attribute.shape is not None:
            found.add(f"{shape.__name__}.{attribute.json_name}")
            _collect(attribute.shape, found)


def test_the_view_hangs_on_its_interface() -> None:
    assert isinstance(TMF622, Api)
    assert isinstance(VIEW, View)
    assert (VIEW.version, VIEW.base) == ("5.0.0", "/tmf-api/productOrderingManagement/v5")
