"""What holds for every catalog entry: periods in order, and no change to what is live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from trunkline.catalog.catalog import Catalog
from trunkline.catalog.category import Category
from trunkline.catalog.entry import DRAFT, CatalogEntry, TranslatedEntry, is_to_come
from trunkline.catalog.needed import BY_NAME, leads_to
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.resource_catalog import (
    ResourceCandidate,
    ResourceCatalog,
    ResourceCategory,
)
from trunkline.catalog.resource_specification import ResourceSpecification
from trunkline.catalog.service_catalog import ServiceCandidate, ServiceCatalog, ServiceCategory
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.governance.register_rules import language_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.shared.period import period_faults, start_of

SMALL_EDITS = frozenset(
    {
        "attachment",
        "category",
        "channel",
        "description",
        "displayName",
        "image",
        "isSellable",
        "lastUpdate",
        "lifecycleStatus",
        "marketSegment",
        "order",
        "resourcePool",
        "statusReason",
        "translation",
        "version",
    }
)
"""What may change in a live entry, beside the end of its validity and more options."""

PRICES = "productOfferingPrice"
USERS_MAX = 50

CHARACTERISTICS = {
    "productSpecCharacteristic": "productSpecCharacteristicValue",
    "specCharacteristic": "characteristicValueSpecification",
    "resourceSpecCharacteristic": "resourceSpecCharacteristicValue",
}
"""The characteristics of a specification, and where each has its options."""


ENTRIES: Sequence[type[CatalogEntry]] = (
    Catalog,
    Category,
    ProductOffering,
    ProductOfferingPrice,
    ProductSpecification,
    ResourceCandidate,
    ResourceCatalog,
    ResourceCategory,
    ResourceSpecification,
    ServiceCandidate,
    ServiceCatalog,
    ServiceCategory,
    ServiceSpecification,
)


@rule(*ENTRIES)
def periods_are_ordered(
    _work: Work, _old: CatalogEntry | None, new: CatalogEntry
) -> Iterator[Fault]:
    """Refuse a validity, at any depth, that ends before it starts."""
    yield from period_faults(new)


@rule(ProductOffering, ProductOfferingPrice, Category)
def translations_are_said_once(
    _work: Work, _old: TranslatedEntry | None, new: TranslatedEntry
) -> Iterator[Fault]:
    """Refuse two names of an entry in one language."""
    yield from language_faults(new.translation)


@rule(
    ProductOffering,
    ProductOfferingPrice,
    ProductSpecification,
    ResourceSpecification,
    ServiceSpecification,
)
def live_entry_is_frozen(
    work: Work, old: CatalogEntry | None, new: CatalogEntry
) -> Iterator[Fault]:
    """Refuse all but small edits of what is or was live, and prices that begin later."""
    if old is None or not old.is_frozen or _is_taken_back(work, old, new):
        return
    for fault in frozen_faults(old, new):
        if fault.path != PRICES or not old.is_live or not differs_by_later_prices(work, old, new):
            yield fault


@rule(*ENTRIES)
def live_entry_goes_back_before_it_begins(
    work: Work, old: CatalogEntry | None, new: CatalogEntry
) -> Iterator[Fault]:
    """Refuse to make a draft of what is live, unless it has not begun and nothing live needs it."""
    if old is None or not old.is_live or new.lifecycle_status not in DRAFT:
        return
    begun = list(begun_faults(old, new, work.now))
    yield from begun
    if begun:
        return
    for kind, source, _ in work.used_by(old.id, limit=USERS_MAX):
        user = work.get(BY_NAME[kind], source) if kind in BY_NAME else None
        if user is not None and user.is_live and old.id in leads_to(user):
            message = f"{user.name} is {user.lifecycle_status} and needs it; take that back first"
            yield Fault("lifecycleStatus", "conflictNeeded", message)


def begun_faults(old: CatalogEntry, new: CatalogEntry, now: datetime) -> Iterator[Fault]:
    """Yield a fault where what is live and has begun would become a draft again."""
    if old.is_live and new.lifecycle_status in DRAFT and not is_to_come(old, now):
        message = f"{old.name} is {old.lifecycle_status} and has begun; it can only be retired"
        yield Fault("lifecycleStatus", "conflictBegun", message)


def _is_taken_back(work: Work, old: CatalogEntry, new: CatalogEntry) -> bool:
    return is_to_come(old, work.now) and new.lifecycle_status in DRAFT


def differs_by_later_prices(work: Work, old: CatalogEntry, new: CatalogEntry) -> bool:
    """Return whether prices differ only by references to prices that begin later."""
    had, has = old.raw.get(PRICES) or [], new.raw.get(PRICES) or []
    differ = [one for one in has if one not in had] + [one for one in had if one not in has]
    idents = [one.get("id") for one in differ]
    if not all(isinstance(one, str) for one in idents):
        return False
    found = work.many(ProductOfferingPrice, idents)
    starts = [_start(found[one]) if one in found else None for one in idents]
    return all(one is not None and one > work.now for one in starts)


def frozen_faults(old: CatalogEntry, new: CatalogEntry) -> Iterator[Fault]:
    """Yield a fault for every attribute of ours that differs and is not a small edit.

    What the operator has added to it stays the operator's to change.
    """
    for name in type(new).by_json_name():
        before, after = old.raw.get(name), new.raw.get(name)
        if before == after or name in SMALL_EDITS or name.startswith("@"):
            continue
        if name == "validFor" and _start(old) == _start(new):
            continue
        if name in CHARACTERISTICS and only_adds_options(before, after, CHARACTERISTICS[name]):
            continue
        yield Fault(
            name,
            "conflictFrozen",
            f"cannot be changed while {old.name} is {old.lifecycle_status}; "
            "make a new version of it and change that one",
        )


def only_adds_options(before: Json, after: Json, options: str) -> bool:
    """Return whether characteristics differ only by options that were added, and by translations.

    A new option may not become the default: that would change what is sold.
    """
    if not isinstance(before, list) or not isinstance(after, list) or len(before) != len(after):
        return False
    return all(_adds_options(one, other, options) for one, other in zip(before, after, strict=True))


def _adds_options(before: Json, after: Json, options: str) -> bool:
    had = [_untranslated(one) for one in _list(before, options)]
    has = [_untranslated(one) for one in _list(after, options)]
    same = {**_untranslated(before), options: None} == {**_untranslated(after), options: None}
    added = [one for one in has if one not in had]
    return (
        same
        and (bool(had) or not added)
        and all(one in has for one in had)
        and not any(one.get("isDefault") for one in added)
    )


def _untranslated(raw: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in raw.items() if name != "translation"}


def _list(characteristic: Json, options: str) -> Sequence[Json]:
    found = characteristic.get(options)
    return found if isinstance(found, list) else []


def _start(entry: CatalogEntry) -> datetime | None:
    return start_of(entry.valid_for)
