"""Configuring: the values of an offering as a customer chooses them in a form, and reads them.

They are asked for by the same inputs as where staff take an order, of whatever kind they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.catalog.asked_values import asked_values
from trunkline.catalog.configuration import complete
from trunkline.catalog.offering import ProductOffering, is_on_sale
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.pages.language import spoken
from trunkline.screens.asked_value import AskedValue
from trunkline.shared.characteristic import Characteristic
from trunkline.web.capture.body import typed_values
from trunkline.web.editing.named_inputs import named_inputs
from trunkline.web.editing.nodes import Named
from trunkline.web.editing.paths import anchor_of
from trunkline.web.editing.reading import flat_values
from trunkline.web.editing.structures import NAMED, gathered, named_kind, pieces_of
from trunkline.web.editing.texts import text_of
from trunkline.web.offer_names import PLAIN, OfferNames

PATH = "value"
VALUES = "productCharacteristic"
AT_VALUE = re.compile(
    r"^(?:productOrderItem\[0\]\.product\.)?productCharacteristic\[(\d+)\](?:\.value(.*))?$"
)
"""Where a refusal says that one of the values is wrong, and where inside it."""
Held = Mapping[str, Sequence[Json]]
"""The values that a product has, by their names."""
Texts = Mapping[str, Sequence[str]]
"""What a form says of each value that it asks for, as texts, by the names of the values."""


def asked_of(work: Work, offering: ProductOffering | None) -> list[AskedValue]:
    """Return what an offering asks of who orders it; what has one value only is not asked."""
    specification = _specification(work, offering)
    if offering is None or specification is None:
        return []
    own = specification.product_spec_characteristic
    found = asked_values(own, offering.prod_spec_char_value_use, work.now, spoken().code)
    return [one for one in found if not one.fixed or one.kind == "label"]


def texts_of(
    asked: Iterable[AskedValue], held: Held, fields: Mapping[str, Sequence[str]], zone: ZoneInfo
) -> dict[str, list[str]]:
    """Return the texts of what is asked for: as typed, else as it is, else as it begins.

    What was chosen for another offering, and this one does not have, falls back to its own.
    """
    typed, found = gathered(fields), {}
    for one in asked:
        texts = typed.get(field_of(one.name))
        if texts is None:
            values = held.get(one.name) or flat_values([{"value": each} for each in one.defaults])
            texts = [text_of(named_kind(one), each, zone) for each in values]
        if not one.fixed:
            found[one.name] = settled(one, texts, zone)
    return found


def field_of(name: str) -> str:
    """Return the field in which all texts of a value are carried."""
    return f"{NAMED}{PATH}:{name}"


def fields(
    asked: Sequence[AskedValue], texts: Texts, zone: ZoneInfo, faults: Iterable[Fault] = ()
) -> list[Named]:
    """Return the inputs for what is asked, each with what is wrong there."""
    entries: list[Json] = [
        {"name": one.name, "value": piece}
        for one in asked
        for text in texts.get(one.name, ())
        for piece in pieces_of(one, text)
    ]
    given = [str(one["name"]) for one in chosen(asked, {}, texts, zone)]
    wrong = _by_place(asked, given, faults)

    def dressed(node: Named, place: str) -> Named:
        told = list(dict.fromkeys(wrong.get(place, ())))
        return replace(node, at=anchor_of(f"{PATH}:{place}"), problems=told)

    return list(named_inputs(asked, PATH, entries, zone, dressed, with_defaults=False))


def takes_files(asked: Iterable[AskedValue]) -> bool:
    """Tell whether a file may be sent along, which is the one thing that needs a script."""
    return any(one.kind == "attachment" or takes_files(one.members) for one in asked)


def chosen(
    asked: Iterable[AskedValue], held: Held, texts: Texts, zone: ZoneInfo
) -> list[dict[str, Json]]:
    """Return the characteristics that a form says."""
    return [
        {"name": one.name, "value": value}
        for one in asked
        for value in typed_values(one, texts.get(one.name, ()), zone, held.get(one.name, ()))
    ]


def must_fit(work: Work, offering: ProductOffering, values: Iterable[dict[str, Json]]) -> None:
    """Refuse (400) values that an order for an offering would be refused for."""
    specification = _specification(work, offering)
    if specification is None:
        return
    given = [Characteristic.wrap(one) for one in values]
    uses, own = offering.prod_spec_char_value_use, specification.product_spec_characteristic
    _, faults = complete(own, uses, given, path=VALUES, at=work.now)
    refuse(faults)


def _by_place(
    asked: Iterable[AskedValue], given: Sequence[str], faults: Iterable[Fault]
) -> dict[str, list[str]]:
    """Return what is wrong by the places of the inputs; `given` names the values that were said."""
    by_name, found = {one.name: one for one in asked}, dict[str, list[str]]()
    for fault in faults:
        match = AT_VALUE.search(fault.path)
        index = int(match[1]) if match is not None else len(given)
        one = by_name.get(given[index]) if index < len(given) else None
        if match is not None and one is not None:
            element = given[:index].count(one.name)
            found.setdefault(one.place_of(element, match[2] or ""), []).append(fault.message)
    return found


def carried(texts: Texts) -> list[tuple[str, str]]:
    """Return the fields by which a page takes what was typed along."""
    return [(field_of(name), text) for name, own in texts.items() for text in own or ("",)]


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


def settled(one: AskedValue, texts: Sequence[str], zone: ZoneInfo) -> list[str]:
    """Return what was chosen if it may be, else the default, else the only choice; pure."""
    kind = named_kind(one)
    admitted = [text_of(kind, each.value, zone) for each in one.choices]
    wanted = [text for text in texts if text.strip()]
    if not admitted or (one.is_many and not wanted):
        return wanted
    found = [text for text in wanted if text in admitted]
    if found:
        return found
    default = [text_of(kind, each, zone) for each in flat_values(
        [{"value": each} for each in one.defaults])]  # fmt: skip
    is_clear = len(admitted) == 1 and bool(one.least or wanted)
    return default or (admitted if is_clear else [])


def parts_told(
    bundle: ProductOffering, picked: Sequence[str] | None, names: OfferNames = PLAIN
) -> list[dict[str, Any]]:
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
            "id": one.id or "", "name": names.told(one.id, one.name or ""), "must": must,
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


def _specification(work: Work, offering: ProductOffering | None) -> ProductSpecification | None:
    named = offering.product_specification if offering is not None else None
    return work.get(ProductSpecification, named.id) if named is not None else None
