"""Configuring: the values of an offering as a customer chooses them in a form, and reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from trunkline.catalog.asked_values import asked_values
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.screens.asked_value import AskedValue
from trunkline.web.wording import words

NUMBERS = ("integer", "decimal")
TYPES = {"integer": "number", "decimal": "number", "email": "email", "date": "date"}
"""As which input of the browser a kind is asked for, where not as a text."""
WHOLE = ("object", "address", "attachment", "json")
"""What has parts, and is not asked for in the one line of a shop."""
PREFIX = "value."
DIGITS_MAX = 15


def asked_of(work: Work, offering: ProductOffering | None) -> list[AskedValue]:
    """Return what an offering asks of who orders it; what has one value only is not asked."""
    named = offering.product_specification if offering is not None else None
    if offering is None or named is None:
        return []
    specification = work.get(ProductSpecification, named.id)
    if specification is None:
        return []
    own = specification.product_spec_characteristic
    found = asked_values(own, offering.prod_spec_char_value_use, work.now)
    return [one for one in found if not one.fixed and not one.is_many and one.kind not in WHOLE]


def fields(
    asked: Iterable[AskedValue], held: Mapping[str, Json], typed: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return the inputs for what is asked, with what was typed or else is there."""
    return [_field(one, held, typed(f"{PREFIX}{one.name}")) for one in asked]


def chosen(asked: Iterable[AskedValue], typed: Callable[[str], str]) -> list[Json]:
    """Return the characteristics that a form says; refuses (400) what is no such value.

    What was chosen for another offering, and this one does not have, falls back to its own.
    """
    found, faults = [], []
    for one in asked:
        text = settled(one, typed(f"{PREFIX}{one.name}"))
        if not text:
            continue
        known = [each.value for each in one.choices if written(each.value) == text]
        value = known[0] if known else _value(one, text)
        if value is None:
            faults.append(Fault(one.name, "badValue", f"{words(one.name)} is not understood"))
        else:
            found.append({"name": one.name, "value": value})
    if faults:
        raise Invalid.of(faults)
    return found


def alternatives(
    offerings: Sequence[ProductOffering], present: ProductOffering | None, work: Work
) -> list[ProductOffering]:
    """Return what a product of an offering may become: what is sold now of the same kind."""
    if present is None:
        return []
    kind = present.product_specification
    groups = {one.id for one in present.category}
    return [
        one
        for one in offerings
        if one.id == present.id
        or (
            is_on_sale(one, work.now)
            and not one.bundled_product_offering
            and kind is not None
            and one.product_specification is not None
            and (one.product_specification.id == kind.id)
            and (not groups or groups & {each.id for each in one.category})
        )
    ]


def settled(one: AskedValue, text: str) -> str:
    """Return what was chosen if it may be, else the default, else the only choice; pure."""
    admitted = [written(each.value) for each in one.choices]
    if not admitted or text in admitted:
        return text
    default = next((written(each) for each in one.defaults), "")
    return default or (admitted[0] if len(admitted) == 1 else "")


def parts_told(bundle: ProductOffering, picked: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return what a bundle consists of: what must be in it, and what is chosen or may be; pure.

    `picked` are the ids that were chosen, None where nobody has chosen yet.
    """
    found = []
    for one in sorted(bundle.bundled_product_offering, key=lambda each: each.order or 0):
        option = one.bundled_product_offering_option
        least = (option.number_rel_offer_lower_limit or 0) if option is not None else 1
        wanted = (option.number_rel_offer_default or 0) if option is not None else 1
        must = least > 0 and one.mandatory is not False
        is_picked = bool(wanted or one.default_selected) if picked is None else one.id in picked
        found.append({
            "id": one.id or "", "name": one.name or "", "must": must,
            "chosen": must or is_picked, "count": max(least, 1),
        })  # fmt: skip
    return [one for one in found if one["id"]]


def part_items(bundle: ProductOffering, picked: Sequence[str], place: Json) -> list[Json]:
    """Return the items of a cart for the parts of a bundle that are in it; pure."""
    return [
        {
            "action": "add", "quantity": one["count"], "productOffering": {"id": one["id"]},
            "product": {"place": [place]},
        }
        for one in parts_told(bundle, picked)
        if one["chosen"]
    ]  # fmt: skip


def _field(one: AskedValue, held: Mapping[str, Json], text: str) -> dict[str, Any]:
    known = held.get(one.name, next(iter(one.defaults), None))
    value = settled(one, text or ("" if known is None else written(known)))
    choices = [(written(each.value), each.label) for each in one.choices]
    if one.kind == "boolean" and not choices:
        choices = [("true", "Yes"), ("false", "No")]
    return {
        "name": f"{PREFIX}{one.name}",
        "label": words(one.name),
        "hint": one.hint,
        "choices": choices,
        "value": value,
        "type": TYPES.get(one.kind, "text"),
        "step": "1" if one.kind == "integer" else "any",
        "low": one.low,
        "high": one.high,
        "unit": one.unit,
        "required": one.least > 0,
    }


def _value(one: AskedValue, text: str) -> Json:
    if one.kind in NUMBERS:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return None
        if not number.is_finite() or abs(number.adjusted()) > DIGITS_MAX:
            return None
        if one.kind == "integer":
            return int(number) if number == int(number) else None
        return number
    if one.kind == "boolean":
        return {"true": True, "false": False}.get(text)
    return text


def written(value: Json) -> str:
    """Return a value as forms carry it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
