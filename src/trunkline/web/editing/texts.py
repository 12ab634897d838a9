"""Texts: values as they stand in inputs, and what was typed there as values again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from trunkline.documents.decode import bounded_number, decode, encode
from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Attribute, Json, format_instant, parse_instant
from trunkline.web.values import DAYS, typed_number
from trunkline.web.wording import HOLDERS, words

LONG_NAMES = frozenset({"description", "text", "comment", "reason", "stateReason", "errorLog"})
LONG_LENGTH = 400
IN_ONE_LINE = frozenset({"url", "callback", "href"})
"""Names of what may be long and is still no text: addresses have no second line."""
LABELS = {"startDateTime": "From", "endDateTime": "Until", "isBundle": "Bundle"}


def label_of(attribute: Attribute) -> str:
    """Return what an attribute is called where it is asked for."""
    holder = HOLDERS.get(attribute.json_name) if attribute.shape and not attribute.is_list else None
    return holder or LABELS.get(attribute.json_name) or words(attribute.json_name)


def input_kind(attribute: Attribute) -> str:
    """Return which input an attribute without a shape is typed into."""
    if attribute.choices:
        return "choice"
    if attribute.scalar == "instant":
        return "date" if attribute.json_name in DAYS else "instant"
    if attribute.scalar == "text" and attribute.json_name in LONG_NAMES:
        return "long"
    return attribute.scalar if attribute.scalar != "any" else "text"


def is_long(name: str, length_max: int | None) -> bool:
    """Tell whether a text of this name may be so long that it is typed in several lines."""
    return (length_max or 0) > LONG_LENGTH and name not in IN_ONE_LINE


def text_of(kind: str, value: Json, zone: ZoneInfo) -> str:
    """Return a value as its input shows it; what does not fit is shown as it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (dict, list)):
        return encode(value).decode()
    if kind in {"date", "instant", "dateTime"} and isinstance(value, str):
        return _moment_text(kind, value, zone)
    return str(value)


def _moment_text(kind: str, value: str, zone: ZoneInfo) -> str:
    if kind == "date" and len(value) == len("2026-11-21"):
        return value
    try:
        moment = parse_instant(value)
    except ValueError:
        return value
    if kind == "date":
        return f"{moment:%Y-%m-%d}"
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"


def value_of(kind: str, text: str, former: Json, zone: ZoneInfo) -> Json:
    """Return what was typed as a value, None for nothing.

    What reads as before is as before: nothing is rounded by being shown. A text that is not of
    the kind stays one, so that whoever checks the record says what is wrong with it.
    """
    plain = text.replace("\r\n", "\n")
    if plain == text_of(kind, former, zone).replace("\r\n", "\n"):
        return former
    plain = plain.rstrip() if kind == "long" else plain.strip()
    if not plain:
        return None
    match kind:
        case "integer" | "number" | "decimal":
            return _number(plain, whole=kind == "integer")
        case "boolean":
            return {"true": True, "false": False}.get(plain, plain)
        case "instant" | "dateTime":
            return _instant(plain, zone)
        case "date":
            return f"{plain}T00:00:00.000Z" if _is_day(plain) else plain
        case "json" | "duration":
            return _json(plain)
    return _json(plain) if isinstance(former, (dict, list)) else plain


def _number(text: str, *, whole: bool) -> Json:
    try:
        number = bounded_number(typed_number(text))
    except (InvalidOperation, ValueError):
        return text
    return int(number) if whole and number == int(number) else number


def _instant(text: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
        local = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        return format_instant(local.astimezone(UTC))
    except (ValueError, OverflowError):
        return text


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a day is in no zone
    except ValueError:
        return False
    return True


def _json(text: str) -> Json:
    try:
        return decode(text.encode())
    except Refusal:
        return text
