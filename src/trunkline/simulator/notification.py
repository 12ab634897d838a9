"""Call-backs: TMF event envelope, Standard Webhooks signature, delivery with retries."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
import msgspec

from .command import Api
from .document import Clock, encode
from .record import Order, OrderState, Subscription, made_id
from .refusal import Fault, invalid
from .rendering import FORMS

_log = logging.getLogger(__name__)
_SECRET_PREFIX = "whsec_"
_TIMEOUT = aiohttp.ClientTimeout(total=10)


class Event(msgspec.Struct, frozen=True):
    """A call-back ready to be sent; a retry and a duplicate carry the same id."""

    id: str
    name: str
    body: bytes


def state_change(order: Order, state: OrderState, *, at: str, base_url: str) -> Event:
    """Write the event that an order reached a state (for TMF640 about the monitor)."""
    form, name = FORMS[order.command.api], _event_name(order.command.api)
    subject = {form.name: form.write(order, base_url=base_url, state=state)}
    event_id = made_id(order.id, order.accepted_at, state)
    envelope = {
        "eventId": event_id,
        "eventTime": at,
        "timeOcurred": at,
        "eventType": name,
        "correlationId": order.command.key,
        "event": subject,
    }
    return Event(event_id, name, encode(envelope))


def secret_bytes(secret: str) -> bytes:
    """Read a secret: `whsec_` and base64 as in Standard Webhooks, any other text as it is."""
    if secret.startswith(_SECRET_PREFIX):
        return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    return secret.encode()


def signed_headers(event_id: str, body: bytes, *, secret: bytes | None, at: int) -> dict[str, str]:
    """Write the Standard Webhooks headers; `at` in seconds since 1970. No secret, no signature."""
    headers = {"webhook-id": event_id, "webhook-timestamp": str(at)}
    if secret is not None:
        digest = hmac.digest(secret, f"{event_id}.{at}.".encode() + body, hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def checked_callback(address: str, path: str) -> str:
    """Check that a call-back address is http or https and take off its last slash."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise invalid([Fault(path, "callbackInvalid", "send an http or https address")])
    return address.rstrip("/")


def checked_query(query: str | None) -> str | None:
    """Check a hub's query: only `eventType=A,B` is understood."""
    if not query:
        return None
    if not query.startswith("eventType=") or "&" in query:
        message = "send eventType=A,B or leave the query out"
        raise invalid([Fault("query", "queryNotSupported", message)])
    return query


def addresses(
    order: Order, subscriptions: Mapping[tuple[Api, str], Subscription]
) -> tuple[str, ...]:
    """List where an order is called back: the address it named, else those of the hub."""
    if order.command.api not in FORMS:
        return ()
    if order.callback:
        return (order.callback,)
    name = _event_name(order.command.api)
    return tuple(
        subscription.callback
        for (api, _), subscription in subscriptions.items()
        if api is order.command.api and _wants(subscription.query, name)
    )


async def deliver(
    session: aiohttp.ClientSession,
    event: Event,
    callback: str,
    *,
    secret: bytes | None,
    attempts: int,
    clock: Clock,
    token: str = "",
) -> bool:
    """Post an event until it is taken; pauses double from 0.2 to 10 s. False: gave up."""
    url = f"{callback}/listener/{event.name[0].lower()}{event.name[1:]}"
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(min(0.1 * 2**attempt, 10.0))
        at = int(clock().timestamp())
        headers = signed_headers(event.id, event.body, secret=secret, at=at)
        headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with session.post(
                url, data=event.body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300:
                    return True
                _log.info("call-back %s to %s was answered %s", event.id, url, answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.info("call-back %s to %s failed: %r", event.id, url, error)
    _log.warning("call-back %s to %s given up after %s attempts", event.id, url, attempts)
    return False


async def post_result(
    session: aiohttp.ClientSession, body: bytes, address: str, *, token: str, attempts: int
) -> None:
    """Post a result until it is taken or refused for good; pauses double from 0.2 to 10 s."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(min(0.1 * 2**attempt, 10.0))
        try:
            async with session.post(
                address, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                if answer.status < 500 and answer.status not in (408, 409, 429):
                    return
                _log.info("result to %s was answered %s", address, answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.info("result to %s failed: %r", address, error)


def _event_name(api: Api) -> str:
    return f"{FORMS[api].kind}StateChangeEvent"


def _wants(query: str | None, event_name: str) -> bool:
    return query is None or event_name in query.removeprefix("eventType=").split(",")
