"""Own requests: what a customer may ask for without the staff, as the request types have it."""

from __future__ import annotations

from trunkline.care.request import OPEN, CustomerRequest
from trunkline.care.request_type import RequestType
from trunkline.kernel.work import Work

PORTAL = "portal"
TYPES_MAX = 200


def types_offered(work: Work, channel: str = PORTAL) -> list[RequestType]:
    """Return the types that a customer may ask for alone on a channel, by name.

    How often each may be asked for is told when it is.
    """
    if work.actor.grant(CustomerRequest.resource, "create") is None:
        return []
    if work.actor.grant(RequestType.resource, "read") is None:
        return []
    active = work.find(RequestType, {"lifecycleStatus": "active"}, limit=TYPES_MAX)
    offered = [
        one for one in active
        if one.self_service and (not one.channel or channel in list(one.channel))
    ]  # fmt: skip
    return sorted(offered, key=lambda one: ((one.name or "").casefold(), one.id))


def may_call_off(work: Work, request: CustomerRequest) -> bool:
    """Tell whether who asked for something may still call it off."""
    is_granted = work.actor.grant(CustomerRequest.resource, "update") is not None
    return is_granted and request.status in OPEN
