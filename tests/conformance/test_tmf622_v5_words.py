"""Product ordering in v5: filters, refusals, patches and the description speak its words."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.conformance.test_tmf622_v5 import FILE, V4, V5, needs_file, v5_order
from tests.ordering.scripted import Shop
from tests.support.program import Site
from trunkline.api import docs
from trunkline.documents.errors import Fault, Invalid
from trunkline.kernel.resource import registry
from trunkline.ordering.api import TMF622
from trunkline.rest.viewing import told_in

POINTER = "#/components/schemas/"
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


@pytest.fixture(scope="module")
def draft(site: Site, shop: Shop) -> dict[str, Any]:
    answer = site.admin.post(V5, v5_order(shop))
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


@pytest.fixture(scope="module")
def placed(site: Site, shop: Shop) -> str:
    """Return the id of an order that was made in v4, with types of v4 in it."""
    party = {"id": shop.customer, "role": "customer", "@type": "RelatedParty"}
    return shop.order(shop.fibre(), relatedParty=[party])


def found(site: Site, query: str, base: str = V5) -> set[str]:
    answer = site.admin.get(base, query_string=query)
    assert answer.status_code == 200, answer.json
    return {one["id"] for one in answer.json}


def test_a_draft_is_called_one_in_v5(site: Site, draft: dict[str, Any], placed: str) -> None:
    """v5 tells a draft from what else is pending; v4 has one word for both."""
    assert site.admin.get(f"{V5}/{draft['id']}").json["state"] == "draft"
    assert site.admin.get(f"{V4}/{draft['id']}").json["state"] == "pending"
    assert found(site, "state=draft") == {draft["id"]}
    assert draft["id"] not in found(site, "state=pending")
    assert draft["id"] not in found(site, "state=pending", V4)
    assert draft["id"] in found(site, "internalState=draft", V4)
    assert found(site, "state=draft,acknowledged") == {draft["id"], placed}
    assert found(site, "state.ne=draft") == {placed}
    assert found(site, "state=inProgress.accepted") == set()


def test_actions_are_asked_for_in_v5_words(site: Site, draft: dict[str, Any], placed: str) -> None:
    assert found(site, "productOrderItem.action=add") == {placed}
    assert found(site, "productOrderItem.action=add&state=draft") == {draft["id"]}
    assert found(site, "productOrderItem.action=modify") == set()
    view = TMF622.views[0]
    assert view.ask is not None
    asked = view.ask("ProductOrder", "productOrderItem.action", "eq", ["modify", "noChange"])
    assert set(asked.values) == {
        "modify", "change", "suspend", "resume", "noChange", "no-change"
    }  # fmt: skip


def test_types_are_asked_for_by_their_v5_names(
    site: Site, draft: dict[str, Any], placed: str
) -> None:
    """A type that is not stored counts as the one that v5 shows."""
    both, of_both = {draft["id"], placed}, "&state=draft,acknowledged"
    assert found(site, f"@type=ProductOrder{of_both}") == both
    assert found(site, "@type=Other") == set()
    assert found(site, "@type.ne=ProductOrder") == set()
    assert found(site, f"relatedParty.@type=RelatedPartyRefOrPartyRoleRef{of_both}") == both
    assert found(site, f"productOrderItem.@type=ProductOrderItem{of_both}") == both
    for path in ("agreement.@type=AgreementRef", "productOrderItem.quoteItem.@type=QuoteItemRef"):
        assert found(site, path) == set(), "what is not there has no type"
    assert found(site, "@type=ProductOrder", V4) == set(), "v4 compares what is stored"


@pytest.mark.parametrize(
    "path",
    [
        "relatedParty.partyOrPartyRole.@type",
        "productOrderItem.product.productCharacteristic.@type",
        "state.regex",
    ],
)
def test_what_cannot_be_asked_is_refused(site: Site, path: str) -> None:
    refused = site.admin.get(V5, query_string=f"{path}=x")
    assert (refused.status_code, refused.json["code"]) == (400, "notFilterable")
    assert refused.json["fault"][0]["path"] == path.removesuffix(".regex")


@pytest.mark.parametrize("query", ["orderDate=2030-01-01", "sort=orderDate"])
def test_a_refused_query_names_what_was_asked(site: Site, query: str) -> None:
    refused = site.admin.get(V5, query_string=query)
    assert refused.status_code == 400
    assert refused.json["fault"][0]["path"] in {"orderDate", "sort=orderDate"}
    assert "creationDate" not in str(refused.json)


def test_a_filter_too_wide_names_the_indexed_paths_of_v5() -> None:
    view = TMF622.views[0]
    assert view.shown("ProductOrder", "orderDate") == "creationDate"


def test_a_refused_order_names_the_paths_and_words_of_v5(site: Site, shop: Shop) -> None:
    order = v5_order(shop)
    order["creationDate"] = "2030-01-01T00:00:00.000Z"
    order["externalId"] = [{"id": "PO-70"}]
    assert paths(site.admin.post(V5, order)) == ["creationDate"]
    order = v5_order(shop)
    order["relatedParty"][0]["partyOrPartyRole"]["id"] = "nobody"
    order["productOrderItem"][0]["product"]["place"][0]["place"]["id"] = 7
    order["productOrderItem"][0]["action"] = "explode"
    answer = site.admin.post(V5, order)
    assert set(paths(answer)) == {
        "productOrderItem[0].action", "productOrderItem[0].product.place[0].place.id",
        "relatedParty[0].partyOrPartyRole.id",
    }  # fmt: skip
    words = next(one for one in answer.json["fault"] if one["path"].endswith("action"))
    assert words["message"] == "must be one of: add, modify, delete, noChange"
    order = v5_order(shop)
    order["relatedParty"][0]["partyOrPartyRole"]["id"] = "nobody"
    answer = site.admin.post(V5, {**order, "requestedInitialState": "acknowledged"})
    assert "relatedParty[0].partyOrPartyRole.id" in paths(answer)
    first = answer.json["fault"][0]
    assert answer.json["message"].startswith(f"{first['path']}: ")


def test_no_identifiers_are_none_at_all(site: Site, shop: Shop) -> None:
    answer = site.admin.post(V5, v5_order(shop) | {"externalId": []})
    assert answer.status_code == 201, answer.json
    assert "externalId" not in answer.json


def test_a_reserved_name_is_never_a_filter(site: Site) -> None:
    """`fields=~x` asks for an attribute that begins with a tilde, not for a pattern."""
    assert site.admin.get(V5, query_string="fields=~x&limit=1").status_code in {200, 206}


def paths(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.json
    return [one["path"] for one in answer.json["fault"]]


@pytest.mark.parametrize(
    "kind, patch",
    [
        ("application/json", {"creationDate": "2030-01-01T00:00:00.000Z"}),
        (
            "application/json-patch+json",
            [{"op": "replace", "path": "/creationDate", "value": "2030-01-01T00:00:00.000Z"}],
        ),
    ],
)
def test_a_refused_patch_names_the_paths_of_v5(
    site: Site, draft: dict[str, Any], kind: str, patch: Any
) -> None:
    headers = {"Content-Type": kind}
    refused = site.admin.patch(f"{V5}/{draft['id']}", patch, headers=headers)
    assert paths(refused) == ["creationDate"]


def test_patches_take_v5_words_inside_lists(site: Site, shop: Shop) -> None:
    made = site.admin.post(V5, v5_order(shop) | {"externalId": [{"id": "PO-8"}, {"id": "77"}]}).json
    address = f"{V5}/{made['id']}"
    identifiers = [{"op": "add", "path": "/externalId/-", "value": {"id": "78", "owner": "x"}}]
    patched = site.admin.patch(address, identifiers, headers=JSON_PATCH)
    assert patched.status_code == 200, patched.json
    assert [one["id"] for one in patched.json["externalId"]] == ["PO-8", "77", "78"]
    party = made["relatedParty"][0]
    party["partyOrPartyRole"] = {"@type": "PartyRoleRef", "id": shop.customer}
    merged = site.admin.patch(address, {"relatedParty": [party], "state": "draft"})
    assert merged.status_code == 200, merged.json
    stored = site.admin.get(f"{V4}/{made['id']}").json
    assert stored["relatedParty"][0]["id"] == shop.customer
    assert (stored["state"], stored["internalState"]) == ("pending", "draft")


def test_a_refusal_is_told_in_the_words_of_its_view() -> None:
    """Whatever rule refuses: the paths of its faults are turned, in the message as well."""
    faults = [Fault("orderDate", "late", "is late"), Fault("sort=orderDate", "notSortable", "no")]
    with pytest.raises(Invalid) as caught, told_in(TMF622.views[0], registry["ProductOrder"]):
        raise Invalid.of(faults)
    told = caught.value
    assert [one.path for one in told.faults] == ["creationDate", "sort=creationDate"]
    assert told.message.startswith("creationDate: is late")
    with pytest.raises(Invalid) as caught, told_in(None, registry["ProductOrder"]):
        raise Invalid.of(faults)
    assert caught.value.faults[0].path == "orderDate"


def described(name: str, value: Any) -> list[str]:
    document = docs.describe("TMF622-v5")
    schema = {"$ref": POINTER + name, "components": document["components"]}
    checked = jsonschema_rs.Draft202012Validator(schema)
    return [f"{list(one.instance_path)}: {one.message}" for one in checked.iter_errors(value)]


def test_orders_fit_what_is_described(site: Site, shop: Shop, placed: str) -> None:
    sent = v5_order(shop) | {"externalId": [{"@type": "ExternalIdentifier", "id": "PO-9"}]}
    assert described("ProductOrderV5Create", sent) == []
    assert described("ProductOrderV5", site.admin.post(V5, sent).json) == []
    assert described("ProductOrderV5", site.admin.get(f"{V5}/{placed}").json) == []
    sent["relatedParty"][0]["partyOrPartyRole"]["id"] = 7
    assert described("ProductOrderV5Create", sent)


@needs_file
@pytest.mark.parametrize("name", ["ProductOrder", "ProductOrderItem", "CancelProductOrder"])
def test_the_description_has_what_the_published_file_has(name: str) -> None:
    """Each attribute that both have is of the same type, with published words only."""
    published = yaml.load(FILE.read_bytes(), Loader=yaml.CSafeLoader)["components"]["schemas"]
    ours = docs.describe("TMF622-v5")["components"]["schemas"]
    own, theirs = ours[f"{name}V5"]["properties"], properties(published, name)
    shared = own.keys() & theirs.keys()
    assert len(shared) > 5
    for attribute in shared:
        one, other = resolved(ours, own[attribute]), resolved(published, theirs[attribute])
        kind = one.get("type", "object")
        assert kind == other.get("type", "object"), attribute
        if "enum" in one and "enum" in other:
            assert set(one["enum"]) <= set(other["enum"]), attribute


def resolved(schemas: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].removeprefix(POINTER)]
    return schema


def properties(schemas: Any, name: str) -> dict[str, Any]:
    """Return the attributes of a published type with those that it inherits."""
    schema = schemas[name]
    found = dict(schema.get("properties", {}))
    for one in schema.get("allOf", ()):
        target = one.get("$ref", "").removeprefix(POINTER)
        found |= properties(schemas, target) if target else one.get("properties", {})
    return found
