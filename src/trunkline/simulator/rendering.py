"""How records are written as TMF641 and TMF640 v4 documents."""

from __future__ import annotations

from .document import Document, encode, part, parts
from .record import Cancellation, Order, OrderState
from .trouble import Failure

ORDERING_PATH = "/tmf-api/serviceOrdering/v4"
ACTIVATION_PATH = "/tmf-api/ServiceActivationAndConfiguration/v4"
_MONITOR_STATES = {OrderState.COMPLETED: "Completed", OrderState.FAILED: "InError"}


def service_order(order: Order, *, base_url: str, state: OrderState | None = None) -> Document:
    """Write a TMF641 v4 service order; `state` shows it as it was when it had that state."""
    shown = state or order.state
    document: Document = {
        **order.command.body,
        "id": order.id,
        "href": f"{base_url}{ORDERING_PATH}/serviceOrder/{order.id}",
        "externalId": order.command.body.get("externalId") or order.command.key,
        "state": shown,
        "orderDate": order.accepted_at,
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


def cancellation_task(task: Cancellation, *, base_url: str) -> Document:
    """Write a TMF641 v4 CancelServiceOrder task."""
    order_href = f"{base_url}{ORDERING_PATH}/serviceOrder/{task.order_id}"
    document: Document = {
        "id": task.id,
        "href": f"{base_url}{ORDERING_PATH}/cancelServiceOrder/{task.id}",
        "state": task.state,
        "requestedCancellationDate": task.requested_at,
        "serviceOrder": {"id": task.order_id, "href": order_href, "@referredType": "ServiceOrder"},
        "@type": "CancelServiceOrder",
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
