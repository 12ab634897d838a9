"""Growth: what is known while an order is being broken down, and the steps found so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.catalog.entry import ENDED, REJECTED, Specification
from trunkline.catalog.relation import Relation
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.branch import Branch, place_name
from trunkline.ordering.configured import filled
from trunkline.ordering.draft import Draft
from trunkline.ordering.installed import (
    Installed,
    Record,
    layer_of,
    name_of,
    part_ids,
    place_of,
    values,
)
from trunkline.ordering.node import (
    SHARED,
    UNCHOSEN,
    Choice,
    Copies,
    Copy,
    Deferred,
    NodeAction,
    NodeCharacteristic,
    NodeLayer,
)
from trunkline.ordering.standalone_line import AnyLine


@dataclass
class Source:
    """What parts grow below: a product, service or resource as it will be.

    `draft` is None where it stays as it is; `waiter` is then the next step above. `parts` are the
    existing records below it, `above` the specifications that it was reached through. `fixed`
    says that parts which no relation knows stay, as the specification is the same as before.
    `reached` is the source above and the relation by which this one is made.
    `inside` counts, by specification, the parts that lines of their own stand for.
    """

    specification: Specification
    values: Mapping[str, Json]
    line: AnyLine
    item: Mapping[str, Json]
    items: frozenset[str]
    prefix: str
    draft: Draft | None
    waiter: Draft
    record: Record | None = None
    parts: tuple[Record, ...] = ()
    place: Json = None
    moved: bool = False
    fixed: bool = True
    inside: Mapping[str, int] = field(default_factory=dict)
    above: tuple[str, ...] = ()
    copy: int = 1
    reached: tuple[Source, Relation] | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.specification.name

    def asked_by(self, name: str) -> str | None:
        """Return the characteristic of the item's product that a value here is copied from."""
        if self.reached is None:
            return name
        above, relation = self.reached
        for mapping in relation.link.mapping:
            if mapping.target == name and mapping.source is not None:
                return above.asked_by(mapping.source)
        return None


@dataclass
class Cut:
    """A link to an existing part that the order takes off, and where that part stood."""

    source: Source
    prefix: str
    items: frozenset[str]
    item_id: str
    explanation: str
    needs: set[str] = field(default_factory=set)


@dataclass
class Group:
    """A part that several sources share: made, changed or only joined once for all of them."""

    key: str
    target: Specification
    layer: NodeLayer
    sources: list[tuple[Source, Branch]] = field(default_factory=list)
    linked: Record | None = None
    grown: bool = False


class Growth:
    """The steps found so far, and what is known about what they touch.

    `asked` holds the keys of the steps that each line itself asks for.
    """

    def __init__(
        self, lines: Mapping[str, AnyLine], catalog: CatalogSnapshot, installed: Installed
    ) -> None:
        self.lines = lines
        self.catalog = catalog
        self.installed = installed
        self.drafts: dict[str, Draft] = {}
        self.asked: dict[str, set[str]] = {}
        self.faults: list[Fault] = []
        self.deferred: list[Deferred] = []
        self.joined: set[str] = set()
        self.kept: set[tuple[str, str]] = set()
        self.cuts: dict[tuple[str, str], Cut] = {}
        self.groups: dict[tuple[str, str], Group] = {}
        self.copies: dict[str, Copies] = {}
        self.choices: list[Choice] = []
        self.chosen: set[str] = set()
        self.inside: dict[str, list[AnyLine]] = {}
        for line in lines.values():
            if line.whole is not None:
                self.inside.setdefault(line.whole, []).append(line)
        self.named = {line.record_id for line in lines.values() if line.record_id}

    def key(self, base: str) -> str:
        """Return a key that no step has yet: the base itself, or the base with a number."""
        found, number = base, 1
        while found in self.drafts:
            number += 1
            found = f"{base}#{number}"
        return found

    def add(self, draft: Draft) -> Draft:
        """Keep a new step and return it."""
        self.drafts[draft.key] = draft
        return draft

    def step(
        self,
        source: Source,
        key: str,
        layer: NodeLayer,
        target: Specification,
        wanted: tuple[NodeCharacteristic, ...],
        *,
        record: Record | None,
        place: Json,
        explanation: str,
    ) -> Draft:
        """Keep and return a step for a part: an add, or a modify of the existing record."""
        action: NodeAction = "add" if record is None else "modify"
        return self.add(
            Draft(
                key=self.key(key),
                layer=layer,
                action=action,
                specification=target,
                name=target.name,
                explanation=explanation,
                items=set(source.items),
                item_id=source.line.id,
                characteristics=wanted,
                before=tuple(sorted(values(record).items())) if record is not None else (),
                place=place,
                instance_id=record.id if record is not None else None,
                copy=source.copy,
            )
        )

    def link(self, source: Source, draft: Draft) -> None:
        """Put a part's step below its source, which waits for it."""
        source.waiter.needs.add(draft.key)
        if source.draft is not None:
            draft.parents.add(source.draft.key)
        elif draft.action == "add" and source.record is not None:
            draft.parent_instances.add(source.record.id)

    def keep(self, source: Source, record: Record) -> None:
        """Go on using an existing part below a source; a new link makes the source change."""
        self.joined.add(record.id)
        if source.record is not None:
            self.kept.add((source.record.id, record.id))
            if record.id in part_ids(source.record):
                return
        draft = self.change(source, f"is linked to {name_of(record)}")
        if draft is not None:
            draft.reuses.add(record.id)

    def change(self, source: Source, reason: str) -> Draft | None:
        """Return the step of a source; one that would stay as it is gets one that changes it."""
        if source.draft is None and source.record is not None:
            held = filled(source.specification, (), values(source.record))
            source.draft = self.step(
                source,
                source.prefix,
                layer_of(source.record),
                source.specification,
                held,
                record=source.record,
                place=source.place,
                explanation=reason,
            )
            source.waiter.needs.add(source.draft.key)
        return source.draft

    def cut(self, source: Source, record: Record, explanation: str, need: str | None) -> None:
        """Take an existing part off its source; it ends when nothing else uses it."""
        if source.record is None:
            return
        key = need if need is not None else source.draft.key if source.draft else None
        self.cuts[source.record.id, record.id] = Cut(
            source,
            f"{source.prefix}/{name_of(record)}",
            source.items,
            source.line.id,
            explanation,
            {key} if key is not None else set(),
        )

    def join(
        self,
        source: Source,
        branch: Branch,
        target: Specification,
        layer: NodeLayer,
        taken: list[Record],
    ) -> None:
        """Let a source take part in a shared part, which is made when all its sources are known.

        A part that it shared where it was before it moved is taken off it.
        """
        ident = (target.id, branch.group or "")
        group = self.groups.get(ident)
        if group is None:
            key = f"{SHARED}{target.name}/{branch.group}"
            group = self.groups[ident] = Group(key, target, layer)
        if group.grown:
            message = f"{target.name} in the end consists of itself; correct its relations"
            self.blame(source.line, "relationCircle", message)
            return
        group.sources.append((source, branch))
        for record in taken:
            if source.moved and place_name(place_of(record)) != place_name(source.place):
                self.cut(source, record, f"{name_of(record)} stays behind in a move", None)
            elif group.linked is None or record.id < group.linked.id:
                group.linked = record

    def count(self, base: str, item_id: str, name: str, copy: Copy) -> None:
        """Keep one of those that an item asks for by a number."""
        held = self.copies.get(base)
        members = held.members if held is not None else ()
        self.copies[base] = Copies(base, item_id, name, (*members, copy))

    def ask(self, line: AnyLine, name: str, taken: int, excess: Sequence[Record]) -> None:
        """Ask which ones of several go: fewer are wanted than are there."""
        there = tuple(Copy(one.id, one.id) for one in excess)
        self.choices.append(Choice(line.id, name, taken, there))
        self.faults.append(Fault(f"{line.path}.leftOut", UNCHOSEN, self.choices[-1].fault))

    def unknown_choices(self) -> Iterator[Fault]:
        """Yield a fault for each record that was chosen to go and is no part here."""
        for line in self.lines.values():
            for one in sorted(line.left_out):
                is_copy = line.layer != "product" and one.partition("#")[0] == line.id
                if "/" not in one and not is_copy and one not in self.chosen:
                    message = f"{one} is none of the parts of item {line.id}; name one that is"
                    yield Fault(f"{line.path}.leftOut", "copyUnknown", message)

    def blame(self, line: AnyLine, code: str, message: str) -> None:
        """Keep a fault of a line's product, service or resource, each once."""
        fault = Fault(f"{line.path}.{line.layer}", code, message)
        if fault not in self.faults:
            self.faults.append(fault)

    def has_target(
        self, source: Source, target: Specification | None, ident: str, *, new: bool
    ) -> bool:
        """Return whether a part can be made from its specification; blame the line if not."""
        if target is None:
            message = f"{source.name} leads to {ident}, which the catalog lacks; restore it"
            self.blame(source.line, "specificationMissing", message)
        elif target.id in source.above:
            message = f"{target.name} in the end consists of itself; correct its relations"
            self.blame(source.line, "relationCircle", message)
        elif new and has_ended(target):
            self.blame(source.line, "specificationRetired", retired_message(target))
        else:
            return True
        return False


def has_ended(specification: Specification) -> bool:
    """Return whether nothing new may be made from a specification any more."""
    return specification.lifecycle_status in (*ENDED, REJECTED)


def retired_message(specification: Specification) -> str:
    """Return why something new cannot be made, and what to do."""
    return (
        f"{specification.name} is {specification.lifecycle_status} and cannot be added; "
        "order another one, or correct the relation that leads to it"
    )
