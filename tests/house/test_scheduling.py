"""The run of the tests comes to its end whichever of its processes dies, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("xdist", reason="needs pytest-xdist")
from tests.support.scheduling import LongestFirst

FILES = {"tests/rules/test_ada.py": 3, "tests/rules/test_bob.py": 2, "tests/rules/test_cleo.py": 1,
         "tests/rules/test_dora.py": 1, "tests/rules/test_eve.py": 1,
         "tests/cli/test_frank.py": 1}  # fmt: skip
TESTS = [f"{file}::test_{number}" for file, count in FILES.items() for number in range(count)]


@dataclass(eq=False)
class Process:
    """A process of the run: it begins a test when it knows which comes next, or that none does."""

    given: list[int] = field(default_factory=list)
    gateway: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(id="one"))
    shutting_down: bool = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True

    @property
    def is_ready(self) -> bool:
        return len(self.given) > 1 or (self.shutting_down and bool(self.given))


class Run:
    """A run by two processes, of which one dies in some test."""

    def __init__(self, *, gives_second_go: bool = False) -> None:
        self.gives_second_go = gives_second_go
        config: Any = SimpleNamespace(
            getvalue={"tx": ["2*popen"]}.__getitem__,
            option=SimpleNamespace(loadscopereorder=True, maxprocesses=None),
        )
        self.scheduler: Any = LongestFirst(config)
        self.processes: list[Process] = []
        self.ran: list[str] = []
        self.died_in: str | None = None

    def join(self) -> None:
        """Let a new process begin."""
        self.processes.append(Process())
        self.scheduler.add_node(self.processes[-1])
        self.scheduler.add_node_collection(self.processes[-1], TESTS)

    def go_on(self, deadly: str) -> None:
        """Run until nobody can go on; where one dies another comes."""
        while ready := [one for one in self.processes if one.is_ready]:
            process = ready[len(self.ran) % len(ready)]
            index = process.given.pop(0)
            if TESTS[index] == deadly and self.died_in is None:
                self.processes.remove(process)
                self.died_in = self.scheduler.remove_node(process)
                if self.gives_second_go:
                    self.scheduler.mark_test_pending(self.died_in)
                self.join()
                self.scheduler.schedule()
            else:
                self.ran.append(TESTS[index])
                self.scheduler.mark_test_complete(process, index)
            if self.scheduler.tests_finished:
                for one in self.processes:
                    one.shutdown()


@pytest.mark.parametrize("deadly", TESTS)
def test_all_others_run_once_when_one_kills_its_process(deadly: str) -> None:
    run = Run()
    for _ in range(2):
        run.join()
    run.scheduler.schedule()
    run.go_on(deadly)
    assert run.died_in == deadly
    assert sorted(run.ran) == sorted(set(TESTS) - {deadly})


@pytest.mark.parametrize("deadly", TESTS)
def test_a_second_go_is_given_to_the_test_that_killed_its_process(deadly: str) -> None:
    run = Run(gives_second_go=True)
    for _ in range(2):
        run.join()
    run.scheduler.schedule()
    run.go_on(deadly)
    assert run.died_in == deadly
    assert sorted(run.ran) == sorted(TESTS)


def test_what_takes_long_begins_first() -> None:
    run = Run()
    for _ in range(2):
        run.join()
    run.scheduler.schedule()
    assert TESTS[run.processes[0].given[0]].startswith("tests/cli/")
