"""What messages to billing and payments do there. Pure: what is kept is read, never written.

Billing keeps the last message of each product. A payment is reserved, then taken, then given back,
each at most to its amount. Amounts are in the unit of the payment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from .command import Action, Api, Command
from .document import Document, part, parts, text
from .effect import Impossible
from .record import made_id
from .trouble import Failure

Effect: TypeAlias = Callable[[Command, Mapping[str, Document]], Document]
DECLINED = "decline"
"""A token with this word in it is declined."""


def billed(command: Command, known: Mapping[str, Document]) -> Document:
    """Return what billing keeps of a product; a message older than the last one changes nothing."""
    told = command.body
    before = known.get(str(told["product"]["id"]))
    if before is not None and before["sequence"] > told["sequence"]:
        return before
    return {**told, "id": str(told["product"]["id"])}


def paid(command: Command, known: Mapping[str, Document]) -> Document:
    """Return a payment after what is asked of it."""
    match command.items[0].action:
        case Action.ADD:
            return _reserved(command)
        case Action.MODIFY:
            return _taken(command, _payment(command, known))
        case _:
            return _given_back(command, _payment(command, known))


def visited(command: Command, _known: Mapping[str, Document]) -> Document:
    """Return what came of a visit: the devices that were fitted, with their numbers."""
    devices = [
        {
            "name": one.get("name"),
            "serialNumber": made_id(command.key, str(one.get("name")), str(n))[:13],
        }
        for one in parts(command.body, "part")
        if one.get("hasSerialNumber")
        for n in range(one.get("quantity") or 1)
    ]
    result = {"outcome": "done", **({"device": devices} if devices else {})}
    return {"id": made_id(command.key, "visit"), "name": command.items[0].service["name"],
            "result": result}  # fmt: skip


EFFECTS: Mapping[Api, Effect] = {Api.BILLING: billed, Api.PAYMENT: paid, Api.FIELD: visited}


def amount_of(body: Mapping[str, Any], name: str = "amount") -> Decimal | None:
    """Read an amount; None where there is none, or none above nothing."""
    try:
        value = Decimal(str(part(body, name).get("value")))
    except InvalidOperation:
        return None
    return value if value.is_finite() and value > 0 else None


def _reserved(command: Command) -> Document:
    token = text(part(command.body, "paymentMethod"), "id") or ""
    if DECLINED in token.casefold():
        raise _impossible("paymentDeclined", "The payment was declined", "use another card")
    # The token is not kept: nobody needs it any more.
    kept = {name: one for name, one in command.body.items() if name != "paymentMethod"}
    return {
        **kept,
        "id": made_id(command.key, "payment"),
        "status": "authorized",
        "authorizationCode": made_id(command.key, "authorization")[:8],
        "captured": _money(command.body, Decimal(0)),
        "refunded": _money(command.body, Decimal(0)),
        "@type": "Payment",
    }


def _taken(command: Command, before: Document) -> Document:
    if before["status"] != "authorized":
        message = f"the payment is {before['status']}"
        raise _impossible("paymentNotOpen", "Nothing can be taken", message)
    asked = amount_of(command.body) or _value(before, "amount")
    if asked > _value(before, "amount"):
        raise _impossible("amountTooHigh", "The amount is too high", "take what is reserved")
    return {**before, "status": "captured", "captured": _money(before, asked)}


def _given_back(command: Command, before: Document) -> Document:
    """Give back what was taken, or let go what was only reserved."""
    if before["status"] == "authorized":
        return {**before, "status": "released"}
    left = _value(before, "captured") - _value(before, "refunded")
    asked = amount_of(command.body) or left
    if asked > left or left == 0:
        raise _impossible("amountTooHigh", "The amount is too high", "give back what was taken")
    whole = _value(before, "refunded") + asked
    status = "refunded" if whole == _value(before, "captured") else "captured"
    return {**before, "status": status, "refunded": _money(before, whole)}


def _payment(command: Command, known: Mapping[str, Document]) -> Document:
    found = known.get(str(command.items[0].service["id"]))
    if found is None:
        raise _impossible("paymentUnknown", "There is no such payment", "reserve it first")
    return found


def _value(document: Document, name: str) -> Decimal:
    return Decimal(str(document[name]["value"]))


def _money(document: Document, value: Decimal) -> Document:
    return {"unit": part(document, "amount").get("unit"), "value": value}


def _impossible(code: str, reason: str, message: str) -> Impossible:
    return Impossible(Failure(code, reason, message))
