"""Sending: an order written as the interface writes it, once for each page."""

from __future__ import annotations

from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.ordering.intake import submit
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest import idempotency
from trunkline.rest.writing import change, create
from trunkline.web.capture.cart import Cart
from trunkline.web.capture.telling import Counter
from trunkline.web.once import made_once

ADDRESS = "/order/new"
MERGE = "application/merge-patch+json"


def written(work: Work, counter: Counter, *, is_draft: bool) -> str:
    """Write the order once for each page, and return its key."""
    cart, document = counter.cart, counter.body.document
    if cart.draft:
        return _changed(work, counter, is_draft=is_draft)
    body = document | ({"state": "pending"} if is_draft else {})
    return made_once(
        work, ProductOrder.resource, key_of(cart), ADDRESS, body,
        lambda: create(work, ProductOrder.resource, body),
    )  # fmt: skip


def key_of(cart: Cart) -> str:
    """Return the Idempotency-Key that a new order is sent with, empty where a page has none."""
    return f"{cart.place}:{cart.once}"[: idempotency.KEY_LENGTH_MAX] if cart.once else ""


def _changed(work: Work, counter: Counter, *, is_draft: bool) -> str:
    """Write a draft that is there already, and hand it in unless it stays one."""
    order = work.lock(ProductOrder, counter.cart.draft)
    if order.internal_state != "draft":
        raise Conflict("notADraft", f"{order.key} was sent in meanwhile; open it instead")
    document = counter.body.document
    patch: dict[str, Json] = {
        name: document.get(name)
        for name in (
            "productOrderItem", "billingAccount", "agreement", "requestedStartDate", "interaction"
        )
    }  # fmt: skip
    others = [one.raw for one in order.related_party if (one.role or "") != "customer"]
    patch["relatedParty"] = [*document.get("relatedParty", []), *others]
    change(work, order, patch, MERGE)
    if not is_draft:
        submit(work, order.id)
    return order.key
