"""The picture of a lifecycle: states as boxes in columns, moves as arrows between them.

States stand in the column of the shortest way to them; those that nothing follows stand last.
Neighbouring columns are joined directly, wider steps by an arc above, steps back by one below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT = 180, 38
COLUMN, ROW = 260, 74
MARGIN = 12
ARC, ARC_STEP = 26, 20
SIDE = 8


@dataclass(frozen=True)
class Box:
    """A state: where its box stands, and whether records begin or end in it."""

    name: str
    x: int
    y: int
    is_first: bool
    is_last: bool

    @property
    def middle(self) -> int:
        """The middle of the box from left to right."""
        return self.x + BOX_WIDTH // 2

    @property
    def center(self) -> int:
        """The middle of the box from top to bottom."""
        return self.y + BOX_HEIGHT // 2


@dataclass(frozen=True)
class Arrow:
    """A move: the path of its line, and how it is (`plain`, `narrowed`, `taken`, `added`)."""

    former: str
    state: str
    path: str
    kind: str


@dataclass(frozen=True)
class Picture:
    """All of a lifecycle, with the size that it takes."""

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    width: int
    height: int


def picture(
    moves: Mapping[str, Sequence[str]], starts: Sequence[str], kinds: Mapping[tuple[str, str], str]
) -> Picture:
    """Return the picture of a lifecycle; `kinds` says of moves that are not plain how they are."""
    columns = _columns(moves, starts)
    wide = sum(1 for a, b in _pairs(moves) if _span(columns, a, b) > 1)
    above = MARGIN + (ARC + min(wide, 4) * ARC_STEP if wide else 0)
    boxes = {one.name: one for one in _boxes(columns, moves, starts, above)}
    low = max(one.y for one in boxes.values()) + BOX_HEIGHT
    back = sum(1 for a, b in _pairs(moves) if _span(columns, a, b) < -1)
    arrows, arcs = [], {True: 0, False: 0}
    for former, state in _pairs(moves):
        span = _span(columns, former, state)
        if abs(span) > 1:
            arcs[span > 0] += 1
        line = _line(boxes[former], boxes[state], span, arcs[span > 0], above, low)
        arrows.append(Arrow(former, state, line, kinds.get((former, state), "plain")))
    below = ARC + min(back, 4) * ARC_STEP if back else 0
    width = max(one.x for one in boxes.values()) + BOX_WIDTH + MARGIN
    return Picture([*boxes.values()], arrows, width, low + below + MARGIN)


def _pairs(moves: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, str]]:
    return [(former, state) for former, after in moves.items() for state in after]


def _columns(moves: Mapping[str, Sequence[str]], starts: Sequence[str]) -> dict[str, int]:
    """Return the column of each state; one that cannot be reached stands in the first."""
    first = [one for one in moves if one in starts][:1]
    found = dict.fromkeys(first, 0)
    reached = list(found)
    for state in reached:
        for following in moves.get(state, ()):
            if following not in found:
                found[following] = found[state] + 1
                reached.append(following)
    for state in moves:
        found.setdefault(state, 0)
    last = [one for one in moves if not moves[one] and one not in first]
    end = max((column for state, column in found.items() if state not in last), default=0) + 1
    return {state: end if state in last else found[state] for state in moves}


def _boxes(
    columns: Mapping[str, int], moves: Mapping[str, Sequence[str]], starts: Sequence[str], top: int
) -> Iterable[Box]:
    filled: dict[int, int] = {}
    for state, column in columns.items():
        row = filled.get(column, 0)
        filled[column] = row + 1
        x, y = MARGIN + column * COLUMN, top + row * ROW
        yield Box(state, x, y, state in starts, not moves[state])


def _span(columns: Mapping[str, int], former: str, state: str) -> int:
    return columns[state] - columns[former]


def _line(start: Box, end: Box, span: int, arc: int, top: int, low: int) -> str:
    if span == 1:
        x, to = start.x + BOX_WIDTH, end.x
        y, at = start.center - SIDE, end.center - SIDE
        return f"M{x} {y}C{x + 42} {y} {to - 42} {at} {to - 2} {at}"
    if span == -1:
        x, to = start.x, end.x + BOX_WIDTH
        y, at = start.center + SIDE, end.center + SIDE
        return f"M{x} {y}C{x - 42} {y} {to + 42} {at} {to + 2} {at}"
    if span == 0:
        return _beside(start, end)
    lift = ARC + min(arc, 4) * ARC_STEP
    shift = 14 + 8 * (arc % 4)
    if span > 1:
        height = max(top - lift, 4)
        x, to = start.middle + shift, end.middle - shift
        return f"M{x} {start.y}C{x} {height} {to} {height} {to} {end.y - 2}"
    depth = low + lift
    x, to = start.middle - shift, end.middle + shift
    below = end.y + BOX_HEIGHT + 2
    return f"M{x} {start.y + BOX_HEIGHT}C{x} {depth} {to} {depth} {to} {below}"


def _beside(start: Box, end: Box) -> str:
    """Join two states of one column: straight down or up where they are neighbors."""
    is_down = end.y > start.y
    y, at = (start.y + BOX_HEIGHT, end.y - 2) if is_down else (start.y, end.y + BOX_HEIGHT + 2)
    x = start.middle + (SIDE * 2 if is_down else -SIDE * 2)
    if abs(end.y - start.y) <= ROW:
        return f"M{x} {y}L{x} {at}"
    side = start.x + BOX_WIDTH
    bend = f"C{side + 46} {start.center} {side + 46} {end.center}"
    return f"M{side} {start.center}{bend} {side + 2} {end.center}"
