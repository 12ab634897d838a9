"""Run the jobs, the screens under axe and the first load in a browser; write docs/workspace.md.

As a script this file starts pytest with itself as a plugin: what hands needed against what they
may need, how often axe looked and what it found, and how heavy the first page was are written into
the report of each test; the page is made of the reports.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "workspace.md"
JOB, LOOKS, WEIGHT = "job", "looks", "first load"
TESTS = (
    "tests/browser", "tests/fieldwork/test_visit_moved_in_a_browser.py",
    "tests/web/test_assurance_pages.py",
)  # fmt: skip
HEAD = """\
# The workspace in figures

Written by `python tools/measured.py` from tests in a browser, which fail above a target; do not
edit. A click or a chord of keys is an action; "typed" is how many texts are typed.

## Jobs

| Job | By | Actions | at most | Typed | at most | Outcome |
|---|---|---|---|---|---|---|
"""
TAIL = """
## Accessibility
{screens} tests looked with axe (WCAG 2.2 AA) {looks:,} times at pages in widths, themes and
languages, and it found {found} violations. Which pages and looks:
`tests/browser/test_accessibility.py` (made by hand), `test_accessibility_derived.py` (derived).

## First load
{weight:,} bytes travel compressed for the first page of a browser without a cache ({most:,} are
allowed), all from one host.
"""


@dataclass(slots=True)
class Measured:
    """What the reports of all tests said."""

    jobs: list[tuple[str, str, str, str]] = field(default_factory=list)
    looks: Counter[str] = field(default_factory=Counter)
    screens: int = 0
    weight: tuple[int, int] = (0, 0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """It will keep what a test measured."""
        if report.when != "call" or str(report.outcome) == "rerun":
            return
        for name, value in report.user_properties:
            if name == JOB:
                shows, *figures = str(value).split("\n")
                by = report.nodeid.partition("[")[2].rstrip("]").replace("-", ", ") or "–"
                self.jobs.append((shows, by, " | ".join(figures), report.outcome))
            elif name == LOOKS:
                looks, found = str(value).split()
                self.looks.update(looks=int(looks), found=int(found))
                self.screens += 1
            elif name == WEIGHT:
                size, most = str(value).split()
                self.weight = int(size), int(most)

    def pytest_sessionfinish(self) -> None:
        """It will write the page."""
        jobs = sorted(self.jobs)
        lines = [f"| {shows} | {by} | {told} | {end} |\n" for shows, by, told, end in jobs]
        PAGE.write_text(HEAD + "".join(lines) + TAIL.format(
            screens=self.screens, looks=self.looks["looks"], found=self.looks["found"],
            weight=self.weight[0], most=self.weight[1],
        ), encoding="utf-8")  # fmt: skip


class Watched:
    """Writes what hands and axe do in a test into its properties."""

    def __init__(self) -> None:
        self.job: tuple[int, int, int, int] | None = None
        self.looks: Counter[str] = Counter()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[Any]:
        """It will see to it that each test has its own figures."""
        self.job, self.looks = None, Counter()
        try:
            return (yield)
        finally:
            if self.job is not None:
                shows = _shows(item)
                item.user_properties.append((JOB, "\n".join([shows, *map(str, self.job)])))
            if self.looks:
                told = f"{self.looks['looks']} {self.looks['found']}"
                item.user_properties.append((LOOKS, told))

    def watch(self) -> None:
        """Stand between the tests and what they use."""
        from tests.browser import axe
        from tests.browser.hands import Hands

        judge, look = Hands.needed_at_most, axe.violations

        def needed_at_most(hands: Hands, actions: int, texts: int = 0) -> None:
            self.job = hands.actions, actions, hands.texts, texts
            judge(hands, actions, texts)

        def violations(*values: Any, **named: Any) -> list[str]:
            found = look(*values, **named)
            self.looks.update(looks=1, found=len(found))
            return found

        Hands.needed_at_most = needed_at_most  # type: ignore[method-assign]
        axe.violations = violations


def _shows(item: pytest.Item) -> str:
    """Return in a sentence what a test shows, without one its name in words."""
    sentence = getattr(getattr(item, "obj", None), "__doc__", None)
    if not sentence:
        name = item.name.partition("[")[0].removeprefix("test_").replace("_", " ")
        sentence = f"{name[:1].upper()}{name[1:]}."
    return str(sentence).strip().partition("\n")[0].replace("|", "\\|")


def pytest_configure(config: pytest.Config) -> None:
    """It will watch what tests do, and gather reports on the controller."""
    watched = Watched()
    watched.watch()
    config.pluginmanager.register(watched, "watched")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Measured(), "measured-reports")


def main() -> int:
    """Run the measuring tests on two processes; the result is pytest's."""
    command = [sys.executable, "-m", "pytest", "-p", Path(__file__).stem, "-n", "2", "-q",
               "--dist", "loadfile"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": f"{Path(__file__).parent}:{ROOT}"}
    return subprocess.run(
        [*command, *TESTS, *sys.argv[1:]], cwd=ROOT, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
