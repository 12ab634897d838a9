"""Configuration packages: what the operator decided, as one file, and what it is against here.

A package has sections; each holds items under keys that mean the same in every installation, so
that the second import of a package changes nothing. What there is here and not in the package
stays as it is. Every part of the program that keeps configuration brings its section.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.documents.errors import Fault, Invalid, NotFound, Refusal, refuse
from trunkline.documents.patch import Change, changes
from trunkline.documents.shape import Json, format_instant
from trunkline.governance.configured import read_anew
from trunkline.kernel.work import Work

FORMAT = "trunkline.configuration"
VERSION = 1
ITEMS_MAX = 20_000
Body = dict[str, Json]


@dataclass(frozen=True)
class Section:
    """One part of a package.

    `read` returns what there is here by key, in the order in which it can be made. `key` returns
    the key of an item. `write` makes an item, or changes the one that is here.
    """

    name: str
    title: str
    read: Callable[[Work], Mapping[str, Body]]
    key: Callable[[Body], str]
    write: Callable[[Work, str, Body, Body | None], None]


@dataclass(frozen=True)
class Difference:
    """An item of a package or of this installation: `added`, `changed`, `same` or only `here`."""

    section: str
    key: str
    state: str
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class Done:
    """What became of one item: `created`, `changed`, `same` or `refused`, with its faults."""

    section: str
    key: str
    state: str
    faults: Sequence[Fault] = ()


@dataclass
class Package:
    """A package that was read: its items by section and key, and what is not known here."""

    items: dict[str, dict[str, Body]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


_sections: dict[str, tuple[int, Section]] = {}


def bring(section: Section, *, order: int) -> None:
    """Bring a section; those with a higher order may speak of what lower ones hold."""
    if section.name in _sections:
        raise ValueError(f"the section {section.name} is brought twice")
    _sections[section.name] = (order, section)


def sections() -> list[Section]:
    """Return the sections in the order in which they are written."""
    return [one for _, one in sorted(_sections.values(), key=lambda pair: pair[0])]


def exported(work: Work, names: Iterable[str] = ()) -> Body:
    """Return a package of these sections, of all where none is named."""
    wanted = set(names)
    unknown = wanted - {one.name for one in sections()}
    refuse([Fault("section", "badValue", f"there is no section {one}") for one in sorted(unknown)])
    return {
        "format": FORMAT,
        "version": VERSION,
        "exportedAt": format_instant(work.now),
        "section": {
            one.name: list(one.read(work).values())
            for one in sections()
            if not wanted or one.name in wanted
        },
    }


def package_of(sent: Json) -> Package:
    """Return what a file holds, or refuse what is no package of a version that is known here."""
    if not isinstance(sent, dict) or sent.get("format") != FORMAT:
        raise Invalid("packageUnknown", f"this is no package: its format is not {FORMAT}")
    version, parts = sent.get("version"), sent.get("section")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        message = f"version {version} is not known here; this release reads up to {VERSION}"
        raise Invalid("packageVersion", message)
    if not isinstance(parts, dict):
        raise Invalid.of([Fault("section", "badType", "must be an object of lists")])
    by_name = {one.name: one for one in sections()}
    found = Package(unknown=sorted(set(parts) - by_name.keys()))
    faults: list[Fault] = []
    for section in by_name.values():
        if section.name in parts:
            found.items[section.name] = _items(section, parts[section.name], faults)
    refuse(faults)
    return found


def _items(section: Section, listed: Json, faults: list[Fault]) -> dict[str, Body]:
    place = f"section.{section.name}"
    if not isinstance(listed, list) or len(listed) > ITEMS_MAX:
        faults.append(Fault(place, "badType", f"must be a list of at most {ITEMS_MAX}"))
        return {}
    found: dict[str, Body] = {}
    for index, one in enumerate(listed):
        try:
            key = section.key(one)
        except (KeyError, TypeError, AttributeError):
            faults.append(Fault(f"{place}[{index}]", "badValue", "says not what it is about"))
            continue
        if key in found:
            faults.append(Fault(f"{place}[{index}]", "conflictKey", f"{key} is there twice"))
        found[key] = one
    return found


def differences(work: Work, package: Package) -> list[Difference]:
    """Return every item of the package's sections, and how it is against what is here."""
    return [
        one
        for section in sections()
        if section.name in package.items
        for one in _differences(section, package.items[section.name], section.read(work))
    ]


def _differences(
    section: Section, wanted: Mapping[str, Body], here: Mapping[str, Body]
) -> Iterator[Difference]:
    for key, body in wanted.items():
        if key not in here:
            yield Difference(section.name, key, "added")
            continue
        differs = changes(here[key], body)
        yield Difference(section.name, key, "changed" if differs else "same", differs)
    for key in here:
        if key not in wanted:
            yield Difference(section.name, key, "here")


def applied(work: Work, package: Package, chosen: Iterable[str] | None = None) -> list[Done]:
    """Write a package's items, or those chosen as `section/key`; return what became of each.

    A refused item leaves no trace, and the others go on: the caller decides whether what was
    written stands. One that is chosen and not in the package is refused (404).
    """
    wanted = None if chosen is None else set(chosen)
    known = {f"{name}/{key}" for name, items in package.items.items() for key in items}
    for one in sorted((wanted or set()) - known):
        raise NotFound("notFound", f"the package has no item {one}")
    found: list[Done] = []
    for section in sections():
        items = package.items.get(section.name, {})
        asked = [key for key in items if wanted is None or f"{section.name}/{key}" in wanted]
        if asked:
            here = section.read(work)
            found += [_written(work, section, key, items[key], here.get(key)) for key in asked]
            read_anew(work)
    return found


def _written(work: Work, section: Section, key: str, body: Body, here: Body | None) -> Done:
    if here is not None and not changes(here, body):
        return Done(section.name, key, "same")
    try:
        with work.connection.transaction():
            section.write(work, key, body, here)
    except Refusal as refusal:
        faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
        return Done(section.name, key, "refused", tuple(faults))
    return Done(section.name, key, "created" if here is None else "changed")


def must_stand(done: Iterable[Done]) -> None:
    """Refuse what was applied where any item was refused, naming each fault with its item."""
    faults = [
        Fault(f"{one.section}/{one.key}" + (f".{fault.path}" if fault.path else ""),
              fault.code, fault.message)
        for one in done
        for fault in one.faults
    ]  # fmt: skip
    if faults:
        raise Invalid.of(faults)
