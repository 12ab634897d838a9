"""Shapes: typed views on JSON objects, which keep every attribute that nobody declared."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self, TypeAlias, TypeVar, dataclass_transform, overload

from trunkline.documents import instant
from trunkline.documents.annotation import bare_kind, said_around
from trunkline.documents.whole_number import longest, whole

parse_instant, format_instant = instant.parse_instant, instant.format_instant

Json: TypeAlias = Any
"""A JSON value as decoded: None, bool, int, Decimal, str, list or dict."""

DataClass: TypeAlias = Literal["public", "internal", "personal", "sensitive", "own", "outside"]
OWN: DataClass = "own"  # no class of data: who sees own records only, without the staff's words
OUTSIDE: DataClass = "outside"  # nor this: who is not of the staff, an owner or a partner

S = TypeVar("S", bound="Shape")


@dataclass(frozen=True)
class Classified:
    """Say which data class an attribute belongs to; what it holds inside belongs to it too."""

    data_class: DataClass


@dataclass(frozen=True)
class Named:
    """Give the JSON name of an attribute where camelCase of the Python name is not it."""

    json_name: str


@dataclass(frozen=True)
class Limits:
    """Bound a value: length for text, range for numbers, a pattern (RE2 subset) for text.

    A whole number whose name says a unit of time (`leadHours`) is at most fifty years without a
    `maximum` of its own. With `is_open` the choices of a text are those that are known, and so is
    the shape of an object; others are let through.
    """

    length_max: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    items_min: int | None = None
    is_open: bool = False


@dataclass(frozen=True)
class FormerlyFree:
    """Say that anything could stand there before it was declared; such a value says nothing."""


@dataclass(frozen=True)
class Expression:
    """Say that a text is a rule over some variables; a condition comes to true or false."""

    variables: tuple[str, ...]
    is_condition: bool = True


PUBLIC = Classified("public")
PERSONAL = Classified("personal")
SENSITIVE = Classified("sensitive")

SPECIAL_NAMES = {
    "type_": "@type",
    "base_type": "@baseType",
    "schema_location": "@schemaLocation",
    "referred_type": "@referredType",
}


def camel_case(name: str) -> str:
    """Return the JSON name of a Python attribute name."""
    if name in SPECIAL_NAMES:
        return SPECIAL_NAMES[name]
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def snake_case(name: str) -> str:
    """Return the Python form of a JSON name (`orderDate` becomes `order_date`)."""
    return "".join("_" + c.lower() if c.isupper() else c for c in name.lstrip("@")).lstrip("_")


def spaced(name: str) -> str:
    """Return a type name as words: `ThingPart` becomes `Thing part`."""
    return " ".join(snake_case(name).split("_")).capitalize()


def many() -> Any:
    """Declare a list that may be absent; reading it then gives an empty one."""
    return []


class Attribute(property):
    """One declared attribute of a shape: its names, kind, class and limits.

    A property, since every look at a document reads some: what it does is made for its kind once.
    """

    def __init__(self, owner: type[Shape], name: str, *, required: bool) -> None:
        super().__init__(lambda one: type(one).attributes() and self.__get__(one), self.put)
        self.owner = owner
        self.name = name
        self.required = required
        self.json_name = camel_case(name)
        self._resolved = False
        self.is_list = False
        self.shape: type[Shape] | None = None
        self.scalar: str = "any"
        self.choices: tuple[str, ...] = ()
        self.data_class: DataClass | None = None
        self.limits = Limits()
        self.was_free = False
        self.rule = ""  # of a text that is a rule its kind and variables: `condition source item`

    def resolve(self, annotation: Any) -> None:
        """Read kind, class and limits off the annotation; a name that does not resolve fails."""
        for part in said_around(annotation):
            if isinstance(part, Classified):
                self.data_class = part.data_class
            elif isinstance(part, Named):
                self.json_name = part.json_name
            elif isinstance(part, Limits):
                self.limits = part
            elif isinstance(part, FormerlyFree):
                self.was_free = True
            elif isinstance(part, Expression):
                kind = "condition" if part.is_condition else "value"
                self.rule = " ".join((kind, *part.variables))
        self._kind(bare_kind(annotation))
        if self.scalar == "integer" and self.limits.maximum is None:
            self.limits = replace(self.limits, maximum=longest(self.json_name))
        self._resolved = True
        super().__init__(self._reader(), self.put)

    def _kind(self, kind: Any) -> None:
        origin = typing.get_origin(kind)
        if origin is list:
            if self.is_list:
                raise TypeError(f"{self}: lists of lists are not declarable")
            self.is_list = True
            self._kind(bare_kind(typing.get_args(kind)[0]))
        elif origin is Literal:
            # Sorted, for typing gives equal sets of choices the order of whichever came first.
            self.scalar, self.choices = "text", tuple(sorted(typing.get_args(kind)))
        elif isinstance(kind, type) and issubclass(kind, Shape):
            self.shape, self.scalar = kind, "object"
        elif kind in SCALARS:
            self.scalar = SCALARS[kind]
        else:
            raise TypeError(f"{self}: {kind!r} is not a kind that a shape can hold")

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"

    def _reader(self) -> Callable[[Shape], Any]:
        """Return the function that reads the attribute of a shape."""
        name, kind, read = self.json_name, self.shape, self.read
        if self.is_list:
            return lambda shape: Many(shape.raw, self)
        if self.scalar == "integer":
            return lambda shape: (
                value if type(value := shape.raw.get(name)) is int else whole(value)
            )
        if self.scalar not in {"object", "instant", "number"}:  # read as they are stored
            return lambda shape: shape.raw.get(name)
        if kind is None:
            return lambda shape: None if (value := shape.raw.get(name)) is None else read(value)

        def viewed(shape: Shape) -> Any:
            if (value := shape.raw.get(name)) is None:
                return None
            _set_raw(view := _new(kind), value)  # as `wrap` does, without a call
            return view

        return viewed

    def put(self, shape: Shape, value: Any) -> None:
        """Set the attribute of a shape; None takes it away."""
        if not self._resolved:
            type(shape).attributes()
        if value is None:
            shape.raw.pop(self.json_name, None)
        elif self.is_list:
            shape.raw[self.json_name] = [self.write(one) for one in value]
        else:
            shape.raw[self.json_name] = self.write(value)

    def read(self, value: Json) -> Any:
        """Return the typed view of one stored value."""
        if self.shape is not None:
            return self.shape.wrap(value)
        if self.scalar == "instant":
            return instant.instant_in(value) if self.was_free else parse_instant(value)
        if self.scalar == "number" and not isinstance(value, Decimal):
            return Decimal(value)
        return whole(value) if self.scalar == "integer" else value

    def write(self, value: Any) -> Json:
        """Return the JSON form of one typed value."""
        if isinstance(value, Shape):
            return value.raw
        if isinstance(value, datetime):
            return format_instant(value)
        if self.shape is not None and not isinstance(value, dict):
            raise TypeError(f"{self} holds {self.shape.__name__}, not {type(value).__name__}")
        return value


class Many(MutableSequence[Any]):
    """The typed view of a list attribute; changes go to the document at once."""

    __slots__ = ("_attribute", "_raw")

    def __init__(self, raw: dict[str, Json], attribute: Attribute) -> None:
        self._raw = raw
        self._attribute = attribute

    def _list(self) -> list[Json]:
        found = self._raw.get(self._attribute.json_name)
        return found if isinstance(found, list) else []

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> MutableSequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        found = self._list()[index]
        if isinstance(index, slice):
            return [self._attribute.read(one) for one in found]
        return self._attribute.read(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            found = self._list()
            found[index] = [self._attribute.write(one) for one in value]
            self._raw[self._attribute.json_name] = found
        else:
            self._list()[index] = self._attribute.write(value)

    def __delitem__(self, index: int | slice) -> None:
        found = self._list()
        del found[index]
        if not found:
            self._raw.pop(self._attribute.json_name, None)

    def __len__(self) -> int:
        return len(self._list())

    def __iter__(self) -> Iterator[Any]:
        attribute = self._attribute
        found = self._raw.get(attribute.json_name)
        if not isinstance(found, list):
            return iter(())
        # Of a list of its own: what a loop does to the document changes nothing of the loop.
        return map(attribute.read if attribute.shape is None else attribute.shape.wrap, found[:])

    def insert(self, index: int, value: Any) -> None:
        """Put a value before `index`, making the list when it is absent."""
        found = self._list()
        found.insert(index, self._attribute.write(value))
        self._raw[self._attribute.json_name] = found

    def __eq__(self, other: object) -> bool:
        return self._list() == other._list() if isinstance(other, Many) else list(self) == other

    def __repr__(self) -> str:
        return repr(list(self))

    __hash__ = None  # type: ignore[assignment]


@dataclass_transform(kw_only_default=True)
class Shape:
    """A typed view on a JSON object: declared attributes are typed, all others are kept."""

    __slots__ = ("raw",)
    raw: ClassVar[dict[str, Json]]
    targets: ClassVar[tuple[str, ...]] = ()
    shown_if: ClassVar[str] = ""
    """The attribute that says of one such object that it is shown outside the staff; "" for all."""
    _own: ClassVar[dict[str, Attribute]] = {}
    _ready: ClassVar[dict[str, Attribute] | None] = None
    _by_json: ClassVar[dict[str, Attribute] | None] = None

    def __init_subclass__(cls, *, targets: Iterable[str] | None = None) -> None:
        """Install one descriptor per annotated attribute; `targets` make the shape a reference.

        A reference names, by its `id`, a record of one of the target types.
        """
        super().__init_subclass__()
        if targets is not None:
            cls.targets = tuple(targets)
        cls._ready = cls._by_json = None
        inherited: dict[str, Attribute] = {}
        for base in reversed(cls.__mro__[1:]):
            inherited.update(getattr(base, "_own", {}))
        own = dict(inherited)
        for name in cls.__dict__.get("__annotations__", {}):
            if name.startswith("_") or name in {"raw", "targets"}:
                continue
            if str(cls.__annotations__[name]).startswith(("ClassVar", "typing.ClassVar")):
                continue
            own[name] = Attribute(cls, name, required=name not in cls.__dict__)
            setattr(cls, name, own[name])
        cls._own = own

    def __init__(self, **values: Any) -> None:
        _set_raw(self, {})
        own = type(self)._own
        for name, value in values.items():
            if name not in own:
                raise TypeError(f"{type(self).__name__} has no attribute {name}")
            own[name].put(self, value)

    @classmethod
    def wrap(cls, raw: dict[str, Json]) -> Self:
        """Return a view on `raw` itself: edits through the view change it."""
        shape: Self = _new(cls)
        _set_raw(shape, raw)
        return shape

    @classmethod
    def attributes(cls) -> dict[str, Attribute]:
        """Return the declared attributes by Python name, their annotations resolved."""
        return cls._ready if cls._ready is not None else cls._resolve()

    @classmethod
    def by_json_name(cls) -> dict[str, Attribute]:
        """Return the declared attributes by JSON name."""
        if cls._by_json is None:
            cls._by_json = {one.json_name: one for one in cls.attributes().values()}
        return cls._by_json

    @classmethod
    def _resolve(cls) -> dict[str, Attribute]:
        for attribute in cls._own.values():
            if attribute._resolved:
                continue
            owner = attribute.owner
            scope = dict(vars(sys.modules[owner.__module__]))
            scope[owner.__name__] = owner
            annotation = owner.__annotations__[attribute.name]
            if isinstance(annotation, str):
                try:
                    annotation = eval(annotation, scope)  # noqa: S307 - our own source text
                except NameError as error:
                    raise TypeError(f"{attribute}: {error}") from error
            attribute.resolve(annotation)
        cls._ready = dict(cls._own)
        return cls._ready

    if not typing.TYPE_CHECKING:  # else the type checker takes every name

        def __setattr__(self, name: str, value: Any) -> None:
            attribute = type(self)._own.get(name)
            if attribute is None:
                raise AttributeError(f"{type(self).__name__} has no attribute {name}")
            attribute.put(self, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and self.raw == other.raw

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.raw!r})"


_new: Callable[[Any], Any] = object.__new__
_set_raw: Callable[[Shape, dict[str, Json]], None] = Shape.__dict__["raw"].__set__

SCALARS: dict[Any, str] = {
    str: "text",
    int: "integer",
    bool: "boolean",
    Decimal: "number",
    datetime: "instant",
    Any: "any",
}
