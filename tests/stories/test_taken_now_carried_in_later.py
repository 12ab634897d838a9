"""A channel sends orders faster than they can be made: they are taken at once, and none is lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.operator import ORDER, OWN, SERVICE_SPECIFICATION, Customer, Operator
from trunkline.kernel.actor import Grant
from trunkline.ordering.capture import order_request

RESOURCE_SPECIFICATION = "/tmf-api/resourceCatalog/v4/resourceSpecification"
REQUEST = f"{OWN}/orderRequest"
V5 = "/tmf-api/productOrderingManagement/v5/productOrder"
LATER = {"Prefer": "respond-async"}
TV = "TV Basic"


class Died(BaseException):
    """What a process that is killed leaves behind: nothing of its transaction."""


@pytest.fixture
def dying() -> Iterator[dict[str, int]]:
    """Let the worker die at each n-th order that it has made, before it has said so."""
    told = {"every": 0, "seen": 0, "deaths": 0}
    reference = order_request.ProductOrderRef

    def named(**said: Any) -> Any:
        told["seen"] += 1
        if told["every"] and told["seen"] % told["every"] == 0:
            told["deaths"] += 1
            raise Died
        return reference(**said)

    order_request.ProductOrderRef = named  # type: ignore[assignment, misc]
    yield told
    order_request.ProductOrderRef = reference  # type: ignore[misc]


def body(ada: Customer, ident: str, **more: Any) -> dict[str, Any]:
    return ada.body(ada.add("1", TV), externalId=ident, **more)


@pytest.mark.accepts("API-04")
def test_an_order_is_taken_and_its_status_told(operator: Operator) -> None:
    """With the wish for an answer at once comes 202 and where the status stands: first new, then
    completed with the order; in both versions; the same key gives the same request."""
    ada = operator.ada()
    key = {**LATER, "Idempotency-Key": "later-1"}
    first = operator.staff.post(ORDER, body(ada, "later-1"), headers=key)
    assert first.status_code == 202, first.json
    assert first.headers["Preference-Applied"] == "respond-async"
    status = first.headers["Location"]
    assert status.startswith("http"), "as of what was made"
    assert operator.staff.post(ORDER, body(ada, "later-1"), headers=key).json == first.json
    assert operator.read(status)["state"] == "new"
    assert operator.find(ORDER, externalId="later-1") == []
    operator.settle()
    told = operator.read(status)
    assert told["state"] == "completed"
    order = operator.read(ORDER, told["productOrder"]["id"])
    assert (order["externalId"], order["state"]) == ("later-1", "completed")
    assert operator.audit(order["id"])[0] == ("Admin", "api", "create")
    newer = {
        "@type": "ProductOrder", "externalId": [{"id": "later-2", "owner": "shop"}],
        "productOrderItem": [{"@type": "ProductOrderItem", "id": "1", "action": "add"}],
    }  # fmt: skip
    assert operator.staff.post(V5, newer, headers=LATER).status_code == 202
    plain = operator.staff.post(ORDER, body(ada, "now"))
    assert (plain.status_code, "Preference-Applied" in plain.headers) == (201, False)


@pytest.mark.accepts("API-04")
@pytest.mark.parametrize(
    ("path", "name", "item"),
    [("serviceOrdering/v4/serviceOrder", "service", {"service": {"name": "Line"}}),
     ("resourceOrderingManagement/v4/resourceOrder", "resource", {"resource": {"name": "Port"}})],
)  # fmt: skip
def test_domain_orders_are_taken_alike(
    operator: Operator, path: str, name: str, item: dict[str, Any]
) -> None:
    """A service and a resource order are taken at once like a product order: the status tells
    which was made, or what is wrong until it is sent again, by who may order that kind."""
    order, staff = f"/tmf-api/{path}", operator.staff
    if name == "service":
        (known,) = operator.find(SERVICE_SPECIFICATION, name="Voice Line")
        item["service"]["serviceSpecification"] = {"id": known["id"]}
    else:
        (known,) = operator.find(RESOURCE_SPECIFICATION, name="Phone Number")
        item["resourceSpecification"] = {"id": known["id"]}
    owner = [{"id": operator.ada().id, "role": "customer"}]
    sent: dict[str, Any] = {"externalId": f"later-{name}", "state": "pending"}
    sent["relatedParty"] = owner
    lines = {"serviceOrderItem" if name == "service" else "orderItem":
             [{"id": "1", "action": "add", **item}]}  # fmt: skip
    taken = staff.post(order, {**sent, **lines}, headers=LATER)
    wrong = staff.post(order, {**sent, **lines, "relatedParty": 5}, headers=LATER)
    assert (taken.status_code, wrong.status_code) == (202, 202), (taken.json, wrong.json)
    assert operator.find(order, externalId=sent["externalId"]) == []
    operator.settle()
    told = operator.read(taken.headers["Location"])
    assert (told["state"], told["orderKind"]) == ("completed", f"{name.title()}Order"), told
    made = operator.read(order, told[f"{name}Order"]["id"])
    assert (made["externalId"], made["state"]) == (sent["externalId"], "pending")
    told = operator.read(wrong.headers["Location"])
    assert (told["state"], told["fault"][0]["code"]) == ("error", "badType"), told
    rights = {one: Grant("all") for one in ("TMF622:create", "ordering:read")}
    role = operator.site.role(f"r-{name}", rights)
    shop = operator.site.user(f"retry-{name}", roles=[role], scopes=tuple(rights))
    retry = f"{REQUEST}/{told['id']}/retry"
    assert shop.post(retry, {}).status_code == 403


def test_a_request_that_is_wrong_waits_to_be_tried_again(operator: Operator) -> None:
    """Its faults stand at the request; corrected, it is carried in; what is no order is refused."""
    ada = operator.ada()
    wrong = body(ada, "later-3") | {"billingAccount": None}
    taken = operator.staff.post(ORDER, wrong, headers=LATER)
    operator.settle()
    told = operator.read(taken.headers["Location"])
    assert (told["state"], told["attempt"]) == ("error", 1)
    assert [one["code"] for one in told["fault"]] == ["billingAccountMissing"]
    retry = f"{REQUEST}/{told['id']}/retry"
    assert operator.staff.post(retry, {"order": "x"}).status_code == 400
    bea = operator.ada()
    hers = body(bea, "later-3") | {"billingAccount": None}
    assert operator.staff.post(retry, {"order": hers}).status_code == 202
    operator.settle()
    assert operator.read(taken.headers["Location"])["relatedParty"][0]["id"] == bea.id
    assert operator.staff.post(retry, {"order": body(ada, "later-3")}).status_code == 202
    operator.settle()
    again = operator.read(taken.headers["Location"])
    assert (again["state"], again["attempt"], again["fault"]) == ("completed", 3, [])
    assert again["relatedParty"][0]["id"] == ada.id
    assert "order" not in again
    assert operator.staff.post(retry, {}).status_code == 409
    long = [body(ada, f"long-{n}") | {"description": "x" * 400_000} for n in range(3)]
    assert operator.staff.post(f"{REQUEST}/batch", {"order": long}).status_code == 202
    for bad in ([], {"order": []}, {"order": ["x"]}):
        assert operator.staff.post(f"{REQUEST}/batch", bad).status_code == 400


def test_only_who_may_order_is_taken_in(operator: Operator) -> None:
    """Rights count when it is sent and when it is carried in; a request is seen by who may, and
    how it stands by who sent it, while they may still order."""
    ada = operator.ada()
    name = "later-shop"
    rights = ("TMF622:create", "TMF622:read")
    role = operator.site.role(name, {one: Grant("all") for one in rights})
    shop, rival = (operator.site.user(one, roles=[role], scopes=rights) for one in (name, "rival"))
    taken = shop.post(ORDER, body(ada, "later-4"), headers=LATER)
    assert taken.status_code == 202
    for named in (taken.headers["Location"], f"{REQUEST}/{taken.json['key']}"):
        told = shop.get(named)
        assert (told.status_code, told.json["state"], told.json["id"], "order" in told.json) == (
            200, "new", taken.json["id"], False,
        )  # fmt: skip
    assert shop.get(taken.headers["Location"], query_string="fields=state").json["state"] == "new"
    assert rival.get(taken.headers["Location"]).status_code == 403
    assert shop.get(f"{REQUEST}/{uuid.uuid4()}").status_code == 403, "as for what there is not"
    assert shop.get(REQUEST).status_code == 403
    reader = operator.site.role("later-reader", {"TMF622:read": Grant("all")})
    nobody = operator.site.user("later-reader", roles=[reader], scopes=("TMF622:read",))
    assert nobody.post(ORDER, body(ada, "later-5"), headers=LATER).status_code == 403
    assert nobody.post(f"{REQUEST}/batch", {"order": [body(ada, "x")]}).status_code == 403
    with operator.site.services.database.app.connection() as connection:
        connection.execute("update principal set active = false where name = %s", [name.title()])
    operator.settle()
    assert shop.get(taken.headers["Location"]).status_code == 401
    (told,) = operator.find(REQUEST, externalId="later-4")
    assert (told["state"], told["fault"][0]["code"]) == ("error", "notAllowed")
    assert operator.find(ORDER, externalId="later-4") == []


def test_a_batch_survives_a_worker_that_dies(operator: Operator, dying: dict[str, int]) -> None:
    """Thirty orders in a batch, one of them sent twice, and a worker that dies at each fourth:
    each is made once, the twin is refused, and nothing is left over."""
    ada = operator.ada()
    sent = [body(ada, f"batch-{number}") for number in range(30)]
    taken = operator.staff.post(f"{REQUEST}/batch", {"order": [*sent, sent[7]], "batch": "Fair"})
    assert taken.status_code == 202, taken.json
    assert len(taken.json) == 31
    dying["every"] = 4
    for _ in range(60):
        try:
            operator.settle()
            break
        except Died:
            with operator.site.services.database.app.connection() as connection:
                connection.execute("update work set lease_until = null, worker = null")
    assert dying["deaths"] >= 7
    told = operator.find(REQUEST, batch="Fair", limit="100")
    states = [one["state"] for one in told]
    assert (states.count("completed"), states.count("error")) == (30, 1)
    (twin,) = [one for one in told if one["state"] == "error"]
    assert [one["code"] for one in twin["fault"]] == ["conflictExternalId"]
    made = operator.find(ORDER, relatedParty__id=ada.id, limit="100")
    assert sorted(one["externalId"] for one in made) == sorted(one["externalId"] for one in sent)
    assert {one["state"] for one in made} == {"completed"}
