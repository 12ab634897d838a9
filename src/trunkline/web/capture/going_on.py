"""Going on: which lines of the page are those of a cart or quote that it was opened with. Pure.

The number of a line that was taken away may be that of a new one: what was said of the former is
not said of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.shape import Json
from trunkline.sales.lines import Line
from trunkline.web.capture.body import Body


def gone_on(
    lines: Sequence[Line], former: Sequence[Line], body: Body
) -> Iterator[tuple[Line, Line]]:
    """Yield the lines that go on, each with what it was; a line of several sites once."""
    seen: set[int] = set()
    for line in lines:
        number, _ = body.lines[str(line["id"])]
        if number in seen or not 0 < number <= len(former):
            continue
        seen.add(number)
        if is_of_the_same(line, former[number - 1]):
            yield line, former[number - 1]


def is_of_the_same(line: Line, other: Line) -> bool:
    """Tell whether two lines are about one product that is there, or order the same offering."""
    held = _named(line, "product")
    if held != _named(other, "product"):
        return False
    return held is not None or is_same_offering(line, other)


def is_same_offering(line: Line, other: Line) -> bool:
    """Tell whether two lines name the same offering."""
    return bool(_named(line, "productOffering") == _named(other, "productOffering"))


def _named(line: Line, name: str) -> Json:
    return (line.get(name) or {}).get("id")
