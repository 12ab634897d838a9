"""A second go for a test that failed: what is wrong fails twice, what met a slow moment once.

Most tests share the machine with browsers, killed servers, started programs and threads, whose pace
is their own. A test that fails runs once more, and pytest's closing line counts it as "rerun". The
full proofs (`--full`) give nobody a second go. Why: docs/decisions/0038-a-second-go.md.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def give_second_go(tests: Iterable[pytest.Item]) -> None:
    """Mark tests to be run once more where they fail, for pytest-rerunfailures."""
    for test in tests:
        test.add_marker(pytest.mark.flaky(reruns=1))


def say_why(reporter: pytest.TerminalReporter) -> None:
    """Show how the tests failed that then got a second go: each is a fault to be explained."""
    for report in reporter.getreports("rerun"):
        reporter.write_sep("_", f"{report.nodeid} got a second go", yellow=True)
        report.toterminal(reporter._tw)
