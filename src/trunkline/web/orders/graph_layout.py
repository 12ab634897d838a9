"""The layout of a plan's picture: pure arithmetic from steps and needs to boxes and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT = 188, 66
GAP_X, GAP_Y = 34, 14
MARGIN, HEAD = 16, 30
SWEEPS = 4
ABOVE_MAX = 3
"""So many rows may be left free above a column: the picture begins where something stands."""
LAYERS = ("order", "product", "service", "resource")


@dataclass(frozen=True)
class PlanNode:
    """A step as the picture needs it; `layer` is one of LAYERS, anything else stands first."""

    id: str
    layer: str


@dataclass(frozen=True)
class Box:
    """Where a step stands in the picture; `x` and `y` are its upper left corner."""

    id: str
    x: int
    y: int


@dataclass(frozen=True)
class Line:
    """A line from a step to one that must be done before it, as the text of an SVG path."""

    source: str
    target: str
    path: str


@dataclass(frozen=True)
class Head:
    """The title of the columns of a layer, and where it begins and ends."""

    layer: str
    x: int
    width: int


@dataclass(frozen=True)
class Layout:
    """A whole picture: its size, boxes in the order of the steps, lines and heads."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    heads: tuple[Head, ...]


def lay_out(nodes: Sequence[PlanNode], needs: Sequence[tuple[str, str]]) -> Layout:
    """Return where each step and line of a plan is drawn.

    Layers stand side by side from order to resource; within one layer a step stands to the right
    of those that it serves. A column is as long as the longest one. Needs that name no step, or
    the step itself, are left out. The same steps give the same picture.
    """
    by_id = {one.id: one for one in nodes}
    edges = sorted({(a, b) for a, b in needs if a in by_id and b in by_id and a != b})
    columns, layer_of_column = _columns(nodes, edges)
    ordered = _ordered(columns, edges)
    tallest = max((len(one) for one in ordered), default=0)
    height_of = BOX_HEIGHT + GAP_Y
    places: dict[str, tuple[int, int]] = {}
    for number, column in enumerate(ordered):
        spread = tallest / max(1, len(column))
        above = min((spread - 1) / 2, ABOVE_MAX)
        for row, ident in enumerate(column):
            x = MARGIN + number * (BOX_WIDTH + GAP_X)
            places[ident] = (x, HEAD + MARGIN + round((above + row * spread) * height_of))
    width = 2 * MARGIN + max(0, len(ordered) * (BOX_WIDTH + GAP_X) - GAP_X)
    height = HEAD + 2 * MARGIN + max(0, tallest * height_of - GAP_Y)
    boxes = tuple(Box(one.id, *places[one.id]) for one in by_id.values())
    lines = tuple(Line(a, b, _path(places[a], places[b])) for a, b in edges)
    return Layout(width, height, boxes, lines, _heads(layer_of_column))


def _layer(node: PlanNode) -> str:
    return node.layer if node.layer in LAYERS else LAYERS[0]


def _columns(
    nodes: Sequence[PlanNode], edges: Sequence[tuple[str, str]]
) -> tuple[list[list[str]], list[str]]:
    """Return the ids of each column from left to right, and the layer of each column."""
    layer = {one.id: _layer(one) for one in nodes}
    columns: list[list[str]] = []
    layers: list[str] = []
    for name in LAYERS:
        own = [one for one in dict.fromkeys(node.id for node in nodes) if layer[one] == name]
        inside = [(a, b) for a, b in edges if layer[a] == layer[b] == name]
        depth = _depths(own, inside)
        for level in range(max(depth.values(), default=-1) + 1):
            columns.append([one for one in own if depth[one] == level])
            layers.append(name)
    return columns, layers


def _depths(idents: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return how deep each step stands within its layer: 0 for one that no other needs.

    Steps on a circle, which a sound plan has not, stand as deep as they were first reached.
    """
    needed_by: dict[str, list[str]] = {one: [] for one in idents}
    for source, target in edges:
        needed_by[target].append(source)
    depth: dict[str, int] = {}

    def deep(ident: str, above: frozenset[str]) -> int:
        if ident not in depth:
            inner = [deep(one, above | {ident}) for one in needed_by[ident] if one not in above]
            depth[ident] = 1 + max(inner, default=-1)
        return depth[ident]

    for one in idents:
        deep(one, frozenset({one}))
    return _without_gaps(depth)


def _without_gaps(depth: Mapping[str, int]) -> dict[str, int]:
    levels = {level: number for number, level in enumerate(sorted(set(depth.values())))}
    return {ident: levels[level] for ident, level in depth.items()}


def _ordered(columns: list[list[str]], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the columns with each step near those that it is tied to, so that lines cross less."""
    tied: dict[str, list[str]] = {one: [] for column in columns for one in column}
    for source, target in edges:
        tied[source].append(target)
        tied[target].append(source)
    result = [list(column) for column in columns]
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        numbers = range(1, len(result)) if forward else range(len(result) - 2, -1, -1)
        for number in numbers:
            fixed = result[:number] if forward else result[number + 1 :]
            place = {
                one: row / max(1, len(column)) for column in fixed for row, one in enumerate(column)
            }
            result[number] = _by_middle(result[number], tied, place)
    return result


def _by_middle(
    column: list[str], tied: Mapping[str, list[str]], place: Mapping[str, float]
) -> list[str]:
    def middle(ident: str) -> float:
        found = [place[one] for one in tied[ident] if one in place]
        return sum(found) / len(found) if found else column.index(ident) / len(column)

    return sorted(column, key=lambda one: (middle(one), column.index(one)))


def _path(source: tuple[int, int], target: tuple[int, int]) -> str:
    """Return the curve from a box to the one that it needs, whichever side that lies on."""
    (x1, y1), (x2, y2) = source, target
    middle = BOX_HEIGHT // 2
    if x1 == x2:
        x, bow = x1 + BOX_WIDTH, x1 + BOX_WIDTH + GAP_X // 2
        return f"M{x} {y1 + middle}C{bow} {y1 + middle} {bow} {y2 + middle} {x + 7} {y2 + middle}"
    if x1 < x2:
        start, end, bend = x1 + BOX_WIDTH, x2 - 7, GAP_X * 2 // 3
    else:
        start, end, bend = x1, x2 + BOX_WIDTH + 7, -GAP_X * 2 // 3
    return (
        f"M{start} {y1 + middle}C{start + bend} {y1 + middle} "
        f"{end - bend} {y2 + middle} {end} {y2 + middle}"
    )


def _heads(layers: Sequence[str]) -> tuple[Head, ...]:
    heads = []
    for name in LAYERS:
        numbers = [number for number, layer in enumerate(layers) if layer == name]
        if numbers:
            x = MARGIN + numbers[0] * (BOX_WIDTH + GAP_X)
            heads.append(Head(name, x, len(numbers) * (BOX_WIDTH + GAP_X) - GAP_X))
    return tuple(heads)
