"""The hand-off of a step as its pane shows it: how far it is, and what was exchanged when."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.ordering.handoff.outbound import is_handed_over, outbound_state
from trunkline.ordering.handoff.trace import trace_of
from trunkline.ordering.plan_item import PlanItem
from trunkline.web.values import Cell, instant, state
from trunkline.web.wording import words

HOW = {
    "sent": "Sent",
    "asked": "Asked what became of it",
    "calledBack": "Told by a call-back",
    "reported": "Reported by the outside system",
}
PRICE = "orderTotalPrice"


def handed_over(step: PlanItem, zone: ZoneInfo) -> list[tuple[str, Cell]]:
    """Return how far the hand-off of a step is, and what the outside system says of its order."""
    if not is_handed_over(step) or step.request is None:
        return []
    answer = step.answer if isinstance(step.answer, dict) else {}
    theirs = answer["body"] if isinstance(answer.get("body"), dict) else {}
    found = [
        ("Outbound state", state(outbound_state(step))),
        ("External number", Cell("text", step.command_key or "")),
        ("Their id", Cell("text", str(answer.get("externalId") or ""))),
        ("Their state", Cell("text", words(str(theirs.get("state") or "")))),
        ("Expected there", instant(theirs.get("expectedCompletionDate"), zone)),
        ("Their price", Cell("text", _price(theirs.get(PRICE)))),
    ]
    if step.origin is None:
        found.append(("Outside system", Cell("text", step.system or "")))
    return found


def exchanges_of(step: PlanItem, zone: ZoneInfo, *, with_words: bool) -> list[dict[str, Any]]:
    """Return what was exchanged about a step, the newest first."""
    return [
        {
            "how": HOW.get(str(one.get("how")), words(str(one.get("how")))),
            "time": instant(one.get("time"), zone),
            "until": instant(one.get("until"), zone),
            "times": int(one.get("times") or 1),
            "result": state(str(one.get("result") or "")),
            "key": str(one.get("key") or ""),
            "their_id": str(one.get("externalId") or ""),
            "code": str(one.get("code") or ""),
            "message": str(one.get("message") or "") if with_words else "",
            "answer": _pretty(one.get("answer")) if with_words else "",
        }
        for one in reversed(trace_of(step))
    ]


def _price(said: Json) -> str:
    """Return the prices of an order of theirs in a line."""
    found = []
    for one in said if isinstance(said, list) else ():
        price = one.get("price") if isinstance(one, dict) else None
        amount = price.get("dutyFreeAmount") or price.get("taxIncludedAmount") if price else None
        if isinstance(amount, dict) and amount.get("value") is not None:
            found.append(f"{amount['value']} {amount.get('unit') or ''}".strip())
    return " + ".join(found)


def _pretty(value: Json) -> str:
    return "" if value is None else msgspec.json.format(encode(value), indent=2).decode()
