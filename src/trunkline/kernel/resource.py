"""Resources: what is declared about a kind of record; everything else is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Literal, TypedDict, TypeVar, Unpack

from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.paths import reference_paths, walk_path
from trunkline.documents.shape import DataClass, Json, Shape, snake_case, spaced

Operation = Literal["list", "retrieve", "create", "patch", "delete"]
ALL: tuple[Operation, ...] = ("list", "retrieve", "create", "patch", "delete")

EventKind = Literal["created", "changed", "state_changed", "deleted"]
EVENT_SUFFIX: dict[str, str] = {
    "created": "CreateEvent",
    "changed": "AttributeValueChangeEvent",
    "state_changed": "StateChangeEvent",
    "deleted": "DeleteEvent",
}


@dataclass(frozen=True)
class Api:
    """A published interface: its number, title, version and base path."""

    number: str
    title: str
    version: str
    base: str
    views: tuple[View, ...] = ()

    @property
    def major(self) -> str:
        """The major version as the path says it (`v4`)."""
        return "v" + self.version.split(".", maxsplit=1)[0]


@dataclass(frozen=True)
class Asked:
    """What a filter of a view means: the stored path and values, and whether absence means them."""

    path: str
    values: tuple[str, ...]
    or_absent: bool = False


def _as_it_is(_name: str, text: str) -> str:
    return text


@dataclass(frozen=True)
class View:
    """The same resources in another version: its base path and its two converters.

    `outward(type name, document)` and `inward(type name, document)` return new documents and
    undo each other, undeclared attributes included. `path(type name, path)` turns a dotted path
    of the view into the stored one, `shown` a stored one (with indexes) into the view's.
    `word(type name, stored path, word)` is the view's word for a stored one; `ask(type name, path,
    operator, values)` what a filter means, with ValueError (a sentence) for what cannot be asked.
    `schemas(type name, pointer base)` describes a record and what it holds, the record first.
    """

    version: str
    base: str
    outward: Callable[[str, Json], Json]
    inward: Callable[[str, Json], Json]
    path: Callable[[str, str], str]
    event: Callable[[str], str]
    time_name: str = "timeOccurred"
    shown: Callable[[str, str], str] = _as_it_is
    word: Callable[[str, str, str], str] = lambda _name, _path, word: word
    ask: Callable[[str, str, str, Sequence[str]], Asked] | None = None
    schemas: Callable[[str, str], dict[str, Json]] | None = None

    @property
    def major(self) -> str:
        """The major version as the path says it (`v5`)."""
        return "v" + self.version.split(".", maxsplit=1)[0]


@dataclass(frozen=True)
class Promoted:
    """An attribute that is also an ordinary column, so that filter and sort are quick."""

    path: str
    kind: Literal["text", "instant", "number", "boolean"] = "text"
    index: bool = True


class Document(Shape):
    """A record: its shape's attributes, and beside them what the store says of it."""

    meta: ClassVar[Meta]
    resource: ClassVar[Resource]

    @property
    def id(self) -> str:
        """The record's UUID."""
        return self.meta.id

    @property
    def key(self) -> str:
        """The record's number for people (`ORD000123`)."""
        return self.meta.key


@dataclass
class Meta:
    """What the store keeps of a record beside its document.

    `version` counts the writes: 1 when the record is new, 0 before that.
    """

    id: str = ""
    key: str = ""
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    owner: str | None = None
    partner: str | None = None
    format: str = ""  # of the key that it gets, where that is another than its kind's


D = TypeVar("D", bound=Document)


@dataclass(eq=False)
class Resource:
    """A declared kind of record. Built by `@resource`; names are checked when it is made."""

    name: str
    type: type[Document]
    module: str
    api: Api
    path: str
    prefix: str
    required: tuple[str, ...] = ()
    lifecycle: Lifecycle | None = None
    server_sets: tuple[str, ...] = ()
    defaults: dict[str, Callable[[datetime], Json]] = field(default_factory=dict)
    immutable: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    promote: tuple[Promoted, ...] = ()
    operations: tuple[Operation, ...] = ALL
    events: dict[str, str | None] = field(default_factory=dict)
    owner: tuple[str, ...] = ()
    owner_is_self: bool = False
    partner: tuple[str, ...] = ()
    root: str = "self"
    label: tuple[str, ...] = ("name",)
    columns: tuple[str, ...] = ("name",)
    data_class: DataClass = "internal"
    family: str = ""
    title: str = ""
    type_name: str = ""
    live_name: bool = False
    published: bool = True
    if_match_required: bool = False
    exempt: dict[str, str] = field(default_factory=dict)

    @cached_property
    def table(self) -> str:
        """The name of the table that holds the records."""
        return snake_case(self.name)

    @cached_property
    def reference_table(self) -> str:
        """The name of the table that holds the references of the resource's family."""
        return f"{self.family}_reference"

    def event_name(self, kind: str) -> str:
        """Return the published name of an event of this resource."""
        return self.events.get(kind) or f"{self.type_name}{EVENT_SUFFIX[kind]}"

    def __str__(self) -> str:
        return self.name


class Event:
    """A kind of happening on a resource, to be named in `@on`."""

    def __init__(
        self, resource: Resource, kind: EventKind, states: Sequence[str] = (),
        former: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.resource = resource
        self.kind = kind
        self.states = states
        self.former = former

    def to(self, *states: str, since: Sequence[str] = ()) -> Event:
        """Return the event narrowed to moves into one of the (internal) states, out of `since`."""
        lifecycle = self.resource.lifecycle
        for state in (*states, *since):
            if lifecycle is None or state not in lifecycle.moves:
                raise ValueError(f"{self.resource} has no state {state}")
        return Event(self.resource, self.kind, states, since)

    def covers(self, state: str | None, former: str | None) -> bool:
        """Tell whether a move from one state to another is one of these."""
        return (not self.states or state in self.states) and (
            not self.former or former in self.former
        )

    @property
    def name(self) -> str:
        """The published name, with the states it is narrowed to."""
        name = self.resource.event_name(self.kind)
        return f"{name} to {' or '.join(self.states)}" if self.states else name


def event(resource: type[Document], kind: EventKind) -> Event:
    """Return the event of a resource, for `@on(event(Thing, "created"))`."""
    return Event(resource.resource, kind)


class Registry:
    """All declared resources, the names held elsewhere, and the rules and reactions on them."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self.elsewhere: set[str] = set()
        self.rules: dict[str, list[Any]] = {}
        self.completions: dict[str, list[Any]] = {}
        self.reactions: list[Any] = []
        self.handlers: dict[str, Any] = {}
        self._live_kinds: dict[str, tuple[str, ...]] = {}
        self._checked = False

    def add(self, declared: Resource) -> None:
        """Keep a resource; the name must be new."""
        if declared.name in self.resources:
            raise ValueError(f"{declared.name} is declared twice")
        self.resources[declared.name] = declared
        self._live_kinds.clear()
        self._checked = False

    def hold_elsewhere(self, *names: str) -> None:
        """Name target types that other systems master until a module here declares them."""
        self.elsewhere.update(names)

    def __getitem__(self, name: str) -> Resource:
        return self.resources[name]

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def rules_of(self, resource: Resource) -> list[Any]:
        """Return the rules of a kind of record, and those that hold for every kind."""
        return [*self.rules.get(resource.name, ()), *self.rules.get("", ())]

    def live_kinds(self, resource: Resource) -> tuple[str, ...]:
        """Return the kinds of records whose names a resource's references fill on reading."""
        found = self._live_kinds.get(resource.name)
        if found is None:
            targets = {name for one in reference_paths(resource.type) for name in one.targets}
            held = (self.resources[name] for name in targets & self.resources.keys())
            found = tuple(sorted(one.name for one in held if one.live_name))
            self._live_kinds[resource.name] = found
        return found

    def check(self) -> None:
        """Fail on any declared name that does not resolve; done once when all is loaded."""
        if self._checked:
            return
        for declared in self:
            check_names(declared)
            for reference in reference_paths(declared.type):
                for target in reference.targets:
                    if target not in self.resources and target not in self.elsewhere:
                        raise TypeError(
                            f"{declared.name}.{reference.dotted} points at {target}, "
                            "which no module declares; declare it or name it held elsewhere"
                        )
        self._checked = True


registry = Registry()


def check_names(declared: Resource) -> None:
    """Fail on a name in a declaration that the resource's type does not have."""
    own = declared.type.attributes()
    lifecycle = declared.lifecycle
    names: Iterable[str] = (
        *declared.required,
        *declared.server_sets,
        *declared.immutable,
        *declared.defaults,
        *(lifecycle.names if lifecycle else ()),
        *((lifecycle.by_hand.reason,) if lifecycle and lifecycle.by_hand else ()),
    )
    for name in names:
        if name not in own:
            raise TypeError(f"{declared.name} has no attribute {name}")
    paths = [p.path for p in declared.promote] + [*declared.columns, *declared.guarded]
    for path in paths:
        if path in {"id", "key", "updatedAt", "createdAt"}:
            continue
        try:
            walk_path(declared.type, path)
        except KeyError as error:
            raise TypeError(f"{declared.name} has no attribute at {path}: {error}") from error


class Options(TypedDict, total=False):
    """What may be declared of a resource beside its interface, path and prefix; see `resource`."""

    required: tuple[str, ...]
    lifecycle: Lifecycle | None
    server_sets: tuple[str, ...]
    defaults: dict[str, Callable[[datetime], Json]]
    immutable: tuple[str, ...]
    guarded: tuple[str, ...]
    promote: tuple[Promoted, ...]
    operations: tuple[Operation, ...]
    events: dict[str, str | None]
    owner: tuple[str, ...]
    owner_is_self: bool
    partner: tuple[str, ...]
    root: str
    label: tuple[str, ...]
    columns: tuple[str, ...]
    data_class: DataClass
    family: str
    title: str
    type_name: str
    live_name: bool
    published: bool
    if_match_required: bool
    exempt: dict[str, str]


def resource(
    *, api: Api, path: str, prefix: str, **options: Unpack[Options]
) -> Callable[[type[D]], type[D]]:
    """Declare a resource.

    Attribute names (`required`, `server_sets`, `defaults`, `immutable`, lifecycle) are Python
    names of the type's own attributes; paths (`promote`, `columns`, `owner`, `partner`, `label`,
    `root`) are dotted JSON paths. `required` holds on create in addition to what the type itself
    requires. `owner` lists the references of which the first present says whose record it is:
    a path, or `relatedParty[owner]` for a reference in a certain role. `root` is `self` or
    the path of the reference whose target's work this record's reactions queue up with.
    `guarded` are paths inside lists that clients may not change, such as the state of an element.
    `type_name` is the published name where another resource of ours has the class's name.
    With `live_name` the name in a reference to such a record is not stored but filled on reading.
    """

    def declare(cls: type[D]) -> type[D]:
        parts = cls.__module__.split(".")
        module = parts[1 if parts[0] == "trunkline" else -2]  # also where it lies deeper inside
        declared = Resource(cls.__name__, cls, module, api, path, prefix, **options)
        declared.family = declared.family or module
        declared.title = declared.title or spaced(cls.__name__)
        declared.type_name = declared.type_name or cls.__name__
        cls.resource = declared
        registry.add(declared)
        return cls

    return declare
