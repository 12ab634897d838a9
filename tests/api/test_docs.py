"""The description is served, true to what the program does, and readable."""

from __future__ import annotations

import json
import re
from typing import Any

import falcon
import falcon.testing
import jsonschema_rs
import pytest

from tests.ordering.scripted import Shop
from tests.support import (  # bodies for resources with rules of their own
    overrides,  # noqa: F401
    overrides_above,  # noqa: F401
)
from tests.support.program import Site
from tests.support.samples import body_for
from trunkline.api import docs
from trunkline.api.docs_page import example
from trunkline.api.order_requests import ORDERS
from trunkline.api.request import add_error_answers
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry

load_modules()
PUBLISHED = [one for one in registry if one.published]
NEEDS_A_SHOP = {"ProductOrder", "CancelProductOrder"}
OUTSIDE = re.compile(r"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//""")


@pytest.fixture(scope="module")
def client() -> falcon.testing.TestClient:
    app: falcon.App[Any, Any] = falcon.App()
    add_error_answers(app)
    docs.add_routes(app, None, None)  # type: ignore[arg-type]
    return falcon.testing.TestClient(app)


def test_the_whole_and_each_interface_are_served(client: falcon.testing.TestClient) -> None:
    whole = client.simulate_get("/openapi.json").json
    assert whole["openapi"].startswith("3.1")
    assert set(whole["paths"]) == {
        path for one in docs.described() for path in docs.describe(one.name)["paths"]
    }
    for one in docs.described():
        answer = client.simulate_get(f"/openapi/{one.name}.json")
        assert answer.status_code == 200
        assert all(path.startswith(one.base) for path in answer.json["paths"])


def test_every_pointer_inside_the_document_leads_somewhere() -> None:
    for name in [None, *(one.name for one in docs.described())]:
        document = docs.describe(name)
        for target in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
            found: Any = document
            for part in target.split("/"):
                found = found[part]


def test_operations_are_those_that_a_resource_has() -> None:
    paths = docs.describe()["paths"]
    for one in PUBLISHED:
        address = f"{one.api.base}/{one.path}"
        offered = {
            "list": paths.get(address, {}).get("get"),
            "create": paths.get(address, {}).get("post"),
            "retrieve": paths.get(address + "/{id}", {}).get("get"),
            "patch": paths.get(address + "/{id}", {}).get("patch"),
            "delete": paths.get(address + "/{id}", {}).get("delete"),
        }
        assert {name for name, found in offered.items() if found} == set(one.operations)


def test_what_the_server_sets_is_read_only_and_not_sent() -> None:
    schemas = docs.describe("TMF622")["components"]["schemas"]
    assert schemas["ProductOrder"]["properties"]["orderDate"]["readOnly"]
    assert "orderDate" not in schemas["ProductOrderCreate"]["properties"]
    assert "orderDate" not in schemas["ProductOrderChange"]["properties"]
    assert schemas["ProductOrderCreate"]["required"] == ["productOrderItem"]
    assert "`held` → inProgress" in schemas["ProductOrder"]["description"]


def test_request_headers_and_what_is_taken_later_are_told() -> None:
    """The wish to be answered at once stands where it is met, with its answer; the headers that
    any request, or a write, may carry stand there as well."""
    met = set()
    for name in ("TMF622", "TMF622-v5", "TMF641", "TMF652", "TMF632", None):
        document = docs.describe(name)
        named = document["components"]["parameters"]
        for path, item in document["paths"].items():
            assert "X-Request-Id" in headers_of(named, item)
            if "202" in item.get("post", {}).get("responses", {}) and path.startswith("/tmf-api"):
                answer = item["post"]["responses"]["202"]
                assert list(answer["content"]["application/json"]["schema"].values()) == [
                    "#/components/schemas/TakenOrder"
                ]
                assert set(answer["headers"]) == {"Location", "Preference-Applied"}
                assert headers_of(named, item["post"]) == {"Prefer", "Idempotency-Key"}
                met.add(path)
        assert all(
            "If-Match" in headers_of(named, item["patch"])
            for item in document["paths"].values() if "patch" in item and name
        )  # fmt: skip
    assert met == set(ORDERS)


def headers_of(named: dict[str, Any], told: dict[str, Any]) -> set[str]:
    found = [named[one["$ref"].rpartition("/")[2]] for one in told["parameters"] if "$ref" in one]
    return {one["name"] for one in found if one["in"] == "header"}


@pytest.mark.parametrize(
    "resource",
    [
        one
        for one in PUBLISHED
        if {"create", "retrieve"} <= set(one.operations) and one.name not in NEEDS_A_SHOP
    ],
    ids=str,
)
def test_bodies_and_answers_fit_what_is_described(resource: Resource, site: Site) -> None:
    """What the battery sends fits the schema of creation, and the answer that of a record."""
    check_described(resource, site, body_for(resource, site.admin))


def test_orders_fit_what_is_described(site: Site) -> None:
    """The same for an order and for its cancellation, which need something to sell."""
    shop = Shop.open(site)
    party = {"id": shop.customer, "role": "customer"}
    order = {"relatedParty": [party], "billingAccount": {"id": shop.account},
             "productOrderItem": [shop.fibre()]}  # fmt: skip
    check_described(registry["ProductOrder"], site, order)
    ident = shop.order(shop.fibre())
    check_described(registry["CancelProductOrder"], site, {"productOrder": {"id": ident}})


def test_a_version_is_described_in_its_own_words(client: falcon.testing.TestClient) -> None:
    """Names, choices and filters of v5 stand in its document, beside those of v4 in the whole."""
    document = client.simulate_get("/openapi/TMF622-v5.json").json
    assert document["info"]["version"] == "5.0.0"
    schemas = document["components"]["schemas"]
    order = schemas["ProductOrderV5"]
    assert order["properties"]["creationDate"]["readOnly"]
    assert "orderDate" not in order["properties"]
    assert order["properties"]["externalId"]["type"] == "array"
    assert "draft" in order["properties"]["state"]["enum"]
    party = schemas["RelatedPartyRefOrPartyRoleRefV5Input"]
    assert party["required"] == ["partyOrPartyRole"]
    assert schemas["PartyOrPartyRoleReferenceV5Input"]["properties"].keys() >= {"id", "name"}
    action = schemas["ProductOrderItemV5"]["properties"]["action"]
    assert action["enum"] == ["add", "delete", "modify", "noChange"]
    assert schemas["ProductRelationshipV5Input"]["required"] == ["relationshipType"]
    listed = document["paths"]["/tmf-api/productOrderingManagement/v5/productOrder"]["get"]
    assert "creationDate" in {one.get("name") for one in listed["parameters"]}
    whole = client.simulate_get("/openapi.json").json["components"]["schemas"]
    assert whole.keys() >= schemas.keys() | {"ProductOrder", "ProductOrderCreate"}


def test_a_version_has_a_page(client: falcon.testing.TestClient) -> None:
    assert 'href="/docs/TMF622-v5"' in client.simulate_get("/docs").text
    page = client.simulate_get("/docs/TMF622-v5").text
    assert "/openapi/TMF622-v5.json" in page
    assert "partyOrPartyRole" in page


def check_described(resource: Resource, site: Site, sent: dict[str, Any]) -> None:
    document = docs.describe(resource.api.number)

    def faults(name: str, value: Any) -> list[str]:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        found = jsonschema_rs.Draft202012Validator(schema).iter_errors(value)
        return [f"{list(one.instance_path)}: {one.message}" for one in found]

    assert faults(f"{resource.name}Create", sent) == []
    made = site.admin.post(f"{resource.api.base}/{resource.path}", sent)
    assert made.status_code == 201, made.json
    assert faults(resource.name, made.json) == []
    fit = example(document, document["components"]["schemas"][f"{resource.name}Create"])
    assert faults(f"{resource.name}Create", fit) == []
    name = "@type" if "@type" in resource.type.by_json_name() else next(iter(sent))
    wrong = {**sent, name: {"not": ["what", "is", "declared"]}}
    assert faults(f"{resource.name}Create", wrong)
    refused = site.admin.post(f"{resource.api.base}/{resource.path}", wrong)
    assert refused.status_code == 400, refused.json


@pytest.mark.parametrize("path", ["/docs", "/docs/TMF622", "/docs/tmf622-v5"])
def test_pages_stand_alone(client: falcon.testing.TestClient, path: str) -> None:
    """No address outside, no script or style in the page, and a policy that says so."""
    page = client.simulate_get(path)
    assert page.status_code == 200
    assert not OUTSIDE.search(page.text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", page.text)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    (nonce,) = re.findall(r"script-src 'nonce-([\w-]{20,})';", policy)
    assert set(re.findall(r'<script nonce="([^"]*)"', page.text)) == {nonce}
    again = client.simulate_get(path).headers["Content-Security-Policy"]
    assert nonce not in again
    for asset in re.findall(r'(?:href|src)="(/docs/assets/[^"]+)"', page.text):
        found = client.simulate_get(asset)
        assert found.status_code == 200
        assert not OUTSIDE.search(found.text)


def test_links_inside_a_page_lead_somewhere(client: falcon.testing.TestClient) -> None:
    for one in docs.interfaces():
        page = client.simulate_get(f"/docs/{one.number}").text
        ids = set(re.findall(r'\bid="([^"]+)"', page))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_operations_are_found_by_their_words(client: falcon.testing.TestClient) -> None:
    found = client.simulate_get("/docs", params={"q": "cancel post"}).text
    assert "/docs/TMF622#createCancelProductOrder" in found
    assert "/docs/TMF622#listProductOrder" not in found
    none = client.simulate_get("/docs/TMF622", params={"q": "zebra"}).text
    assert "No operation has these words" in none
    shown = client.simulate_get("/docs", params={"q": "<script>"}).text
    assert "&lt;script&gt;" in shown


def test_required_attributes_are_marked_and_examples_given(
    client: falcon.testing.TestClient,
) -> None:
    page = client.simulate_get("/docs/TMF622").text
    assert re.search(r"<code>productOrderItem</code>\s*<span class=\"required\">", page)
    assert "curl -H &quot;Authorization: Bearer $TOKEN&quot; -X POST" in page


@pytest.mark.parametrize("path", ["/docs/TMF000", "/openapi/none.json", "/docs/assets/none.css"])
def test_what_is_not_there_is_refused(client: falcon.testing.TestClient, path: str) -> None:
    assert client.simulate_get(path).status_code == 404
