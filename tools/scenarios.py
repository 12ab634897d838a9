"""Write docs/scenarios.md: twenty stories of an operator from end to end, and what proves each.

A test that plays one, or a part of one, carries `@pytest.mark.scenario(9)`; the first line of its
docstring says what it shows. The tests are read here, not run. What of a scenario no test can show,
since what it takes is not built, is said in `LACKS`; a scenario without either is an error.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "scenarios.md"
MARK = "scenario"
SCENARIOS = {
    1: "A company connects four sites by packages: 12 lines, 16 with security at all of them",
    2: "Three of a package are three trees; of two that are wanted later a clerk says which go",
    3: "Values that nobody knows at approval come later, and what they decide is made once",
    4: "A service order of TMF641 alone: one customer-facing service, three below it, a resource "
       "below each; a value left out is a branch less",
    5: "Another box in flight: exchanged until one is configured, refused from then on",
    6: "Another bandwidth in flight: the line card is set anew, television hears nothing",
    7: "Another contact in flight repeats no step",
    8: "Another price in flight changes sums, and no step",
    9: "Canceled after two of five steps: both are taken back in reverse, all is free again",
    10: "Canceled too late: the request is done and says why not, the order goes on",
    11: "A move: the new place works before the old one ends; called off, all is as before",
    12: "A whole that is to rest counts more than its part; who resumes before withdraws",
    13: "Fibre to five branches of a company, from the check of the sites to the renewal",
    14: "Mobile with a number brought along: credit, porting, card, an activation told late",
    15: "An outage of many customers: tickets, one problem, everybody told, credits on the bill",
    16: "From a disputed bill to a broken payment plan and a suspended line",
    17: "A wholesale installation: a partner's system orders by TMF622, and sees its own",
    18: "A campaign's answer becomes a lead and a sale, which is counted once",
    19: "A consumer who has left is erased; what has to be kept is kept without the name",
    20: "Processes die during a call, a bill run and an import: nothing lost, nothing twice",
}  # fmt: skip
LACKS: dict[int, str] = {}
HEAD = """\
# Scenarios

Written by `python tools/scenarios.py` from the tests that say which scenario they play
(`@pytest.mark.scenario`); do not edit. Each goes through the real API, worker or browser.
{summary}

| Scenario | What proves it | What is not there yet |
|---|---|---|
"""


@dataclass(frozen=True, order=True)
class Proof:
    """A test that plays a scenario, and what it shows."""

    scenario: int
    file: str
    name: str
    shows: str


def proofs(folder: Path) -> Iterator[Proof]:
    """Yield what plays a scenario among the tests of a folder."""
    for path in sorted(folder.rglob("test_*.py")):
        text = path.read_text("utf-8")
        if f"mark.{MARK}(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                shows = (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")
                for number in _marked(node):
                    file = path.relative_to(folder.parent).as_posix()
                    yield Proof(number, file, node.name, shows)


def _marked(node: ast.FunctionDef) -> Iterator[int]:
    """Yield the numbers that a test is marked with."""
    for one in node.decorator_list:
        if isinstance(one, ast.Call) and ast.unparse(one.func) == f"pytest.mark.{MARK}":
            yield from (int(ast.literal_eval(argument)) for argument in one.args)


def page(found: list[Proof]) -> str:
    """Return the page. Refuses a scenario that nothing is said of, and a number of none."""
    unknown = {one.scenario for one in found} - SCENARIOS.keys()
    silent = SCENARIOS.keys() - {one.scenario for one in found} - LACKS.keys()
    mute = [one.name for one in found if not one.shows]
    if unknown or silent or mute:
        raise ValueError(f"no such scenario: {unknown}; no test, no word: {silent}; mute: {mute}")
    lines = []
    for number, title in SCENARIOS.items():
        tests = "<br>".join(_row(one) for one in sorted(found) if one.scenario == number)
        lines.append(f"| {number}. {title} | {tests or '–'} | {LACKS.get(number, '')} |\n")
    played = {one.scenario for one in found}
    summary = (
        f"Played wholly: {len(played - LACKS.keys())} of {len(SCENARIOS)}; "
        f"in part: {len(played & LACKS.keys())}; not at all: {len(SCENARIOS.keys() - played)}."
    )
    return HEAD.format(summary=summary) + "".join(lines)


def _row(one: Proof) -> str:
    shows = " ".join(one.shows.split()).replace("|", "\\|")
    return f"[{one.name}](../{one.file}): {shows}"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(list(proofs(ROOT / "tests"))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
