"""Building: a kind of record and what was typed so far, to the parts of a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from trunkline.documents.shape import Attribute, Json, Shape
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Registry
from trunkline.pages.language import spoken
from trunkline.web.editing.arranging import (
    FEW_INPUTS,
    folded,
    idents_in,
    is_in_line,
    is_needed,
    is_told,
    optional,
    options_of,
    ordered,
)
from trunkline.web.editing.asking import Asking, Steps, inside
from trunkline.web.editing.extra_inputs import coded_input, extra_input, with_extras
from trunkline.web.editing.named_inputs import named_inputs
from trunkline.web.editing.nodes import (
    Group,
    Input,
    LookUp,
    Named,
    Node,
    Option,
    Part,
    Repeat,
    Shown,
)
from trunkline.web.editing.paths import anchor_of, value_at, without_places
from trunkline.web.editing.reading import Draft
from trunkline.web.editing.texts import input_kind, is_long, label_of, text_of
from trunkline.web.records import Mention
from trunkline.web.wording import choice

HIDDEN_INSIDE = "holds values that are hidden from your role"
POINTERS = frozenset({"id", "href", "name", "@referredType"})
DEPTH_MAX = 8
RADIOS_MAX = 3
NamedNode = TypeVar("NamedNode", bound=Named)


class Builder:
    """Builds the nodes of one form; `places` are the paths that it has fields for."""

    def __init__(
        self,
        asking: Asking,
        draft: Draft,
        *,
        actor: Actor,
        registry: Registry,
        zone: ZoneInfo,
        mentions: Mapping[str, Mention],
        problems: Mapping[str, Sequence[str]],
    ) -> None:
        self._asking = asking
        self._draft = draft
        self._actor = actor
        self._registry = registry
        self._zone = zone
        self._mentions = mentions
        self._problems = problems
        self._again = {
            *(one for others in asking.screen.depends.values() for one in others),
            *(one for values in asking.screen.values for one in values.by),
            *asking.governed.depends,
        }
        self.places: dict[str, str] = {}

    # --- parts ---------------------------------------------------------------------------------

    def parts(self) -> list[Part]:
        """Return the whole form: the declared parts, then what none of them asks for."""
        screen = self._asking.screen
        told: set[str] = set()
        parts = []
        for section in screen.form:
            if not section.title:
                continue
            nodes = [node for path in section.fields for node in self.nodes(path)]
            told.update(path.partition(".")[0] for path in section.fields)
            if nodes:
                parts.append(Part(section.title, nodes, section.folded and not is_told(nodes)))
        rest = [one for one in self._writable() if one not in told]
        first, more = self._divided(rest, is_all=not parts)
        if first:
            parts.insert(len(parts), Part("" if not parts else "Further", first))
        if more:
            parts.append(Part("More", more, folded=not is_told(more)))
        return with_extras(parts, self._extras())

    def _is_left_out(self, name: str) -> bool:
        """Tell whether nobody needs an attribute here; what has a value is asked for still."""
        return name in self._asking.governed.left_out and not self._draft.document.get(name)

    def _writable(self) -> list[str]:
        names = self._asking.resource.type.by_json_name()
        return [one for one in names if not self._asking.skips(one) and one not in {"id", "href"}]

    def _divided(self, names: Sequence[str], *, is_all: bool) -> tuple[list[Node], list[Node]]:
        """Return the nodes that are shown at once, and those that are folded away."""
        resource = self._asking.resource
        shown = {*resource.label, *resource.columns, *self._asking.required}
        shown = {one.partition(".")[0] for one in shown}
        first: list[Node] = []
        more: list[Node] = []
        for name in names:
            is_first = is_all and (
                name in shown or name in self._draft.document or len(names) <= FEW_INPUTS
            )
            (first if is_first else more).extend(self.nodes(name))
        return ordered(first), ordered(more)

    def _extras(self) -> list[tuple[str, Node]]:
        """Return the inputs of the operator's attributes, each with the title of its part."""
        extras = self._asking.governed.extras
        return [(one.section, node) for name, one in extras.items() for node in self._runtime(name)]

    def _runtime(self, name: str) -> Iterator[Node]:
        known, document = self._asking.governed, self._draft.document
        if inside(self._asking.steps, name) is None:
            return
        extra, value = known.extras[name], document.get(name)
        if value is None and not extra.is_of(document):
            return
        if value is None and self._asking.is_new:
            value = extra.default
        yield self._input(extra_input(known, extra, value, self._zone), name)

    # --- nodes ---------------------------------------------------------------------------------

    def nodes(self, path: str) -> Iterator[Node]:
        """Yield what asks for the value at a path; nothing where it is not to be asked for."""
        shape: type[Shape] | None = self._asking.resource.type
        steps: Steps | None = self._asking.steps
        names = path.split(".")
        if names[0] in self._asking.runtime:
            yield from self._runtime(names[0])
            return
        if self._asking.skips(names[0]) or self._is_left_out(names[0]):
            return
        for index, name in enumerate(names):
            if shape is None or steps is None:
                return
            attribute = shape.by_json_name()[name]
            steps = inside(steps, name)
            if index < len(names) - 1:
                shape = attribute.shape
        if steps is not None:
            value = value_at(self._draft.document, path)
            yield from self._nodes(attribute, path, value, steps, 0)

    def _nodes(
        self, attribute: Attribute, path: str, value: Json, steps: Steps, depth: int
    ) -> Iterator[Node]:
        if without_places(path) in self._asking.resource.guarded:
            return
        label = label_of(attribute)
        shape = attribute.shape
        if shape is None:
            yield self._scalar(attribute, path, value)
        elif attribute.is_list and steps:
            yield Shown(label, "", HIDDEN_INSIDE, anchor_of(path))
        elif attribute.is_list:
            asked = self._asking.asked.get(path)
            if asked is not None:
                yield self._named(path, label, value)
            if asked is None or self._others(path, value):
                yield self._repeat(attribute, path, value, depth)
        elif shape.targets and (address := self._look_up_address(shape, path)):
            yield from self._reference(attribute, shape, path, value, address, steps, depth)
        else:
            yield self._group(attribute, shape, path, value, steps, depth)

    def _scalar(self, attribute: Attribute, path: str, value: Json) -> Input:
        kind = input_kind(attribute)
        options: list[Option] = []
        required = self._is_required(attribute, path)
        limits = attribute.limits
        held = [str(one) for one in value] if isinstance(value, list) else [str(value or "")]
        starts, known = self._asking.starts(path), self._asking.governed
        coded = self._asking.choices(without_places(path), *held)
        coded = [(one, known.named(path, one)) for one in starts] if coded and starts else coded
        if attribute.is_list and attribute.choices and not coded:
            coded = [(one, choice(one, attribute.choices)) for one in attribute.choices]
        if coded:
            one = coded_input(
                f"f:{path}", label_of(attribute), coded, held,
                required=required, is_many=attribute.is_list,
            )  # fmt: skip
            return self._input(one, path)
        if attribute.is_list:
            kind = "lines"
            held = value if isinstance(value, list) else []
            text = "\n".join(text_of(input_kind(attribute), one, self._zone) for one in held)
        else:
            text = text_of(kind, value, self._zone)
            options = options_of(kind, starts or attribute.choices, text, required)
            if options and kind != "boolean":
                few = len(options) <= RADIOS_MAX and required
                kind = "radio" if few else "choice"
        if kind == "text" and is_long(attribute.json_name, limits.length_max):
            kind = "long"
        one = Input(
            f"f:{path}", label_of(attribute), kind, text, options, required,
            length_max=limits.length_max, pattern=limits.pattern or "", rule=attribute.rule,
            low="" if limits.minimum is None else str(limits.minimum),
        )  # fmt: skip
        return self._input(one, path)

    def _input(self, one: NamedNode, path: str) -> NamedNode:
        problems = self._problems.get(path, ())
        at = self.places[path] = anchor_of(path)
        return replace(one, problems=problems, at=at, again=without_places(path) in self._again)

    def _is_required(self, attribute: Attribute, path: str) -> bool:
        return attribute.required or path in self._asking.required

    # --- references ----------------------------------------------------------------------------

    def _look_up_address(self, shape: type[Shape], path: str) -> str:
        """Return where a reference's targets are looked up; empty where the visitor reads none."""
        names = [
            name
            for name in shape.targets
            if (one := self._registry.resources.get(name)) is not None
            and self._actor.grant(one, "read") is not None
        ]
        if not names:
            return ""
        others = self._asking.screen.depends.get(path, ())
        near = [
            ident for other in others for ident in idents_in(value_at(self._draft.document, other))
        ]
        return f"/look-up/{','.join(names)}" + (f"?near={','.join(near[:20])}" if near else "")

    def _reference(
        self, attribute: Attribute, shape: type[Shape], path: str, value: Json, address: str,
        steps: Steps, depth: int,
    ) -> Iterator[Node]:  # fmt: skip
        """Yield the look-up of a reference, in a group with what else is said of it."""
        look_up = self._look_up(attribute, path, value, address)
        others = self._inner(shape, path, value, steps, depth, POINTERS)
        if not others:
            yield look_up
            return
        held = value if isinstance(value, dict) else {}
        told = self._told(path, held)
        first = [one for one in others if is_needed(one, told)] if held else []
        more = [one for one in others if one not in first]
        if not held:
            more = optional(more)
        yield Group(
            path, look_up.label, [look_up, *first], more, is_told(more), in_line=not first,
            bare=not first, at=anchor_of(path) + "-",
        )  # fmt: skip

    def _look_up(self, attribute: Attribute, path: str, value: Json, address: str) -> LookUp:
        held = value if isinstance(value, dict) else {}
        ident, name = str(held.get("id") or ""), str(held.get("name") or "")
        mention = self._mentions.get(ident)
        text = name or (mention.label if mention else ident)
        for also in (path, f"{path}.id", f"{path}.name"):
            self.places[also] = anchor_of(path)
        problems = [
            text for key in (path, f"{path}.id", f"{path}.name")
            for text in self._problems.get(key, ())
        ]  # fmt: skip
        return LookUp(
            path, label_of(attribute), address, ident, text, name,
            str(held.get("@referredType") or ""), self._is_required(attribute, path), problems,
            anchor_of(path), without_places(path) in self._again,
            mention.title if mention else "",
        )  # fmt: skip

    # --- objects and lists ---------------------------------------------------------------------

    def _group(
        self, attribute: Attribute, shape: type[Shape], path: str, value: Json, steps: Steps,
        depth: int,
    ) -> Group:  # fmt: skip
        label = label_of(attribute)
        held = value if isinstance(value, dict) else {}
        at = self.places[path] = anchor_of(path)
        problems = self._problems.get(path, ())
        needed = self._is_required(attribute, path)
        in_line = is_in_line(shape)
        opened = path in self._draft.opened
        if not (held or needed or in_line or opened or self._comes_first(path)):
            return Group(path, label, present=False, marker=not steps, problems=problems, at=at)
        nodes = self._inner(shape, path, held, steps, depth)
        if not held and not needed:
            nodes = optional(nodes)
        first, more = folded(nodes, self._told(path, held))
        return Group(
            path, label, first, more, is_told(more), removable=not needed and not in_line,
            in_line=in_line, opened=opened, problems=problems, at=at,
        )  # fmt: skip

    def _inner(
        self, shape: type[Shape], path: str, value: Json, steps: Steps, depth: int,
        without: frozenset[str] = frozenset(),
    ) -> list[Node]:  # fmt: skip
        """Return the nodes of an object's attributes."""
        held = value if isinstance(value, dict) else {}
        nodes: list[Node] = []
        own = shape.by_json_name()
        leading = self._asking.screen.inner.get(without_places(path), ())
        names = [*leading, *(one for one in own if one not in leading)]
        for name in names if depth < DEPTH_MAX else ():
            one = own[name]
            if name in without or name == "href" or (name == "id" and not one.required):
                continue
            if name.startswith("@") and not (one.required and name == "@type"):
                continue
            further = inside(steps, name)
            if further is not None:
                nodes += self._nodes(one, f"{path}.{name}", held.get(name), further, depth + 1)
        return nodes if leading else ordered(nodes)

    def _comes_first(self, path: str) -> bool:
        """Tell whether an object is opened without being asked for."""
        return without_places(path) in self._asking.screen.inner

    def _repeat(self, attribute: Attribute, path: str, value: Json, depth: int) -> Repeat:
        shape = attribute.shape
        held = value if isinstance(value, list) else []
        origins = self._draft.origins.get(path, list(range(len(held))))
        named = {one.name for one in self._asking.asked.get(path, ())}
        items = []
        for index, one in enumerate(held):
            if not isinstance(one, dict) or shape is None or one.get("name") in named:
                continue
            origin = origins[index] if index < len(origins) else None
            items.append(self._item(attribute, shape, f"{path}[{index}]", one, origin, depth))
        at = self.places[path] = anchor_of(path)
        label = label_of(attribute)
        return Repeat(
            path, label, spoken().inside(label), items, self._is_required(attribute, path),
            self._problems.get(path, ()) if not named else (), at,
        )  # fmt: skip

    def _item(
        self, attribute: Attribute, shape: type[Shape], path: str, value: Json,
        origin: int | None, depth: int,
    ) -> Group:  # fmt: skip
        at = self.places[path] = anchor_of(path)
        address = self._look_up_address(shape, path) if shape.targets else ""
        nodes: list[Node] = []
        if address:
            nodes = [replace(self._look_up(attribute, path, value, address), required=True)]
        without = POINTERS if address else frozenset[str]()
        others = self._inner(shape, path, value, (), depth, without)
        first, more = folded(others, self._told(path, value))
        if address and len(others) > FEW_INPUTS:
            first, more = [], others
        return Group(
            path, label_of(attribute), [*nodes, *first], more, is_told(more),
            removable=True, origin="" if origin is None else str(origin),
            problems=self._problems.get(path, ()) if not address else (),
            at=f"{at}-" if address else at,  # the look-up in it has the id of the path itself
        )  # fmt: skip

    def _told(self, path: str, held: Mapping[str, Json]) -> set[str]:
        """Return the paths inside an object at which there is something, or that come first."""
        leading = self._asking.screen.inner.get(without_places(path), ())
        return {f"{path}.{name}" for name in (*held, *leading)}

    # --- named values --------------------------------------------------------------------------

    def _named(self, path: str, label: str, value: Json) -> Group:
        held = value if isinstance(value, list) else []
        nodes = list(
            named_inputs(
                self._asking.asked[path], path, held, self._zone,
                lambda one, place: self._input(one, f"{path}:{place}"),
                with_defaults=self._asking.is_new,
            )
        )  # fmt: skip
        at = self.places[path] = anchor_of(path)
        at = f"{at}-" if self._others(path, value) else at  # they stand in a list of their own
        return Group(path, label, nodes, problems=self._problems.get(path, ()), at=at)

    def _others(self, path: str, value: Json) -> bool:
        named = {one.name for one in self._asking.asked[path]}
        held = value if isinstance(value, list) else []
        return any(isinstance(one, dict) and one.get("name") not in named for one in held)
