"""Checks: what is wrong with an entry and with all that it needs, were it launched now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trunkline.catalog.entry import DRAFT, ENDED, LIVE, CatalogEntry, is_to_come
from trunkline.catalog.needed import BY_NAME, deepest_first, needed
from trunkline.documents.errors import Fault
from trunkline.documents.patch import copied
from trunkline.kernel.schema import validators
from trunkline.kernel.work import Work
from trunkline.web.addresses import Addresses
from trunkline.web.capture.looking import Looking
from trunkline.web.catalog.kinds import address_of, short_name
from trunkline.web.editing.paths import anchor_of
from trunkline.web.editing.problems import label_of_path
from trunkline.web.records import Record, documents_of

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


def checks_of(
    work: Work, addresses: Addresses, record: Record, *, drafts_too: bool = False
) -> Checks:
    """Return what keeps an entry from being launched, or is wrong with it although it is live.

    With `drafts_too` the drafts that it needs go live with it.
    """
    if record.resource.name in BY_NAME:
        entries = needed(work, record.id)
    else:
        held = documents_of(work, {record.resource.name: [record.id]})
        entries = [one for one in held if isinstance(one, CatalogEntry)]
    looking = Looking(work)
    for one in entries:
        is_draft = drafts_too and one.lifecycle_status in DRAFT
        looking.know(_with_state(one, LIVE[-1]) if is_draft else one)
    found = [
        _found(addresses, one, fault, is_own=one.id == record.id)
        for one in reversed(entries)
        for fault in faults_of(looking, one)
    ]
    return Checks(len(entries), found[:FAULTS_MAX])


@dataclass(frozen=True)
class Failed:
    """An offer that would be refused if it went live now: how often, and why first."""

    label: str
    address: str
    count: int
    first: Found


def failed_of(work: Work, addresses: Addresses, offers: Sequence[Record]) -> list[Failed]:
    """Return those of some offers whose checks fail, were the drafts that they need live, too."""
    entries = {one.id: one for one in needed(work, *(one.id for one in offers))}
    looking = Looking(work)
    for one in entries.values():
        looking.know(_with_state(one, LIVE[-1]) if one.lifecycle_status in DRAFT else one)
    faults = {ident: list(faults_of(looking, one)) for ident, one in entries.items()}
    failed = []
    for offer in offers:
        found = [
            _found(addresses, one, fault, is_own=one.id == offer.id)
            for one in reversed(list(deepest_first(entries, [offer.id])))
            for fault in faults[one.id]
        ]
        if found:
            address = address_of(addresses, offer.resource, offer.key)
            failed.append(Failed(offer.label, address, len(found), found[0]))
    return failed


def faults_of(work: Work, entry: CatalogEntry) -> Iterator[Fault]:
    """Yield what an entry would be refused for if it went live now."""
    resource = entry.resource
    yield from validators.of(resource).faults(copied(entry.raw))
    before = _with_state(entry, DRAFT[-1])
    is_over = entry.lifecycle_status in ENDED
    after = entry if entry.is_live or is_over else _with_state(entry, LIVE[-1])
    for rule in work.services.registry.rules_of(resource):
        if not rule.deleting:
            yield from rule.check(work, before, after) or ()
    if entry.is_live and not entry.is_valid(work.now) and not is_to_come(entry, work.now):
        yield Fault("validFor", "notValidNow", "it is live, but not valid today")


def _with_state(entry: CatalogEntry, state: str) -> CatalogEntry:
    copy = type(entry).wrap({**copied(entry.raw), "lifecycleStatus": state})
    object.__setattr__(copy, "meta", entry.meta)
    return copy


def _found(addresses: Addresses, entry: CatalogEntry, fault: Fault, *, is_own: bool) -> Found:
    facts = addresses.of_facts(entry.resource, entry.key)
    return Found(
        entry.name or entry.key,
        short_name(entry.resource, entry.raw),
        address_of(addresses, entry.resource, entry.key),
        f"{facts}/edit#{anchor_of(fault.path)}",
        label_of_path(fault.path),
        fault.message,
        is_own,
    )
