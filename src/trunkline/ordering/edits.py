"""Edits: the records that one transaction makes and changes, each read once and written once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar, cast

from trunkline.documents.decode import encode, load
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document, Meta
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import array_of
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work

D = TypeVar("D", bound=Document)


class Edits:
    """Takes records out to be edited, new ones in, and writes all of them at the end.

    The caller holds the lock of the order that they belong to.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self._taken: dict[str, tuple[Document, bytes]] = {}
        self._new: dict[str, Document] = {}

    def take(self, kind: type[D], ids: Iterable[str | None]) -> list[D]:
        """Return the records with these ids, in that order; those not there are left out."""
        wanted = list(dict.fromkeys(one for one in ids if one))
        missing = [one for one in wanted if one not in self._taken and one not in self._new]
        if missing:
            for document in self.work.many(kind, missing).values():
                self.keep(document)
        return [cast(D, found) for one in wanted if (found := self._found(one)) is not None]

    def look_up(self, wanted: Mapping[type[Document], Iterable[str | None]]) -> None:
        """Read records of several kinds, which are then at hand: the program itself at once."""
        missing: dict[type[Document], list[str]] = {}
        for kind, ids in wanted.items():
            found = {one for one in ids if one and one not in self._taken and one not in self._new}
            if found:
                missing[kind] = sorted(found)
        if len(missing) < 2 or self.work.actor.kind != "system":
            for kind, found_ids in missing.items():
                self.take(kind, found_ids)
            return
        kinds = list(missing)
        selects = [
            f"select {number}, {ROW} from {kind.resource.table} t where t.id = any(%s::uuid[])"  # noqa: S608
            for number, kind in enumerate(kinds)
        ]
        rows = self.work.connection.execute(
            " union all ".join(selects), [array_of(one) for one in missing.values()]
        ).fetchall()
        for number, *row in rows:
            document = document_of(kinds[number], row)
            self._taken.setdefault(document.id, (document, row[-1]))

    def one(self, kind: type[D], ident: str | None) -> D | None:
        """Return one record, None where it is not there."""
        held = self._found(ident) if ident else None
        return cast(D, held) if held is not None else next(iter(self.take(kind, [ident])), None)

    def keep(self, document: Document) -> None:
        """Take a record that is at hand already, as it stands."""
        self._taken.setdefault(document.id, (document, encode(document.raw)))

    def taken(self, kind: type[D]) -> Iterator[tuple[D, bytes]]:
        """Yield the records of a kind that are edited, each with what it was as JSON.

        New ones were nothing yet.
        """
        for document, body in self._taken.values():
            if isinstance(document, kind):
                yield document, body
        for document in self._new.values():
            if isinstance(document, kind):
                yield document, b"{}"

    def new(self, document: D, ident: str) -> D:
        """Take in a record that is to be made under an id; kinds are made as they first come."""
        object.__setattr__(document, "meta", Meta(ident))
        self._new[ident] = document
        return document

    def write(self) -> None:
        """Make the new records, a list of each kind at once, and write those that have changed."""
        with self.work.together():
            self._write()
        self._taken.clear()
        self._new.clear()

    def _write(self) -> None:
        kinds: dict[type[Document], list[Document]] = {}
        self.work.learn(self._new.values())
        for document in self._new.values():
            kinds.setdefault(type(document), []).append(document)
        for documents in kinds.values():
            self._make(documents)
        self._save(
            [
                (document, load(body))
                for document, body in self._taken.values()
                if encode(document.raw) != body
            ]
        )

    def _found(self, ident: str) -> Document | None:
        if ident in self._new:
            return self._new[ident]
        taken = self._taken.get(ident)
        return taken[0] if taken else None

    def _make(self, documents: list[Document]) -> None:
        """Make records; one in a state that none begins with begins as near to it as it can."""
        later: list[tuple[Document, dict[str, Json]]] = []
        for document in documents:
            lifecycle, state = document.resource.lifecycle, state_of(document)
            if lifecycle is not None and state is not None and not lifecycle.may_start(state):
                later.append((document, load(encode(document.raw))))
                set_state(document, _start(lifecycle, state))
        self.work.add(*documents)
        edited = []
        for document, after in later:
            before = load(encode(document.raw))
            object.__setattr__(document, "raw", {**before, **after})
            edited.append((document, before))
        self._save(edited)

    def _save(self, edited: Sequence[tuple[Document, dict[str, Json]]]) -> None:
        """Write changes, those of one kind together.

        A state that does not follow at once is reached through the states between, each of which
        is a change of its own that others may want to hear of.
        """
        waiting = list(edited)
        while waiting:
            kinds: dict[type[Document], list[tuple[Document, dict[str, Json], Json]]] = {}
            for document, before in waiting:
                between = _between(document, before)
                after = load(encode(document.raw)) if between else None
                if between:
                    set_state(document, between[0])
                kinds.setdefault(type(document), []).append((document, before, after))
            waiting = []
            for same in kinds.values():
                self.work.save_all([(document, before) for document, before, _ in same])
                for document, _, after in same:
                    if after is not None:
                        waiting.append((document, load(encode(document.raw))))
                        object.__setattr__(document, "raw", after)


def state_of(document: Document) -> str | None:
    """Return the internal state of a record."""
    return internal_state(document.resource, document.raw)


def set_state(document: Document, state: str) -> None:
    """Set the internal state of a record."""
    lifecycle = document.resource.lifecycle
    assert lifecycle is not None
    setattr(document, lifecycle.internal or lifecycle.attribute, state)


def may_reach(document: Document, state: str) -> bool:
    """Tell whether a record can still come into a state."""
    lifecycle, now = document.resource.lifecycle, state_of(document)
    if lifecycle is None or now is None:
        return False
    return now != state and lifecycle.way(now, state) is not None


def _start(lifecycle: Lifecycle, state: str) -> str:
    """Return the first state from which a state is reached soonest."""

    def steps(start: str) -> int:
        between = lifecycle.way(start, state)
        return len(lifecycle.moves) if between is None else len(between)

    return min((*lifecycle.starts, lifecycle.initial), key=steps)


def _between(document: Document, before: dict[str, Json]) -> list[str]:
    lifecycle = document.resource.lifecycle
    old, new = internal_state(document.resource, before), state_of(document)
    if lifecycle is None or old is None or new is None or lifecycle.allows(old, new):
        return []
    return lifecycle.way(old, new) or []
