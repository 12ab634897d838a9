"""Screens: what is declared about how people see and change a kind of record.

Every resource has a screen without saying anything: its list shows the declared columns, its form
every attribute that a client may write, its search the label and the key. A declaration says only
what is to be different. The pages read it; nothing here knows a page, a template or a word of
the trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from trunkline.documents.paths import walk_path
from trunkline.kernel.actor import Verb
from trunkline.kernel.resource import Document, Registry, Resource
from trunkline.screens.asked_value import NamedValues, Offer
from trunkline.screens.values_at import plain_path


@dataclass(frozen=True)
class Section:
    """A titled part of a form: dotted paths of attributes, in the order they are asked for.

    A path that leads to an object or a list of objects stands for all that is inside it.
    """

    title: str
    fields: tuple[str, ...]
    folded: bool = False


@dataclass(frozen=True)
class Panel:
    """A box on a record's page: records of another kind that point at it.

    `path` is the filter on the other kind that takes this record's id (`relatedParty.id`).
    """

    title: str
    resource: str
    path: str
    columns: tuple[str, ...] = ()
    limit: int = 10


@dataclass(frozen=True)
class Action:
    """Something that can be done to a record beside changing its attributes.

    `state` names the published state that it asks for, through the same patch that a client of
    the interface would send. `address` is instead a page to go to (`{key}` and `{id}` are filled
    in), on which a record of the kind `makes` is made, if it says so; it is offered in the states
    `within`, to who holds the named `permission`. `danger` asks again before it is done; `explain`
    asks for a reason.
    """

    name: str
    title: str
    state: str = ""
    address: str = ""
    verb: Verb = "update"
    hotkey: str = ""
    danger: bool = False
    explain: bool = False
    makes: str = ""
    within: tuple[str, ...] = ()
    permission: str = ""


@dataclass(frozen=True)
class ManyPage:
    """A page that does something of its own about records selected in the list.

    It is offered to those who may make records of the kind `makes`.
    """

    title: str
    address: str
    makes: str


@dataclass(frozen=True)
class Link:
    """An attribute that holds the id of a thing inside another record, told as a link to it.

    `called` is the attribute with its name, which is not told again. `within` are the references
    any of which names the record whose page shows it; `query` is added to the address of that
    page, with `{value}` filled in.
    """

    path: str
    title: str
    called: str
    within: tuple[str, ...]
    query: str


@dataclass(frozen=True)
class Screen:
    """How a kind of record is listed, shown, asked for and found.

    `search` are the paths by whose words a record is found; `numbers` those whose values are found
    by any part of them (such as a serial number). `facts` are the few paths at the head of the
    page. `depends` maps a field to those whose change asks the server for the form anew: a
    reference that depends on others is looked up among the records that point at those. `values`
    are lists of named values whose kinds another record says. `inner` maps an object, or the
    elements of a list, to those of their attributes that are asked for first. `links` are
    attributes told as the thing whose id they hold. What is not `found` stands in its lists only.
    `advice` stands under the title of the page and of the form. `choices` maps attributes to what
    offers their values, where those are codes of other records.
    """

    resource: Resource
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    sort: str
    form: tuple[Section, ...]
    facts: tuple[str, ...]
    panels: tuple[Panel, ...]
    actions: tuple[Action, ...]
    search: tuple[str, ...]
    numbers: tuple[str, ...]
    depends: dict[str, tuple[str, ...]]
    values: tuple[NamedValues, ...] = ()
    inner: dict[str, tuple[str, ...]] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    found: bool = True
    many: tuple[ManyPage, ...] = ()
    advice: str = ""
    choices: dict[str, Offer] = field(default_factory=dict)


@dataclass(frozen=True)
class Declared:
    """What somebody said of a screen; None is left to the defaults."""

    columns: tuple[str, ...] | None = None
    filters: tuple[str, ...] | None = None
    sort: str | None = None
    form: tuple[Section, ...] | None = None
    facts: tuple[str, ...] | None = None
    panels: tuple[Panel, ...] = ()
    actions: tuple[Action, ...] = ()
    search: tuple[str, ...] | None = None
    numbers: tuple[str, ...] = ()
    depends: tuple[tuple[str, tuple[str, ...]], ...] = ()
    values: tuple[NamedValues, ...] = ()
    inner: tuple[tuple[str, tuple[str, ...]], ...] = ()
    links: tuple[Link, ...] = ()
    found: bool = True
    many: tuple[ManyPage, ...] = ()
    advice: str = ""
    choices: tuple[tuple[str, Offer], ...] = ()


T = TypeVar("T")
_declared: dict[str, Declared] = {}
_made: dict[str, Screen] = {}
OWN = frozenset({"id", "key", "createdAt", "updatedAt"})


def screen(kind: type[Document], declared: Declared) -> None:
    """Declare how a kind of record is shown; a path that the kind lacks fails at once."""
    resource = kind.resource
    if resource.name in _declared:
        raise ValueError(f"{resource}: its screen is declared twice")
    paths: list[str] = []
    for group in (declared.columns, declared.filters, declared.facts, declared.search,
                  declared.numbers):  # fmt: skip
        paths += group or ()
    for section in declared.form or ():
        paths += section.fields
    for path, others in declared.depends:
        paths += (path, *others)
    for one in declared.values:
        paths += (one.path, *one.by)
    for outer, names in declared.inner:
        paths += (f"{outer}.{name}" for name in names)
    for link in declared.links:
        paths += (link.path, link.called, *link.within)
    paths += (path for path, _ in declared.choices)
    for path in paths:
        _must_have(resource, plain_path(path))
    _declared[resource.name] = declared
    _made.pop(resource.name, None)


def _must_have(resource: Resource, path: str) -> None:
    if path in OWN:
        return
    try:
        walk_path(resource.type, path)
    except KeyError as error:
        raise TypeError(f"{resource}: its screen names {path}: {error}") from error


def screen_of(resource: Resource) -> Screen:
    """Return a resource's screen: what was declared of it, and the defaults for the rest."""
    made = _made.get(resource.name)
    if made is None or made.resource is not resource:
        made = _made[resource.name] = _make(resource, _declared.get(resource.name, Declared()))
    return made


def _make(resource: Resource, said: Declared) -> Screen:
    shown = tuple(one for one in resource.columns if one != "key")
    return Screen(
        resource=resource,
        columns=_or(said.columns, shown),
        filters=_or(said.filters, tuple(one.path for one in resource.promote)),
        sort=said.sort or "",
        form=_or(said.form, (Section("", _writable(resource)),)),
        facts=_or(said.facts, shown[:6]),
        panels=said.panels,
        actions=said.actions,
        search=_or(said.search, resource.label),
        numbers=said.numbers,
        depends=dict(said.depends),
        values=said.values,
        inner=dict(said.inner),
        links=said.links,
        found=said.found,
        many=said.many,
        advice=said.advice,
        choices=dict(said.choices),
    )


def check_screens(registry: Registry) -> None:
    """Fail on a panel about what no module declares; asked when all modules are loaded."""
    for name, declared in _declared.items():
        for panel in declared.panels:
            if panel.resource not in registry.resources:
                raise TypeError(f"{name}: a panel shows {panel.resource}, which is not declared")
            for path in (panel.path, *panel.columns):
                _must_have(registry[panel.resource], plain_path(path))


def _or(said: tuple[T, ...] | None, default: Sequence[T]) -> tuple[T, ...]:
    return tuple(default) if said is None else said


def _writable(resource: Resource) -> tuple[str, ...]:
    """Return the attributes that a client may write, in the order of their declaration."""
    server_sets = {resource.type.attributes()[name].json_name for name in resource.server_sets}
    return tuple(
        name
        for name in resource.type.by_json_name()
        if name not in server_sets and not name.startswith("@") and name not in {"id", "href"}
    )
