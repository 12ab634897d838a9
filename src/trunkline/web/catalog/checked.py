"""Checks: what is wrong with an entry and with all that it needs, were it launched now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trunkline.catalog.entry import DRAFT, ENDED, LIVE, CatalogEntry
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.catalog.snapshot import CatalogSnapshot, load
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.kernel.schema import validators
from trunkline.kernel.work import Work
from trunkline.web.addresses import Addresses
from trunkline.web.catalog.kinds import address_of, short_name
from trunkline.web.editing.paths import anchor_of
from trunkline.web.editing.problems import label_of_path

FAULTS_MAX = 100


@dataclass(frozen=True)
class Found:
    """One thing that is wrong: with which entry and which value of it."""

    entry: str
    short: str
    address: str
    edit: str
    label: str
    message: str
    is_own: bool


@dataclass(frozen=True)
class Checks:
    """How many entries were checked, and what is wrong with them."""

    count: int
    found: list[Found]


def checks_of(work: Work, addresses: Addresses, ident: str, kind: type[CatalogEntry]) -> Checks:
    """Return what keeps an entry from being launched, or is wrong with it although it is live."""
    work.actor.must(kind.resource, "read")
    entry = work.get(kind, ident)
    if entry is None:
        return Checks(0, [])
    needed = [one for one in _needed(work, entry) if one.id != entry.id]
    found = [
        _found(addresses, one, fault, is_own=one is entry)
        for one in (entry, *needed)
        for fault in faults_of(work, one)
    ]
    return Checks(1 + len(needed), found[:FAULTS_MAX])


def faults_of(work: Work, entry: CatalogEntry) -> Iterator[Fault]:
    """Yield what an entry would be refused for if it went live now."""
    resource = entry.resource
    yield from validators.of(resource).faults(copied(entry.raw))
    before = _with_state(entry, DRAFT[-1])
    is_over = entry.lifecycle_status in ENDED
    after = entry if entry.is_live or is_over else _with_state(entry, LIVE[-1])
    for rule in work.services.registry.rules.get(resource.name, ()):
        if not rule.deleting:
            yield from rule.check(work, before, after) or ()
    if entry.is_live and not entry.is_valid(work.now):
        yield Fault("validFor", "notValidNow", "it is live, but not valid today")


def _with_state(entry: CatalogEntry, state: str) -> CatalogEntry:
    copy = type(entry).wrap({**copied(entry.raw), "lifecycleStatus": state})
    object.__setattr__(copy, "meta", entry.meta)
    return copy


def _needed(work: Work, entry: CatalogEntry) -> Iterable[CatalogEntry]:
    """Return the entries that an entry leads to: parts, prices, and what realizes it."""
    if isinstance(entry, ProductOffering):
        return _all_of(load(work, [entry.id]))
    if isinstance(entry, ProductSpecification):
        return _all_of(load(work, [], specification_ids=[entry.id]))
    return ()


def _all_of(snapshot: CatalogSnapshot) -> Iterator[CatalogEntry]:
    yield from snapshot.offerings.values()
    yield from snapshot.prices.values()
    yield from snapshot.product_specifications.values()
    yield from snapshot.service_specifications.values()
    yield from snapshot.resource_specifications.values()


def _found(addresses: Addresses, entry: CatalogEntry, fault: Fault, *, is_own: bool) -> Found:
    facts = addresses.of_facts(entry.resource, entry.key)
    return Found(
        entry.name or entry.key,
        short_name(entry),
        address_of(addresses, entry.resource, entry.key),
        f"{facts}/edit#{anchor_of(fault.path)}",
        label_of_path(fault.path),
        fault.message,
        is_own,
    )
