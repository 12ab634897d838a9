"""What a customer agreed to: each word with its purpose, its channel, its day and its proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from trunkline.documents.shape import Json, parse_instant
from trunkline.party.preference import channel_of
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.values import EMPTY, instant
from trunkline.web.wording import words

WISHES = {"doNotContact": "Wants no contact", "doNotSolicit": "Wants no offers"}
EVER = datetime.min.replace(tzinfo=UTC)


def consents_shown(desk: Desk, people: Sequence[Record], now: datetime) -> dict[str, Any]:
    """Return the words that records hold, the latest first, and how they want to be reached.

    Of a purpose and a channel the latest word of each record counts, and of two of one moment the
    no; a word of no channel is one of all. What is dated later than `now` is not said yet.
    """
    held = [
        (one, said)
        for one in people
        if isinstance(said := one.document.get("contactPreference"), dict)
    ]
    rows = [row for one, said in held for row in _words(desk, one, said)]
    rows.sort(key=lambda row: (row["moment"], not row["given"]), reverse=True)
    said_of: set[tuple[str, str, str]] = set()
    for row in rows:
        own = (row["record"], row["purpose"].lower(), channel_of(row["channel"]))
        is_said = row["moment"] <= now
        row["counts"] = is_said and not said_of & {own, (*own[:2], "")}
        said_of |= {own} if is_said else set()
    channels = dict.fromkeys(
        str(one) for _, said in held for one in said.get("permittedChannel") or ()
    )
    return {
        "consents": rows,
        "wishes": [text for name, text in WISHES.items()
                   if any(said.get(name) is True for _, said in held)],
        "only_by": [words(one) for one in channels],
    }  # fmt: skip


def _words(desk: Desk, record: Record, said: dict[str, Json]) -> Iterator[dict[str, Any]]:
    for one in said.get("consent") or ():
        if not isinstance(one, dict):
            continue
        at = one.get("at")
        yield {
            "record": record.id,
            "purpose": words(str(one.get("purpose") or "")),
            "channel": words(str(one["channel"])) if one.get("channel") else "",
            "given": one.get("given") is True,
            "moment": parse_instant(at) if isinstance(at, str) else EVER,
            "at": instant(at, desk.zone) if isinstance(at, str) else EMPTY,
            "version": str(one.get("textVersion") or ""),
            "proof": str(one.get("proof") or ""),
        }
