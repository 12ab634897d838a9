"""The form by which an order that runs is changed: its lines with what they ask for, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.decode import bounded_number, encode, load
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.ordering.revision.content import ITEMS
from trunkline.ordering.revision.no_return import Passed
from trunkline.web.forms import Form
from trunkline.web.wording import words

COMPLETION = "requestedCompletionDate"
LINE_DATES = {"begin": "requestedStartDate", "due": COMPLETION}
"""The dates of a line that the form asks for, by the names of their fields."""
QUANTITY_DIGITS = 9


def lines_shown(
    items: Iterable[Json],
    catalog: CatalogSnapshot,
    passed: Mapping[str, Passed],
    sites: Mapping[str, str],
    said: Mapping[str, Json],
    zone: ZoneInfo,
    depth: int = 0,
) -> list[dict[str, Any]]:
    """Return what the form shows of each line; one past a hard point of no return is only shown.

    `sites` are the places that a line may be at, by id with their names, `said` the lines as they
    are asked for by now, by id; those that are to go are not among them.
    """
    found: list[dict[str, Any]] = []
    for present in items:
        item = said.get(str(present.get("id")), present)
        product = item.get("product") or {}
        ident, held = str(item.get("id")), product.get("place") or []
        place = held[0] if held else {}
        sold = item.get("productOffering") or {}
        one = passed.get(ident)
        found.append(
            {
                "id": ident,
                "depth": min(depth, 3),
                "name": _name_of(item),
                "action": words(str(item.get("action", ""))),
                "quantity": item.get("quantity") or 1,
                "has_quantity": item.get("action") == "add",
                "values": _values(product, _specification(product, catalog)),
                "place": place.get("id", ""),
                "places": {**({place["id"]: place.get("name") or place["id"]} if place else {}),
                           **sites} if place else {},
                "has_offering": item.get("action") in ("add", "modify") and bool(sold),
                "offering": sold.get("id", ""),
                "offering_name": sold.get("name") or sold.get("id", ""),
                **{field: day_of(item.get(name), zone) for field, name in LINE_DATES.items()},
                "passed": one.sentence if one is not None else "",
                "is_fixed": one is not None and one.kind == "hard",
                "goes": ident not in said,
            }
        )  # fmt: skip
        inside = present.get(ITEMS) or ()
        found += lines_shown(inside, catalog, passed, sites, said, zone, depth + 1)
    return found


@dataclass(frozen=True)
class _Reading:
    """What a form says of an order: its days are of a zone, `idents` are those of all lines.

    `wrong` takes what is no such thing; there all stays as it is.
    """

    form: Form
    zone: ZoneInfo
    idents: Collection[str]
    wrong: list[Fault]


def content_said(
    form: Form, content: dict[str, Json], zone: ZoneInfo, wrong: list[Fault]
) -> dict[str, Json]:
    """Return the picture of an order as the form asks for it; `wrong` takes what it says amiss."""
    said: dict[str, Json] = load(encode(content))
    reading = _Reading(form, zone, flat(said.get(ITEMS) or ()), wrong)
    said[ITEMS] = _items_said(reading, said.get(ITEMS) or [])
    offering = offering_said(form)
    if offering:
        item: dict[str, Json] = {"id": _free_id(reading.idents), "action": "add",
                                 "productOffering": {"id": offering}}  # fmt: skip
        _take_quantity(reading, "new-quantity", item)
        place = next((one["product"]["place"] for one in said[ITEMS]
                      if (one.get("product") or {}).get("place")), None)  # fmt: skip
        if place is not None:
            item["product"] = {"place": load(encode(place))}
        said[ITEMS].append(item)
    _take_day(reading, "completion", said, COMPLETION)
    account = form.text("account")
    if account and account != (said.get("billingAccount") or {}).get("id"):
        said["billingAccount"] = {"id": account}
    _take_parties(form, said)
    if "contact" in form.fields:
        said["notificationContact"] = form.text("contact") or None
    # What was emptied is taken out, rather than left as it is.
    return {name: None for name in content if name not in said} | said


def offering_said(form: Form, field: str = "new-offering") -> str:
    """Return what a look-up says: the one picked from what was found, or a typed key."""
    typed = form.text(f"{field}.text").strip()
    return form.text(field) if typed == form.text(f"{field}.shown") else typed


def day_of(moment: Json, zone: ZoneInfo) -> str:
    """Return the day of a moment as an input has it, in the business time zone."""
    return f"{parse_instant(moment).astimezone(zone):%Y-%m-%d}" if isinstance(moment, str) else ""


def others_of(content: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return who is named in a picture of an order beside the customer."""
    parties = content.get("relatedParty") or ()
    return [one for one in parties if str(one.get("role") or "").lower() != "customer"]


def contacts_shown(
    content: Mapping[str, Json], names: Mapping[str, str], form: Form | None
) -> list[dict[str, Any]]:
    """Return who is named beside the customer, by role, and who of them is to go."""
    gone = form.fields if form is not None else ()
    return [
        {"at": contact_at(one), "role": str(one.get("role") or ""),
         "name": str(one.get("name") or names.get(str(one.get("id"))) or one.get("id") or ""),
         "goes": f"gone-{contact_at(one)}" in gone}
        for one in others_of(content)
    ]  # fmt: skip


def contact_at(party: Mapping[str, Json]) -> str:
    """Return by what the form names a contact: who it is, in which role."""
    return f"party-{party.get('id')}-{party.get('role') or ''}"


def _take_parties(form: Form, said: dict[str, Json]) -> None:
    """Take off the contacts that are to go, and add the one that was picked."""
    parties = said.get("relatedParty") or []
    kept = [one for one in parties if not form.text(f"gone-{contact_at(one)}")]
    new, role = offering_said(form, "new-party"), form.text("new-party-role")
    if new:
        kind = form.text("new-party.kind") or "Individual"
        made = {"id": new, "role": role or "contact", "@referredType": kind}
        named = form.text("new-party.text")
        kept.append(made | ({"name": named} if named and named != new else {}))
    if kept != parties:
        said["relatedParty"] = kept


def _take_day(said: _Reading, field: str, holder: dict[str, Json], name: str) -> None:
    """Take over a day that was typed; what is emptied goes, what is as it was stays as it is."""
    day, held = said.form.text(field), day_of(holder.get(name), said.zone)
    if field not in said.form.fields or day == held:
        return
    text = None
    try:
        if day:
            moment = datetime.combine(date.fromisoformat(day), time(), tzinfo=said.zone)
            text = format_instant(moment)
    except (ValueError, OverflowError):
        said.wrong.append(Fault(name, "badDay", "a day is written as 2026-12-31"))
        return
    holder.pop(name, None)
    if text is not None:
        holder[name] = text


def _take_quantity(said: _Reading, field: str, item: dict[str, Json]) -> None:
    """Take over how many are wanted, which is a whole number."""
    text = said.form.text(field)
    if text and not (text.isdecimal() and len(text) <= QUANTITY_DIGITS):
        message = "how many are wanted is a whole number, as 2"
        said.wrong.append(Fault("quantity", "quantityInvalid", message))
    elif text and int(text) != (item.get("quantity") or 1):
        item["quantity"] = int(text)


def _items_said(said: _Reading, items: list[Json]) -> list[Json]:
    form, found = said.form, []
    for item in items:
        ident = str(item.get("id"))
        if form.text(f"gone-{ident}"):
            continue
        _take_quantity(said, f"quantity-{ident}", item)
        product = item.get("product") or {}
        for field, name in LINE_DATES.items():
            _take_day(said, f"{field}-{ident}", item, name)
        offering = offering_said(form, f"offering-{ident}")
        if offering and offering != (item.get("productOffering") or {}).get("id"):
            named = form.text(f"offering-{ident}.text").strip()
            item["productOffering"] = {"id": offering, "name": named}
        _take_values(form, ident, item, said.idents)
        place = form.text(f"place-{ident}")
        if place and product.get("place") and product["place"][0].get("id") != place:
            kept = {name: value for name, value in product["place"][0].items()
                    if name in ("role", "@referredType")}  # fmt: skip
            product["place"] = [{**kept, "id": place}, *product["place"][1:]]
        if item.get(ITEMS):
            item[ITEMS] = _items_said(said, item[ITEMS])
        found.append(item)
    return found


def _take_values(form: Form, ident: str, item: dict[str, Json], idents: Collection[str]) -> None:
    """Give a line the values that the form says; what had none and gets none stays without.

    `idents` are those of all lines: what is said of line `1-1` says nothing of line `1`.
    """
    start = f"value-{ident}-"
    others = tuple(f"value-{one}-" for one in idents if one.startswith(f"{ident}-"))
    listed = (item.get("product") or {}).get("productCharacteristic") or []
    held = {one["name"]: one for one in listed}
    for field in form.fields:
        if not field.startswith(start) or field.startswith(others):
            continue
        name, text = field.removeprefix(start), form.text(field)
        if name in held:
            held[name]["value"] = _typed(text, held[name].get("value"))
        elif text:
            example = Decimal(0) if form.text(f"type-{ident}-{name}") == "number" else ""
            listed = [*listed, {"name": name, "value": _typed(text, example)}]
    if listed:
        item.setdefault("product", {})["productCharacteristic"] = listed


def flat(items: Iterable[Json]) -> dict[str, Json]:
    """Return items with all that are inside them, by id."""
    found: dict[str, Json] = {}
    for one in items:
        found[str(one.get("id"))] = one
        found |= flat(one.get(ITEMS) or ())
    return found


def _typed(text: str, held: Json) -> Json:
    """Return a value that somebody typed, of the type that it has already."""
    if isinstance(held, bool):
        return text == "true"
    if isinstance(held, (int, Decimal)):
        return number_or_text(text)
    return text


def number_or_text(text: str) -> Json:
    """Return the number that was typed, a whole one as such; what is none stays a text."""
    try:
        number = bounded_number(text)
    except InvalidOperation:
        return text
    return int(number) if number == number.to_integral_value() else number


def _free_id(idents: Collection[str]) -> str:
    """Return an id that no line has, whether inside another one or not."""
    return str(max((int(one) for one in idents if one.isdecimal()), default=len(idents)) + 1)


def _name_of(item: Mapping[str, Json]) -> str:
    offering = item.get("productOffering") or {}
    return str(offering.get("name") or (item.get("product") or {}).get("name") or item.get("id"))


def _specification(
    product: Mapping[str, Json], catalog: CatalogSnapshot
) -> ProductSpecification | None:
    ident = (product.get("productSpecification") or {}).get("id")
    return catalog.product_specifications.get(str(ident))


def _values(
    product: Mapping[str, Json], specification: ProductSpecification | None
) -> list[dict[str, Any]]:
    known = {one.name: one for one in specification.characteristics} if specification else {}
    held = {str(one.get("name")): one.get("value")
            for one in product.get("productCharacteristic") or ()}  # fmt: skip
    found: list[dict[str, Any]] = []
    for name in dict.fromkeys((*held, *(one for one in known if one))):
        value, declared = held.get(name), known.get(name)
        options = [each.raw.get("value") for each in declared.options] if declared else []
        if isinstance(value, (dict, list)) or (name not in held and not options):
            continue
        text = _shown(value)
        choices = [_shown(one) for one in options]
        if choices and text not in choices:
            choices = [text, *choices]
        is_number = any(isinstance(one, (int, Decimal)) for one in (value, *options))
        found.append({"name": name, "label": words(name), "value": text, "choices": choices,
                      "type": "number" if is_number else ""})  # fmt: skip
    return found


def _shown(value: Json) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
