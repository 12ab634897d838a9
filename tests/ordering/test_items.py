"""Items of orders that other systems send: what they may ask for, and until when it may change."""

from __future__ import annotations

from typing import Any

from tests.ordering.scripted import Shop, pending
from tests.ordering.test_standalone import (
    RESOURCE_ORDER,
    SERVICE_ORDER,
    body,
    line,
    place,
    specification,
)

ITEM = "serviceOrderItem[0]"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["code"], one["path"]) for one in answer.json["fault"]}


def about(action: str, service: str) -> dict[str, Any]:
    return {"id": "1", "action": action, "service": {"id": service}}


def test_a_service_is_suspended_when_active_and_resumed_when_inactive(shop: Shop) -> None:
    """What the state of the service does not allow is refused by item, when the order is placed
    and when a patch changes what it asks for."""
    made = place(shop, line(shop, "1", "Wholesale Line"))
    service = made["serviceOrderItem"][0]["service"]["id"]
    post = shop.site.admin.post
    refused = post(SERVICE_ORDER, body(shop, about("resume", service)))
    assert codes(refused) == {("serviceStateWrong", f"{ITEM}.action")}
    later = post(SERVICE_ORDER, body(shop, about("modify", service), state="pending")).json
    address = f"{SERVICE_ORDER}/{later['id']}"
    for action, status in (("resume", 400), ("suspend", 200)):
        patched = shop.site.admin.patch(address, {"serviceOrderItem": [about(action, service)]})
        assert patched.status_code == status, patched.json
    place(shop, about("suspend", service))
    assert shop.site.rows("select p_state from service where id = %s", service) == [("inactive",)]
    refused = post(SERVICE_ORDER, body(shop, about("suspend", service)))
    assert codes(refused) == {("serviceStateWrong", f"{ITEM}.action")}
    place(shop, about("resume", service))
    place(shop, about("delete", service))
    refused = post(SERVICE_ORDER, body(shop, about("modify", service)))
    assert codes(refused) == {("serviceStateWrong", f"{ITEM}.action")}


def test_items_do_not_start_at_their_end(shop: Shop) -> None:
    """An item that says of itself that it is done before it began is refused."""
    done = {**line(shop, "1", "Wholesale Line"), "state": "completed"}
    refused = shop.site.admin.post(SERVICE_ORDER, body(shop, done))
    assert codes(refused) == {("lifecycleStart", f"{ITEM}.state")}
    port = {
        "id": "1",
        "action": "add",
        "state": "failed",
        "resource": {"name": "Port"},
        "resourceSpecification": {
            "id": specification(shop, "resource_specification", "Phone Number")
        },
    }
    refused = shop.site.admin.post(RESOURCE_ORDER, {"orderItem": [port]})
    assert codes(refused) == {("lifecycleStart", "orderItem[0].state")}
    assert shop.site.admin.post(
        RESOURCE_ORDER, {"orderItem": [{**port, "state": "pending"}]}
    ).status_code == 201  # fmt: skip


def test_an_order_begins_in_a_state_to_begin_in(shop: Shop) -> None:
    """Any other word is refused, with those that there are, and nothing begins: a draft is not
    carried out since its state was misspelled, nor what another system has completed already."""
    parties = [{"id": shop.customer, "role": "customer"}]
    wanted = {"relatedParty": parties, "billingAccount": {"id": shop.account},
              "productOrderItem": [shop.fibre()]}  # fmt: skip
    before = shop.site.rows("select count(*) from product_order")
    for word in ("draft", "completed", "bogus", "Pending", "inProgress", "", 7, {"is": "pending"}):
        refused = shop.site.admin.post(ORDER, {**wanted, "state": word})
        assert (refused.status_code, codes(refused)) == (400, {("badValue", "state")}), word
        assert "starts as acknowledged or pending, not" in refused.json["fault"][0]["message"]
    lead = "/tmf-api/sales/v4/salesLead"
    refused = shop.site.admin.post(lead, {"name": "Ada", "status": "accepted"})
    assert ("badValue", "status") in codes(refused), refused.json
    assert shop.site.rows("select count(*) from product_order") == before
    for word, state in (("pending", "draft"), ("acknowledged", "acknowledged"), (None, None)):
        taken = shop.site.admin.post(ORDER, {**wanted, "state": word} if word else wanted)
        assert taken.status_code == 201, taken.json
        assert taken.json["internalState"] == (state or "acknowledged")


def test_what_is_done_once_changes_no_more(shop: Shop) -> None:
    """A visit to set a thing up is made and stays as it was: nobody changes, suspends or resumes
    it, as a product or as a service; its record may be ended."""
    base = "/tmf-api"
    live = {"lifecycleStatus": "Active", "transient": True}

    def make(path: str, **said: Any) -> str:
        answer = shop.site.admin.post(f"{base}/{path}", said)
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    service = make("serviceCatalogManagement/v4/serviceSpecification", name="Set-up", **live,
                   specCharacteristic=[{"name": "rooms", "valueType": "integer"}])  # fmt: skip
    link = {"id": service, "name": "Set-up", "relationshipType": "realisedAs"}
    product = make("productCatalogManagement/v4/productSpecification", name="Home Set-up", **live,
                   serviceSpecification=[link])  # fmt: skip
    price = make("productCatalogManagement/v4/productOfferingPrice", name="Once",
                 lifecycleStatus="Active", priceType="oneTime",
                 price={"unit": "EUR", "value": 50})  # fmt: skip
    sold = make("productCatalogManagement/v4/productOffering", name="Home Set-up",
                lifecycleStatus="Active", isSellable=True,
                productSpecification={"id": product},
                productOfferingPrice=[{"id": price}])  # fmt: skip
    made = shop.order({"id": "1", "action": "add", "productOffering": {"id": sold}})
    shop.site.work()
    (thing,) = shop.products(shop.read(made))
    assert thing["status"] == "active"
    owner = {"relatedParty": [{"id": shop.customer, "role": "customer"}],
             "billingAccount": {"id": shop.account}}  # fmt: skip
    for action in ("modify", "suspend", "resume"):
        item = {"id": "1", "action": action, "product": {"id": thing["id"]}}
        refused = shop.site.admin.post(ORDER, {**owner, "productOrderItem": [item]})
        assert ("productTransient", "productOrderItem[0].action") in codes(refused), action
        own = thing["realizingService"][0]["id"]
        refused = shop.site.admin.post(SERVICE_ORDER, body(shop, about(action, own)))
        assert ("serviceTransient", f"{ITEM}.action") in codes(refused), action
    shop.order({"id": "1", "action": "delete", "product": {"id": thing["id"]}})
    shop.site.work()
    (thing,) = shop.products(shop.read(made))
    assert thing["status"] == "terminated"


def test_how_a_specification_is_carried_out_is_checked_when_it_goes_live(shop: Shop) -> None:
    """A draft may be unfinished; what may be ordered says of its fulfilment what is understood,
    with the path of each word that is not, in all three layers."""
    wrong = {"kind": "robot", "durationMinutes": -1, "pointOfNoReturn": "always", "titel": "Dig",
             "pointOfNoReturnReaches": "village", "system": "digger", "role": 7,
             "compensation": {"onChange": "Redo", "onCancle": "nothing"}}  # fmt: skip
    faults = {
        ("badValue", "fulfilment.kind"), ("badValue", "fulfilment.durationMinutes"),
        ("badValue", "fulfilment.pointOfNoReturn"), ("attributeUnknown", "fulfilment.titel"),
        ("badValue", "fulfilment.pointOfNoReturnReaches"), ("badType", "fulfilment.role"),
        ("systemUnknown", "fulfilment.system"), ("badValue", "fulfilment.compensation.onChange"),
        ("attributeUnknown", "fulfilment.compensation.onCancle"),
    }  # fmt: skip
    right = {"kind": "callout", "title": "Dig", "role": "crew", "durationMinutes": 30,
             "pointOfNoReturn": "soft", "pointOfNoReturnReaches": "order",
             "compensation": {"onChange": "redo", "onCancel": "nothing"}}  # fmt: skip
    for kind in ("productCatalogManagement/v4/productSpecification",
                 "serviceCatalogManagement/v4/serviceSpecification",
                 "resourceCatalog/v4/resourceSpecification"):  # fmt: skip
        path = f"/tmf-api/{kind}"
        drafted = {"name": "Trench", "lifecycleStatus": "In design", "fulfilment": wrong}
        made = shop.site.admin.post(path, drafted)
        assert made.status_code == 201, made.json
        one = f"{path}/{made.json['id']}"
        refused = shop.site.admin.patch(one, {"lifecycleStatus": "Active"})
        assert codes(refused) == faults
        at_once = shop.site.admin.post(path, {**drafted, "lifecycleStatus": "Active"})
        assert codes(at_once) == faults
        assert shop.site.admin.patch(one, {"fulfilment": None}).status_code == 200
        patch = {"lifecycleStatus": "Active", "fulfilment": right}
        taken = shop.site.admin.patch(one, patch)
        assert (taken.status_code, taken.json.get("fulfilment")) == (200, right), taken.json


def test_a_begun_order_keeps_what_it_was_asked_for(shop: Shop) -> None:
    """While the network is at it, neither another action nor another item is taken in silence;
    what is noted beside it is."""
    shop.network.script = {"Wholesale Line": [pending]}
    made = place(shop, line(shop, "1", "Wholesale Line"))
    address = f"{SERVICE_ORDER}/{made['id']}"
    (item,) = made["serviceOrderItem"]
    other = place(shop, line(shop, "1", "Fibre Access"))["serviceOrderItem"][0]["service"]
    for items in (
        [{**item, "action": "delete"}],
        [{**item, "service": other}],
        [item, line(shop, "2", "Fibre Access")],
        [{**item, "quantity": 2}],
        [{**item, "service": {**item["service"], "serviceCharacteristic": [
            {"name": "downloadSpeed", "value": 7}]}}],
    ):  # fmt: skip
        refused = shop.site.admin.patch(address, {"serviceOrderItem": items})
        assert refused.status_code == 409, refused.json
        assert {code for code, _ in codes(refused)} == {"conflictOrderBegun"}
    noted = [{**item, "operatorRemark": "ring twice"}]
    assert shop.site.admin.patch(address, {"serviceOrderItem": noted}).status_code == 200
    query = f"serviceOrder.id={made['id']}"
    (part,) = shop.site.admin.get(RESOURCE_ORDER, query_string=query).json
    path, (item,) = f"{RESOURCE_ORDER}/{part['id']}", part["orderItem"]
    for other in ({"action": "delete"}, {"quantity": 5}):
        refused = shop.site.admin.patch(path, {"orderItem": [{**item, **other}]})
        assert codes(refused) == {("conflictPartOfOrder", "orderItem[0]")}
    assert shop.site.admin.patch(path, {"orderItem": [{**item, "remark": "x"}]}).status_code == 200


def test_a_service_order_is_looked_at_as_an_order_of_products_is(shop: Shop) -> None:
    """Who orders, since when, what and how often, and whose service it is: all that is wrong is
    said at once, with the codes of TMF622 where that has the same fault."""
    post, sent = shop.site.admin.post, shop.fibre()
    right = line(shop, "1", "Wholesale Line")
    for parties, code in (
        ([], "customerMissing"),
        ([{"id": shop.customer, "role": "customer"}] * 2, "customerTwice"),
        ([{"id": shop.place, "role": "customer"}], "customerUnknown"),
    ):
        asked = {"relatedParty": parties, "serviceOrderItem": [right]}
        own = {"relatedParty": parties, "billingAccount": {"id": shop.account},
               "productOrderItem": [sent]}  # fmt: skip
        both = [codes(post(path, one)) for path, one in ((SERVICE_ORDER, asked), (ORDER, own))]
        assert {one for each in both for one, _ in each} >= {code}
        assert both[0] <= both[1]
    wrong = line(shop, "1", "Wholesale Line", quantity=0)
    values = [{"name": "downloadSpeed", "value": "fast"}, {"name": "colour", "value": "red"}]
    wrong["service"]["serviceCharacteristic"] = values
    where = f"{ITEM}.service.serviceCharacteristic"
    wrong["service"]["place"] = [{"id": Shop.open(shop.site).place, "role": "installation"}]
    nothing = {"id": "2", "action": "add", "service": {"name": "Something"}}
    assert codes(post(SERVICE_ORDER, body(shop, wrong, nothing))) == {
        ("quantityInvalid", f"{ITEM}.quantity"),
        ("characteristicType", f"{where}[0].value"),
        ("characteristicUnknown", f"{where}[1].name"),
        ("siteForeign", f"{ITEM}.service.place[0].id"),
        ("specificationMissing", "serviceOrderItem[1]"),
    }


def test_a_service_is_in_one_open_order_and_its_customers(shop: Shop) -> None:
    """A second order for it names the first one; another customer's is refused; so is an order
    that its customer has sent before."""
    made = place(shop, line(shop, "1", "Wholesale Line"))
    service = made["serviceOrderItem"][0]["service"]["id"]
    post = shop.site.admin.post
    neighbour = Shop.open(shop.site)
    assert codes(post(SERVICE_ORDER, body(neighbour, about("suspend", service)))) == {
        ("serviceForeign", f"{ITEM}.service.id")
    }
    later = body(shop, about("suspend", service), requestedStartDate="2031-05-01T00:00:00.000Z")
    first = post(SERVICE_ORDER, later | {"externalId": "SO-1"})
    assert first.status_code == 201, first.json
    shop.site.work()
    second = post(SERVICE_ORDER, body(shop, about("delete", service)))
    assert codes(second) == {("conflictOpenOrder", f"{ITEM}.service.id")}
    assert first.json["key"] in second.json["fault"][0]["message"]
    again = body(shop, line(shop, "1", "Wholesale Line"), externalId="SO-1")
    assert codes(post(SERVICE_ORDER, again)) == {("conflictExternalId", "externalId")}
