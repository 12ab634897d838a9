"""Lifecycles: which states a record may have, how it moves, and what the outside calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class ByHand:
    """What a client needs to change a state itself: a permission, and a reason in an attribute."""

    permission: str
    reason: str


@dataclass(frozen=True)
class Lifecycle:
    """The allowed moves between states, and the published name of each state.

    `moves` names for each state the states that may follow it; a state without followers is
    final. `published` maps every internal state to the outside's one; left empty, both are the
    same. `accepts` maps a published state that a client may ask for to the internal one that it
    means. `on_request` names the states that clients may bring a record into, None for all; the
    program itself brings about the others. `by_hand` says what else clients need. `drafts` names
    the states of a record that is not handed in yet: nobody outside hears of it. `attribute` is
    the Python name of the published attribute, `internal` that of the internal one where the two
    differ. With `is_open` the operator may add states and moves: what is not declared here is
    looked at by the rules of the kind of record.
    """

    attribute: str
    initial: str
    moves: Mapping[str, tuple[str, ...]]
    published: Mapping[str, str] = field(default_factory=dict)
    accepts: Mapping[str, str] = field(default_factory=dict)
    internal: str | None = None
    on_request: frozenset[str] | None = None
    starts: tuple[str, ...] = ()
    drafts: frozenset[str] = frozenset()
    by_hand: ByHand | None = None
    is_open: bool = False

    def __post_init__(self) -> None:
        unknown = {s for after in self.moves.values() for s in after} - set(self.moves)
        if unknown or self.initial not in self.moves:
            raise ValueError(f"lifecycle of {self.attribute}: {unknown or self.initial} undeclared")
        if self.published and set(self.published) != set(self.moves):
            missing = set(self.moves) ^ set(self.published)
            raise ValueError(f"lifecycle of {self.attribute}: no published name for {missing}")

    def knows(self, state: str) -> bool:
        """Return whether a record may be in this state, as far as that is declared."""
        return self.is_open or state in self.moves

    def allows(self, before: str, after: str) -> bool:
        """Return whether a record may go from `before` to `after`; staying is allowed."""
        return before == after or after in self.moves.get(before, ())

    def way(self, before: str, after: str) -> list[str] | None:
        """Return the states between two states on the shortest way, None where there is no way."""
        ways: dict[tuple[str, str], list[str] | None] = self._ways
        if (before, after) not in ways:
            ways[before, after] = self._shortest(before, after)
        return ways[before, after]

    @cached_property
    def _ways(self) -> dict[tuple[str, str], list[str] | None]:
        return {}

    def _shortest(self, before: str, after: str) -> list[str] | None:
        came_from: dict[str, str] = {}
        queue = [before]
        for state in queue:
            for following in self.moves.get(state, ()):
                if following not in came_from and following != before:
                    came_from[following] = state
                    queue.append(following)
        if after not in came_from:
            return None
        states: list[str] = []
        state = came_from[after]
        while state != before:
            states.insert(0, state)
            state = came_from[state]
        return states

    def may_start(self, state: str) -> bool:
        """Return whether a new record may begin its life in this state."""
        return state == self.initial or state in self.starts

    def published_state(self, state: str) -> str:
        """Return the outside's name of an internal state."""
        return self.published.get(state, state)

    def internal_states(self, published: str) -> list[str]:
        """Return the internal states that the outside sees under one name."""
        if not self.published:
            return [published] if published in self.moves else []
        return [state for state, name in self.published.items() if name == published]

    @property
    def names(self) -> tuple[str, ...]:
        """The Python names of the attributes that say the state."""
        return (self.attribute, self.internal) if self.internal else (self.attribute,)

    @property
    def final(self) -> frozenset[str]:
        """The states that nothing follows."""
        return frozenset(state for state, after in self.moves.items() if not after)

    @property
    def published_states(self) -> tuple[str, ...]:
        """The outside's names, in order of declaration, each once."""
        return tuple(dict.fromkeys(self.published_state(state) for state in self.moves))
