"""How records are written as TMF641 and TMF640 v4 documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from .command import Api
from .document import Document, encode, instant, part, parts
from .record import Cancellation, Order, OrderState
from .trouble import Failure

ORDERING_PATH = "/tmf-api/serviceOrdering/v4"
ACTIVATION_PATH = "/tmf-api/ServiceActivationAndConfiguration/v4"
PARTNER_PATH = "/tmf-api/productOrderingManagement/v4"
FIELD_PATH = "/tmf-api/workOrderManagement/v4"
RESOURCE_PATH = "/tmf-api/resourceOrderingManagement/v4"
PARTNER_PRICE = {"unit": "EUR", "value": 18.5}
PARTNER_TAKES = timedelta(days=5)
_MONITOR_STATES = {OrderState.COMPLETED: "Completed", OrderState.FAILED: "InError"}


def service_order(order: Order, *, base_url: str, state: OrderState | None = None) -> Document:
    """Write a TMF641 v4 service order; `state` shows it as it was when it had that state."""
    shown = state or order.state
    document: Document = {
        **_begun(order, f"{base_url}{ORDERING_PATH}/serviceOrder", shown),
        "startDate": order.accepted_at,
        "serviceOrderItem": _items(order, order.command.body, shown, base_url),
        "@type": order.command.body.get("@type", "ServiceOrder"),
    }
    is_final = shown is order.state and not order.is_open
    if is_final and order.completed_at:
        final_date = "cancellationDate" if shown is OrderState.CANCELLED else "completionDate"
        document[final_date] = order.completed_at
    if is_final and order.failure:
        document["errorMessage"] = [_error(order, order.failure, with_item=True)]
    return document


def _begun(order: Order, href: str, state: str) -> Document:
    """Write what an order of any interface begins with: as it was sent, and what is made of it."""
    return {
        **order.command.body,
        "id": order.id,
        "href": f"{href}/{order.id}",
        "externalId": order.command.body.get("externalId") or order.command.key,
        "state": state,
        "orderDate": order.accepted_at,
    }


def cancellation_task(task: Cancellation, form: OrderForm, *, base_url: str) -> Document:
    """Write the task of a cancellation in the form of the order that it cancels."""
    order_href = f"{base_url}{form.path}/{form.name}/{task.order_id}"
    document: Document = {
        "id": task.id,
        "href": f"{base_url}{form.path}/{form.cancel}/{task.id}",
        "state": task.state,
        "requestedCancellationDate": task.requested_at,
        form.name: {"id": task.order_id, "href": order_href, "@referredType": form.kind},
        "@type": f"Cancel{form.kind}",
    }
    if task.reason:
        document["cancellationReason"] = task.reason
    if task.failure:
        document["errorMessage"] = _error_body(task.failure)
    else:
        document["effectiveCancellationDate"] = task.requested_at
    return document


def simulated_service(service: Document, *, base_url: str) -> Document:
    """Write a TMF640 v4 service."""
    href = f"{base_url}{ACTIVATION_PATH}/service/{service['id']}"
    return {"@type": "Service", **service, "href": href}


def monitor(order: Order, *, base_url: str, state: OrderState | None = None) -> Document:
    """Write a TMF640 v4 monitor of a command; the response holds service or error as JSON."""
    shown = state or order.state
    service_id = _service_id(order)
    written: Document = {
        "id": order.id,
        "href": f"{base_url}{ACTIVATION_PATH}/monitor/{order.id}",
        "state": _MONITOR_STATES.get(shown, "InProgress"),
        "externalId": order.command.key,
        "@type": "Monitor",
    }
    if service_id:
        written["sourceHref"] = f"{base_url}{ACTIVATION_PATH}/service/{service_id}"
    if shown is OrderState.COMPLETED:
        service = simulated_service(order.results["1"], base_url=base_url)
        written["response"] = _response(200, service)
    elif shown is OrderState.FAILED:
        written["response"] = _response(failure_status(order), failure_body(order))
    return written


def failure_body(order: Order) -> Document:
    """Write the TMF error body of a TMF640 command that the network refused."""
    body = _error_body(order.failure) if order.failure else {}
    return {**body, "status": str(failure_status(order)), "@type": "Error"}


def failure_status(order: Order) -> int:
    """Say with which HTTP status a refused TMF640 command is answered."""
    return 404 if order.failure and order.failure.code == "serviceUnknown" else 409


def product_order(order: Order, *, base_url: str, state: OrderState | None = None) -> Document:
    """Write a TMF622 v4 product order; states have the names that the partner gives them."""
    shown = state or order.state
    word = order.plan.words.get(shown.value, shown.value)
    document: Document = {
        **_begun(order, f"{base_url}{PARTNER_PATH}/productOrder", word),
        "orderTotalPrice": [{"priceType": "recurring", "recurringChargePeriod": "month",
                             "price": {"dutyFreeAmount": PARTNER_PRICE}}],
        "productOrderItem": [_product_item(order, one, shown)
                             for one in parts(order.command.body, "productOrderItem")],
        "@type": "ProductOrder",
    }  # fmt: skip
    if shown is order.state and order.completed_at:
        document["completionDate"] = order.completed_at
    else:
        document["expectedCompletionDate"] = _expected(order)
    if shown is OrderState.FAILED and order.failure:
        document["errorMessage"] = [_error_body(order.failure)]
    return document


def resource_order(order: Order, *, base_url: str, state: OrderState | None = None) -> Document:
    """Write a TMF652 v4 resource order."""
    shown = state or order.state
    document: Document = {
        **_begun(order, f"{base_url}{RESOURCE_PATH}/resourceOrder", shown),
        "orderItem": [_resource_item(order, one, shown)
                      for one in parts(order.command.body, "orderItem")],
        "@type": "ResourceOrder",
    }  # fmt: skip
    if shown is order.state and order.completed_at:
        document["completionDate"] = order.completed_at
    if shown is OrderState.FAILED and order.failure:
        document["errorMessage"] = [_error_body(order.failure)]
    return document


def _resource_item(order: Order, body: Document, shown: OrderState) -> Document:
    state = _item_state(order, str(body["id"]), shown)
    return {**body, "state": state, **_made(order, body, shown, "resource")}


def work_order(order: Order, *, base_url: str, state: OrderState | None = None) -> Document:
    """Write a TMF697 v4 work order, with what came of the visit once there was one."""
    shown = state or order.state
    document: Document = {
        **_begun(order, f"{base_url}{FIELD_PATH}/workOrder", shown),
        "@type": "WorkOrder",
    }
    if shown is OrderState.COMPLETED:
        document["completionDate"] = order.completed_at
        document["result"] = order.results["1"]["result"]
    if shown is OrderState.FAILED and order.failure:
        document["note"] = {"text": order.failure.message}
    return document


def _product_item(order: Order, body: Document, shown: OrderState) -> Document:
    state = _item_state(order, str(body["id"]), shown)
    word = order.plan.words.get(state.value, state.value)
    return {**body, "state": word, **_made(order, body, shown, "product")}


def _made(order: Order, body: Document, shown: OrderState, name: str) -> Document:
    """Write what came of an item of a completed order, under the name of its kind."""
    result = order.results.get(str(body["id"])) if shown is OrderState.COMPLETED else None
    if result is None:
        return {}
    values = result.get("serviceCharacteristic", [])
    return {name: {**part(body, name), "id": result["id"], f"{name}Characteristic": values}}


def _expected(order: Order) -> str:
    """Say when an order is expected to be done, as the partner plans it."""
    taken = datetime.fromisoformat(order.accepted_at)
    return instant(taken + PARTNER_TAKES)


def _items(order: Order, holder: Document, shown: OrderState, base_url: str) -> list[Document]:
    written = []
    for body in parts(holder, "serviceOrderItem"):
        item = {**body, "state": _item_state(order, str(body["id"]), shown)}
        if shown is OrderState.COMPLETED and item["id"] in order.results:
            item["service"] = simulated_service(order.results[item["id"]], base_url=base_url)
        else:
            item["service"] = {**part(body, "service")}
        failure = order.failure
        if shown is OrderState.FAILED and failure and failure.item_id == item["id"]:
            item["errorMessage"] = [_error(order, failure, with_item=False)]
        if "serviceOrderItem" in body:
            item["serviceOrderItem"] = _items(order, body, shown, base_url)
        written.append(item)
    return written


def _item_state(order: Order, item_id: str, shown: OrderState) -> OrderState:
    """An order succeeds or fails as one; items beside the failed one are given up."""
    if shown is OrderState.FAILED and order.failure and order.failure.item_id != item_id:
        return OrderState.CANCELLED
    return shown


def _error(order: Order, failure: Failure, *, with_item: bool) -> Document:
    error = {**_error_body(failure), "timestamp": order.completed_at}
    if with_item and failure.item_id:
        # The published schema demands an `id` beside the `itemId` that it describes.
        reference = {"id": failure.item_id, "itemId": failure.item_id, "serviceOrderId": order.id}
        error["serviceOrderItem"] = [reference]
    return error


def _error_body(failure: Failure) -> Document:
    return {"code": failure.code, "reason": failure.reason, "message": failure.message}


def _service_id(order: Order) -> str | None:
    result = order.results.get("1")
    service = result if result is not None else order.command.items[0].service
    identifier = service.get("id")
    return identifier if isinstance(identifier, str) else None


def _response(status: int, body: Document) -> Document:
    header = [{"name": "Content-Type", "value": "application/json"}]
    return {"statusCode": str(status), "header": header, "body": encode(body).decode()}


class Written(Protocol):
    """Writes an order as the document of its interface."""

    def __call__(self, order: Order, *, base_url: str, state: OrderState | None = None) -> Document:
        """Write it; `state` shows it as it was when it had that state."""


@dataclass(frozen=True)
class OrderForm:
    """What one interface of orders calls them, where it is, and how it writes one."""

    path: str
    name: str
    write: Written

    @property
    def kind(self) -> str:
        """Give the name as a type."""
        return self.name[0].upper() + self.name[1:]

    @property
    def cancel(self) -> str:
        """Give the name of its cancellations."""
        return f"cancel{self.kind}"


FORMS: Mapping[Api, OrderForm] = {
    Api.ORDERING: OrderForm(ORDERING_PATH, "serviceOrder", service_order),
    Api.PARTNER: OrderForm(PARTNER_PATH, "productOrder", product_order),
    Api.RESOURCES: OrderForm(RESOURCE_PATH, "resourceOrder", resource_order),
    Api.FIELD: OrderForm(FIELD_PATH, "workOrder", work_order),
    Api.ACTIVATION: OrderForm(ACTIVATION_PATH, "monitor", monitor),
}
"""The interfaces whose orders end later and are called back."""
