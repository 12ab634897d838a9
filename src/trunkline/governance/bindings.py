"""Bindings: which attributes take their values from registers, and the rule that holds for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Json, Shape, format_instant
from trunkline.governance.bound_shapes import paths_to
from trunkline.governance.registers import KnownRegister, registers
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, registry
from trunkline.kernel.states import QUIET, event_kind
from trunkline.kernel.work import Work

NAMED_MAX = 12


@dataclass(frozen=True)
class Binding:
    """An attribute whose values are codes of a register.

    An `is_open` one may have other values, too: those of the standard or of another system. Only
    a value that the register has ended is refused there.
    """

    register: str
    is_open: bool = False


@dataclass(frozen=True)
class Everywhere:
    """An attribute of a shape that is bound wherever the shape stands."""

    shape: type[Shape]
    name: str
    binding: Binding


_bound: dict[str, dict[str, Binding]] = {}
_everywhere: list[Everywhere] = []
_made: dict[str, Mapping[str, Binding]] = {}
NOTHING: Mapping[str, Binding] = {}


def bind(kind: type[Document], path: str, register: str, *, is_open: bool = False) -> None:
    """Say that the values at a dotted path of a kind, through lists, are codes of a register."""
    try:
        scalar = walk_path(kind.resource.type, path)[-1].attribute.scalar
    except KeyError as error:
        raise TypeError(f"{kind.resource} has no attribute at {path}: {error}") from error
    if scalar != "text":
        raise TypeError(f"{kind.resource}.{path} is no text, so it holds no code of a register")
    _bound.setdefault(kind.resource.name, {})[path] = Binding(register, is_open)
    _made.clear()


def bind_everywhere(shape: type[Shape], name: str, register: str, *, is_open: bool = False) -> None:
    """Say that an attribute of a shape holds codes of a register in every kind that has it.

    What a kind says of one of its own paths comes first.
    """
    if name not in shape.by_json_name() or shape.by_json_name()[name].scalar != "text":
        raise TypeError(f"{shape.__name__} has no text {name} to hold codes of a register")
    _everywhere.append(Everywhere(shape, name, Binding(register, is_open)))
    _made.clear()


def declared_bindings(kind: str) -> Mapping[str, Binding]:
    """Return what the declarations bind of a kind of record, by path."""
    found = _made.get(kind)
    if found is None:
        found = _made[kind] = _all_of(kind)
    return found


def _all_of(kind: str) -> Mapping[str, Binding]:
    resource = registry.resources.get(kind)
    if resource is None:
        return _bound.get(kind, NOTHING)
    derived = {
        path: one.binding
        for one in _everywhere
        for path in paths_to(resource.type, one.shape, one.name)
    }
    return derived | _bound.get(kind, {})


def bound_to(register: str) -> list[tuple[str, str]]:
    """Return (kind, path) of the declared attributes whose values are of a register."""
    return [
        (kind.name, path)
        for kind in registry
        for path, one in declared_bindings(kind.name).items()
        if one.register == register
    ]


@rule()
def values_stand_in_their_registers(
    work: Work, old: Document | None, new: Document
) -> Iterator[Fault]:
    """Refuse a new value that its register does not have, or has ended; an old one may stay."""
    bindings = declared_bindings(new.resource.name)
    if not bindings:
        return
    kind, former = compared(old, new)
    if kind == QUIET:
        return
    known = registers(work)
    for path, binding in bindings.items():
        register = known.get(binding.register)
        if register is None:
            continue
        names = path.split(".")
        before = {value for _, value in placed(former, names)}
        for place, value in placed(new.raw, names):
            if value not in before:
                yield from chosen_faults(work, register, place, value, is_open=binding.is_open)


def must_be_said(work: Work, kind: type[Document], path: str, value: str) -> None:
    """Refuse (400) to look for a value that the register of an attribute never had."""
    binding = declared_bindings(kind.resource.name)[path]
    register = registers(work).get(binding.register)
    if register is not None and value not in register.values and not binding.is_open:
        message = f"there are {', '.join(list(register.values)[:NAMED_MAX])}"
        raise Invalid.of([Fault(path, "notInRegister", message)])


def chosen_faults(
    work: Work, register: KnownRegister, place: str, value: str, *, is_open: bool = False
) -> Iterator[Fault]:
    """Yield what is wrong with a value that somebody chose of a register."""
    found = register.values.get(value)
    if found is None:
        if is_open:
            return
        code, said = "notInRegister", f"{value} is no value of the register {register.code}"
    elif found.is_chosen(work.now):
        return
    elif found.ends_at is not None and found.ends_at <= work.now:
        code, said = "endedValue", f"{value} was ended on {format_instant(found.ends_at)[:10]}"
    else:
        code, said = "valueToCome", f"{value} is not valid yet"
    choices = tuple(one.code for one in register.chosen(work.now))
    if len(choices) > NAMED_MAX:
        yield Fault(place, code, f"{said}; choose another value of {register.code}")
    elif choices:
        message = f"{said}; choose one of: {', '.join(choices)}"
        yield Fault(place, code, message, choices)
    else:
        yield Fault(place, code, f"{said}; the register {register.code} has no valid value")


def compared(old: Document | None, new: Document) -> tuple[str, Mapping[str, Json]]:
    """Return what kind of write it is, and the document before it.

    A draft is quiet: it may be wrong. One that is handed in is created, and all of it is new.
    """
    kind = event_kind(new.resource, old.raw if old is not None else None, new.raw)
    return kind, old.raw if old is not None and kind != "created" else {}


def placed(raw: Json, names: list[str], place: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path with indexes, text) of each text at a path, through lists."""
    if isinstance(raw, list):
        for index, one in enumerate(raw):
            yield from placed(one, names, f"{place}[{index}]")
    elif not names:
        if isinstance(raw, str):
            yield place, raw
    elif isinstance(raw, dict):
        inner = f"{place}.{names[0]}" if place else names[0]
        yield from placed(raw.get(names[0]), names[1:], inner)
