"""Run the tests that prove acceptance statements and write docs/features.md from them.

A test claims a statement with `@pytest.mark.accepts("LEAD-04")`, and the first line of its
docstring says the behaviour. As a script this file starts pytest with itself as a plugin: each
worker writes the claim into the report of its test, the controller collects the reports.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "features.md"
CLAIM = "accepts"
SILENT = "**nothing: the test has no docstring**"
SEVERITY = ("pass", "skipped", "fail")
HEAD = """\
# Features

Written by `make features` from the tests that claim acceptance statements; do not edit.
{summary}

| Statement | What the test shows | Test | Outcome |
|---|---|---|---|
"""


@dataclass(slots=True)
class Claim:
    """A test function, what it shows, the statements it claims, and its worst outcome."""

    shows: str
    statements: list[str]
    outcome: str = "pass"

    def note(self, outcome: str) -> None:
        self.outcome = max(self.outcome, outcome, key=SEVERITY.index)


@dataclass(slots=True)
class Claims:
    """The claims by test function, gathered on the controller from the reports of all workers."""

    by_test: dict[str, Claim] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """It will join the outcome of a phase, and of each parameter set, to its test function."""
        if str(report.outcome) == "rerun":
            return  # The second go counts.
        for name, value in report.user_properties:
            if name == CLAIM:
                shows, *statements = str(value).split("\n")
                test = report.nodeid.partition("[")[0]
                claim = self.by_test.setdefault(test, Claim(shows or SILENT, statements))
                claim.statements = sorted({*claim.statements, *statements})
                claim.note(outcome_of(report) if shows else "fail")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """It will write the page, and count a run that found no claim as a good one."""
        if session.config.option.collectonly:
            return
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(self.by_test), encoding="utf-8")
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK
        if any(claim.shows == SILENT for claim in self.by_test.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def outcome_of(report: pytest.TestReport) -> str:
    """Pass, skipped or fail; a failure that a test expects does not prove its statement."""
    if report.passed:
        return "pass"
    return "fail" if report.failed or hasattr(report, "wasxfail") else "skipped"


def page(by_test: dict[str, Claim]) -> str:
    """The page, one row per statement and test, in the order of the statements."""
    rows = sorted(
        (statement, test, claim)
        for test, claim in by_test.items()
        for statement in claim.statements
    )
    lines = []
    proven: dict[str, bool] = {}
    for statement, test, claim in rows:
        file, _, function = test.partition("::")
        shows = claim.shows.replace("|", "\\|")
        link = f"[{function.replace('::', '.')}](../{file})"
        lines.append(f"| {statement} | {shows} | {link} | {claim.outcome} |\n")
        proven[statement] = proven.get(statement, True) and claim.outcome == "pass"
    summary = (
        f"Statements claimed: {len(proven)}; passing in every test that claims them: "
        f"{sum(proven.values())}; tests: {len(by_test)}."
    )
    return HEAD.format(summary=summary) + "".join(lines)


def pytest_configure(config: pytest.Config) -> None:
    """It will gather reports on the controller only; workers have no view of the whole."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Claims(), "claims")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """It will write each claim into the properties that travel with the reports of its test."""
    for item in items:
        statements = [str(s) for mark in item.iter_markers(CLAIM) for s in mark.args]
        if statements:
            documentation = getattr(getattr(item, "obj", None), "__doc__", None) or ""
            shows = documentation.strip().partition("\n")[0]
            item.user_properties.append((CLAIM, "\n".join([shows, *statements])))


def main() -> int:
    """Run the claiming tests on two processes; the result is pytest's."""
    plugin = Path(__file__)
    command = [sys.executable, "-m", "pytest", "-p", plugin.stem, "-m", CLAIM, "-n", "2", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(plugin.parent)}
    return subprocess.run(
        [*command, *sys.argv[1:]], cwd=ROOT, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
