"""Product ordering in v5: answers fit the published schemas, and v4 and v5 say the same record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.ordering.scripted import Shop
from tests.support.program import Client, Site
from trunkline.kernel.resource import EVENT_SUFFIX, registry
from trunkline.ordering.api import TMF622
from trunkline.shared.v5_converter import KEPT

FOLDER = Path(__file__).parents[3] / "shared" / "tmf" / "v5"
FILE = FOLDER / "TMF622-ProductOrdering-v5.0.0.oas.yaml"
needs_file = pytest.mark.skipif(
    not FILE.is_file(), reason=f"{FILE.name} is not there: ../shared/tmf is absent"
)
V4 = f"{TMF622.base}/productOrder"
V5 = f"{TMF622.views[0].base}/productOrder"
SCHEMAS = "#/components/schemas/"


class Published:
    """The schemas of the published file; objects are checked by the type that `@type` names."""

    def __init__(self, file: Path) -> None:
        self._document = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
        schemas = self._document["components"]["schemas"]
        self._polymorphic = {
            name: mapping
            for name, schema in schemas.items()
            if (mapping := schema.get("discriminator", {}).get("mapping"))
        }
        # The file declares BooleanCharacteristic and leaves it out of its own list of types.
        for name in ("BooleanCharacteristic", "BooleanArrayCharacteristic"):
            self._polymorphic["Characteristic"].setdefault(name, SCHEMAS + name)
        kept = {name: self._rewritten(schema) for name, schema in schemas.items()}
        for name, mapping in self._polymorphic.items():
            kept[f"any.{name}"] = {
                "type": "object",
                "required": ["@type"],
                "properties": {"@type": {"enum": sorted(mapping)}},
                "allOf": [
                    {
                        "if": {"properties": {"@type": {"const": kind}}},
                        "then": {"$ref": target},
                    }
                    for kind, target in mapping.items()
                ],
            }
        self._schemas = kept

    def _rewritten(self, schema: Any, *, inherits: bool = False) -> Any:
        """Point what holds a polymorphic type at its choice; what inherits from it, at itself."""
        if isinstance(schema, list):
            return [self._rewritten(one, inherits=inherits) for one in schema]
        if not isinstance(schema, dict):
            return schema
        target = str(schema.get("$ref", "")).removeprefix(SCHEMAS)
        if target in self._polymorphic and not inherits:
            return {"$ref": f"{SCHEMAS}any.{target}"}
        return {
            name: self._rewritten(inner, inherits=name == "allOf")
            for name, inner in schema.items()
            if name != "oneOf" or "discriminator" not in schema
        }

    def faults(self, name: str, document: Any) -> list[str]:
        """Return what does not fit, each with its path."""
        schema = {"$ref": f"{SCHEMAS}any.{name}", "components": {"schemas": self._schemas}}
        checked = jsonschema_rs.Draft202012Validator(schema)
        return [
            f"{list(one.instance_path)}: {one.message}" for one in checked.iter_errors(document)
        ]


@pytest.fixture(scope="module")
def published() -> Published:
    return Published(FILE)


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    return Shop.open(site)


def v5_order(shop: Shop) -> dict[str, Any]:
    """An order of fibre by Ada as a v5 client sends it."""
    line = shop.fibre()
    return {
        "@type": "ProductOrder",
        "externalId": [
            {"@type": "ExternalIdentifier", "id": "PO-7", "owner": "shop"},
            {"@type": "ExternalIdentifier", "id": "77", "owner": "ledger"},
        ],
        "requestedInitialState": "draft",
        "requestedStartDate": "2030-01-01T00:00:00.000Z",
        "note": [{"@type": "Note", "text": "call before noon"}],
        "billingAccount": {"@type": "BillingAccountRef", "id": shop.account},
        "relatedParty": [
            {
                "@type": "RelatedPartyRefOrPartyRoleRef",
                "role": "customer",
                "partyOrPartyRole": {
                    "@type": "PartyRoleRef",
                    "id": shop.customer,
                    "@referredType": "Customer",
                },
            }
        ],
        "productOrderItem": [
            {
                "@type": "ProductOrderItem",
                "id": "1",
                "action": "add",
                "quantity": 1,
                "productOffering": {"@type": "ProductOfferingRef", **line["productOffering"]},
                "product": {
                    "@type": "Product",
                    "productCharacteristic": [
                        {"@type": "IntegerCharacteristic", "name": "downloadSpeed", "value": 1000},
                        {"@type": "IntegerCharacteristic", "name": "uploadSpeed", "value": 500},
                        {"@type": "StringCharacteristic", "name": "installation", "value": "self"},
                    ],
                    "place": [
                        {
                            "@type": "RelatedPlaceRefOrValue",
                            "role": "installation",
                            "place": {
                                "@type": "PlaceRef",
                                "id": shop.place,
                                "@referredType": "GeographicSite",
                            },
                        }
                    ],
                },
            }
        ],
    }


@pytest.fixture(scope="module")
def created(site: Site, shop: Shop) -> dict[str, Any]:
    answer = site.admin.post(V5, v5_order(shop))
    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"].endswith(f"{V5}/{answer.json['id']}")
    found: dict[str, Any] = answer.json
    return found


@needs_file
def test_an_order_made_in_v5_fits_the_published_schema(
    created: dict[str, Any], published: Published
) -> None:
    assert published.faults("ProductOrder", created) == []


@needs_file
def test_an_order_made_in_v4_fits_the_published_schema_of_v5(
    site: Site, shop: Shop, published: Published
) -> None:
    """Also one whose types v5 does not know."""
    line = shop.fibre()
    line["product"]["@type"] = "ProductRefOrValue"
    party = {"id": shop.customer, "role": "customer", "@type": "RelatedParty"}
    ident = shop.order(line, **{"@type": "ProductOrder", "relatedParty": [party]})
    shown = site.admin.get(f"{V5}/{ident}").json
    assert published.faults("ProductOrder", shown) == []
    assert shown["productOrderItem"][0]["product"]["@type"] == "Product"
    again = site.admin.get(f"{V4}/{ident}").json
    assert again["relatedParty"][0]["@type"] == "RelatedParty"


@needs_file
def test_what_an_order_may_hold_fits_the_published_schema(published: Published) -> None:
    """Words of v4 alone, values of every kind, and what is referred to in another form."""
    period = {"startDateTime": "2030-01-01T00:00:00.000Z"}
    values = ["Ada", 1000, 0.25, True, {"grade": 1}, ["red", "blue"], []]
    product = {
        "productCharacteristic": [{"name": str(one), "value": one} for one in values],
        "agreement": [{"id": "7", "name": "frame", "agreementItemId": "1"}],
        "relatedParty": [{"id": "1", "role": "user"}],
        "productTerm": [{"name": "a year", "validFor": period}],
        "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "9"}}],
        "productOrderItem": [
            {"productOrderId": "1", "orderItemId": "2", "orderItemAction": "no-change"}
        ],
    }
    order = {
        "id": "1",
        "channel": [{"id": "2", "name": "shop", "role": "sales"}],
        "quote": [{"id": "3"}],
        "productOrderItem": [
            {
                "id": "1",
                "action": "suspend",
                "product": product,
                "quoteItem": {"id": "1", "quoteId": "3"},
                "itemTerm": [{"name": "24 months", "duration": {"amount": 24, "units": "month"}}],
                "itemPrice": [{"price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}}}],
                "productOrderItem": [{"id": "2", "action": "resume", "product": {"id": "5"}}],
            }
        ],
    }
    shown = TMF622.views[0].outward("ProductOrder", order)
    assert published.faults("ProductOrder", shown) == []
    task = {"id": "1", "productOrder": {"id": "2"}, "state": "done"}
    shown = TMF622.views[0].outward("CancelProductOrder", task)
    assert published.faults("CancelProductOrder", shown) == []


@needs_file
def test_a_list_and_the_events_payload_fit_the_published_schemas(
    site: Site, created: dict[str, Any], published: Published
) -> None:
    listed = site.admin.get(V5, query_string=f"id={created['id']}&state=draft").json
    assert [published.faults("ProductOrder", one) for one in listed] == [[]]
    view = TMF622.views[0]
    for kind in EVENT_SUFFIX:
        name = view.event(registry["ProductOrder"].event_name(kind))
        event = {
            "@type": name,
            "eventId": "1",
            "eventType": name,
            "eventTime": "2030-01-01T00:00:00.000Z",
            view.time_name: "2030-01-01T00:00:00.000Z",
            "event": {"productOrder": created},
        }
        assert published.faults(name, event) == []


@needs_file
def test_a_broken_answer_would_be_seen(created: dict[str, Any], published: Published) -> None:
    flat = {**created, "relatedParty": [{"id": "1", "role": "customer"}]}
    assert published.faults("ProductOrder", flat)
    assert published.faults("ProductOrder", {**created, "state": "lost"})
    assert published.faults("ProductOrder", {**created, "externalId": "PO-7"})


def test_what_was_sent_in_v5_is_shown_in_v5(created: dict[str, Any], shop: Shop) -> None:
    sent = v5_order(shop)
    for name in ("externalId", "requestedInitialState", "requestedStartDate", "note"):
        assert created[name] == sent[name]
    party = created["relatedParty"][0]["partyOrPartyRole"]
    assert party["id"] == shop.customer
    assert party["name"], "the name of a party is filled in"
    assert created["state"] == "draft"
    assert created["href"].endswith(f"{V5}/{created['id']}")
    assert "orderDate" not in created
    assert KEPT not in created


def test_the_same_record_is_shown_in_v4(site: Site, created: dict[str, Any], shop: Shop) -> None:
    shown = site.admin.get(f"{V4}/{created['id']}").json
    assert shown["orderDate"] == created["creationDate"]
    assert shown["externalId"] == "PO-7"
    assert shown["relatedParty"][0]["id"] == shop.customer
    assert shown["href"].endswith(f"{V4}/{created['id']}")
    assert "@type" not in shown["productOrderItem"][0]


@pytest.mark.parametrize(
    "query",
    [
        "externalId=PO-7",
        "externalId.id=PO-7",
        "creationDate.gte=2020-01-01",
        "relatedParty.partyOrPartyRole.id={customer}",
        "productOrderItem.product.productCharacteristic.name=downloadSpeed",
        "productOrderItem.product.place.place.id={place}",
    ],
)
def test_filters_use_the_paths_of_v5(
    site: Site, created: dict[str, Any], shop: Shop, query: str
) -> None:
    text = query.format(customer=shop.customer, place=shop.place) + f"&id={created['id']}"
    assert site.admin.get(V5, query_string=text).json == [], "drafts are asked for by their state"
    text += "&state=draft"
    listed = site.admin.get(V5, query_string=text)
    assert [one["id"] for one in listed.json] == [created["id"]], listed.json


def test_a_path_of_v4_is_not_one_of_v5(site: Site) -> None:
    refused = site.admin.get(V5, query_string="orderDate.gte=2020-01-01")
    assert (refused.status_code, refused.json["code"]) == (400, "notFilterable")


def test_sort_and_fields_use_the_paths_of_v5(site: Site, created: dict[str, Any]) -> None:
    listed = site.admin.get(
        V5, query_string="state=draft&sort=-creationDate&fields=creationDate,externalId.id"
    )
    assert listed.status_code == 200
    dates = [one["creationDate"] for one in listed.json]
    assert dates == sorted(dates, reverse=True)
    mine = next(one for one in listed.json if one["id"] == created["id"])
    assert set(mine) == {"id", "href", "@type", "creationDate", "externalId"}
    assert mine["externalId"] == [{"id": "PO-7"}, {"id": "77"}]


def test_patches_use_the_paths_of_v5(site: Site, shop: Shop) -> None:
    admin: Client = site.admin
    made = admin.post(V5, {**v5_order(shop), "externalId": [{"id": "PO-9"}]}).json
    address = f"{V5}/{made['id']}"
    merged = admin.patch(address, {"externalId": [{"id": "PO-8"}], "priority": "1"})
    assert merged.status_code == 200, merged.json
    assert merged.json["externalId"] == [{"@type": "ExternalIdentifier", "id": "PO-8"}]
    operations = [
        {"op": "test", "path": "/relatedParty/0/partyOrPartyRole/id", "value": shop.customer},
        {"op": "replace", "path": "/note/0/text", "value": "call after noon"},
    ]
    patched = admin.patch(
        address, operations, headers={"Content-Type": "application/json-patch+json"}
    )
    assert patched.status_code == 200, patched.json
    shown = admin.get(f"{V4}/{made['id']}").json
    assert (shown["externalId"], shown["note"][0]["text"]) == ("PO-8", "call after noon")


def test_what_the_server_sets_cannot_be_set_in_v5(site: Site, shop: Shop) -> None:
    refused = site.admin.post(V5, {**v5_order(shop), "creationDate": "2020-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json["code"]) == (400, "notWritable")
