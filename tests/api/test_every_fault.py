"""All that is wrong with what was sent stands in one answer: types, references and rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.overrides import CATALOG, made, product_order, quote, service_order
from tests.support.program import Client, Site
from trunkline.documents.errors import Fault
from trunkline.documents.sound import Sound, path_of, place_of
from trunkline.kernel.schema import validators
from trunkline.ordering.product_order import ProductOrder

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
SERVICE_ORDERS = "/tmf-api/serviceOrdering/v4/serviceOrder"
QUOTES = "/tmf-api/quoteManagement/v4/quote"
PARTY = "/tmf-api/party/v4"
NOWHERE = "0192a8c0-0000-7000-8000-000000000000"
ITEM = "productOrderItem"


def wrong_with(answer: Any) -> dict[str, str]:
    """Return the code of each fault of a refusal by its path, none said twice."""
    assert answer.status_code in {400, 409}, answer.json
    faults = answer.json["fault"]
    found = {one["path"]: one["code"] for one in faults}
    assert len(found) == len(faults), faults
    return found


def sold_no_more(client: Client) -> str:
    """Return an offering that is not on sale."""
    return made(client, f"{CATALOG}/productOffering", {"name": "Fibre 50"})


def test_an_order_is_told_wrong_types_and_what_is_not_sold_at_once(site: Site) -> None:
    """An item with a number as text, one with an offering that is not on sale, one that names
    nothing that exists, and a date that is none: four faults, one answer."""
    body = product_order(site.admin)
    (good,) = body[ITEM]
    body[ITEM] = [
        good | {"quantity": "two"},
        good | {"id": "2", "productOffering": {"id": sold_no_more(site.admin)}},
        good | {"id": "3", "productOffering": {"id": NOWHERE}},
        good | {"id": "4"},
    ]
    body["requestedStartDate"] = "the day after"
    found = wrong_with(site.admin.post(ORDERS, body))
    assert found.pop("productOrderItem[0].quantity") == "badType"
    assert found.pop("requestedStartDate") == "badDateTime"
    assert found.pop("productOrderItem[2].productOffering.id") == "danglingReference"
    assert {path.partition(".")[0] for path in found} == {"productOrderItem[1]"}, found


def test_an_item_that_cannot_be_judged_takes_those_with_it_that_name_it(site: Site) -> None:
    """An item without an action is left out, and what it is named by; the others are judged, and
    the positions in the answer are those of what was sent."""
    body = product_order(site.admin)
    (good,) = body[ITEM]
    bad = {"productOffering": {"id": sold_no_more(site.admin)}}
    named = [{"id": "1", "relationshipType": "bundles"}]
    body[ITEM] = [
        {name: value for name, value in good.items() if name != "action"},
        good | {"id": "2", "productOrderItemRelationship": named} | bad,
        good | {"id": "3"} | bad,
    ]
    found = wrong_with(site.admin.post(ORDERS, body))
    assert found.pop("productOrderItem[0].action") == "missing"
    assert {path.partition(".")[0] for path in found} == {"productOrderItem[2]"}, found


@pytest.mark.parametrize(
    ("path", "item", "make"),
    [(SERVICE_ORDERS, "serviceOrderItem", service_order), (QUOTES, "quoteItem", quote)],
)
def test_other_kinds_are_told_so_too(site: Site, path: str, item: str, make: Any) -> None:
    """A service order and a quote with a wrong type in one line and a rule broken in another."""
    body = make(site.admin)
    (good,) = body[item]
    twin = good | {"action": "modify"}
    body[item] = [good | {"quantity": "two"}, twin | {"id": "2"}]
    found = wrong_with(site.admin.post(path, body))
    assert found.pop(f"{item}[0].quantity") == "badType"
    assert found, "a change is of something that there is"
    assert {one.partition(".")[0] for one in found} == {f"{item}[1]"}, found


def test_another_version_is_told_so_in_its_words(site: Site) -> None:
    """The same of an order in v5: paths and names are those of that version."""
    (view,) = ProductOrder.resource.api.views
    body = view.outward("ProductOrder", product_order(site.admin))
    (good,) = body[ITEM]
    bad = {"productOffering": good["productOffering"] | {"id": sold_no_more(site.admin)}}
    body[ITEM] = [good | {"quantity": "two"}, good | {"id": "2"} | bad]
    body["relatedParty"] += [{"role": "seller", "partyOrPartyRole": {"id": NOWHERE}}]
    found = wrong_with(site.admin.post(ORDERS.replace("v4", "v5"), body))
    assert found.pop("productOrderItem[0].quantity") == "badType"
    assert found.pop("relatedParty[1].partyOrPartyRole.id") == "danglingReference"
    assert {path.partition(".")[0] for path in found} == {"productOrderItem[1]"}, found


def test_what_the_server_sets_is_told_with_the_rest(site: Site) -> None:
    """A new record with what only the server sets, a wrong type, nobody of that id, no name."""
    body = product_order(site.admin) | {"orderDate": 5, "description": ["long"]}
    body["billingAccount"] = {"id": NOWHERE}
    body["completionDate"] = "2026-01-01T00:00:00Z"
    found = wrong_with(site.admin.post(ORDERS, body))
    assert found["completionDate"] == "notWritable"
    assert found["description"] == "badType"
    assert found["billingAccount.id"] == "danglingReference"


def test_a_patch_is_told_all_at_once(site: Site) -> None:
    """A wrong type, a reference to nothing and a name taken away, in one refusal of a patch; the
    record stays as it was, and what is right by itself is no fault."""
    person = {"givenName": "Ada", "familyName": "Lovelace"}
    ident = made(site.admin, f"{PARTY}/individual", person)
    before = site.admin.get(f"{PARTY}/individual/{ident}").json
    patch = {"familyName": None, "gender": 5, "title": "Countess",
             "relatedParty": [{"id": NOWHERE, "role": "friend"}]}  # fmt: skip
    found = wrong_with(site.admin.patch(f"{PARTY}/individual/{ident}", patch))
    assert found == {"familyName": "missing", "gender": "badType",
                     "relatedParty[0].id": "danglingReference"}  # fmt: skip
    assert site.admin.get(f"{PARTY}/individual/{ident}").json == before


def test_what_is_left_is_whole_and_knows_where_it_stood() -> None:
    """Of a document the parts that are wrong go, alone where they may be absent, and faults of
    the rest come back to their places."""
    sent = {
        "productOrderItem": [
            {"id": "1", "action": "add", "quantity": "x"},
            {"id": "2", "action": 7},
            {"id": "3", "action": "add", "productOrderItemRelationship": [
                {"id": "2", "relationshipType": "reliesOn"}]},
            {"id": "4", "action": "add", "itemTerm": [{"name": 5}, {"name": "24 months"}]},
        ]
    }  # fmt: skip
    validator = validators.of(ProductOrder.resource)
    sound = Sound(ProductOrder, sent, validator.faults(sent), validator)
    assert sound.raw == {
        "productOrderItem": [
            {"id": "1", "action": "add"},
            {"id": "4", "action": "add", "itemTerm": [{}, {"name": "24 months"}]},
        ]
    }
    told = ["productOrderItem[1].product", "productOrderItem[0].quantity", "productOrderItem[0]",
            "productOrderItem[1].itemTerm[1].name", "", "description"]  # fmt: skip
    placed = [one.path for one in sound.placed(Fault(path, "code", "words") for path in told)]
    assert placed == ["productOrderItem[3].product", "productOrderItem[3].itemTerm[1].name",
                      "description"]  # fmt: skip
    assert path_of(place_of("item[0].part[2].id")) == "item[0].part[2].id"
    nothing = Sound(ProductOrder, {}, [Fault(ITEM, "missing", "send it")], validator)
    assert nothing.raw is None
