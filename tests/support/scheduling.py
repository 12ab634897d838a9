"""Which file a process of the test run takes next, and what becomes of a process that dies.

Measured on the scheduler that we build on (pytest-xdist 3.8): after the death of a process it gives
files that are finished to others, who then wait for ever, and the run never ends. Here the test
that ran fails, the rest of its file is taken by another process, and the run comes to its end.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Seconds of a file and of each of its tests, roughly: what is long begins first, so that no process
# is left alone with it at the end.
SECONDS: dict[str, tuple[float, float]] = {
    "tests/browser": (10, 2),
    "tests/cli": (20, 1),
    "tests/conformance": (5, 0.02),
    "tests/database": (10, 3),
    "tests/faults": (10, 5),
    "tests/house": (5, 0.1),
}
OF_ITS_OWN: dict[str, float] = {
    "tests/browser/test_xss.py": 90,
    "tests/conformance/test_schemathesis.py": 60,
    "tests/stories/test_same_rights_everywhere.py": 25,
}
"""Seconds of files that are far from what their folder says."""
IN_A_BROWSER = (10, 4)
OTHERWISE = (0.5, 0.05)


def cost_s(file: str, tests: int) -> float:
    """Estimate how long the tests of a file take."""
    if file in OF_ITS_OWN:
        return OF_ITS_OWN[file]
    path = PurePosixPath(file)
    by_folder = SECONDS.get(str(path.parent), OTHERWISE)
    once, each = IN_A_BROWSER if path.stem.endswith("in_a_browser") else by_folder
    return once + each * tests


class LongestFirst(LoadFileScheduling):
    """Hands out whole files, the longest first, and ends also where a process died."""

    def remove_node(self, node: WorkerController) -> str | None:
        """Forget a process; return the test that it died in, which runs again only if marked."""
        lost = [
            (file, [one for one, is_done in tests.items() if not is_done])
            for file, tests in self.assigned_work.pop(node).items()
        ]
        left = {file: tests for file, tests in lost if tests}
        if not left:
            return None
        deadly = next(iter(left.values())).pop(0)
        for file, tests in left.items():
            if tests:
                self.workqueue[file] = dict.fromkeys(tests, False)
        for other in self.nodes:
            self._reschedule(other)
        return deadly

    def mark_test_pending(self, item: str) -> None:
        """Let a test in which its process died run again; pytest-rerunfailures asks for it."""
        self.workqueue.setdefault(self._split_scope(item), {})[item] = False
        for node in self.nodes:
            self._reschedule(node)

    def schedule(self) -> None:
        """Give out work; one who came late gets a second file, as the first ones did.

        A process begins a test when it knows which comes next, or that none does.
        """
        came_late = self.collection is not None
        super().schedule()
        if came_late:
            super().schedule()

    def _assign_work_unit(self, node: WorkerController) -> None:
        longest = max(self.workqueue, key=lambda file: cost_s(file, len(self.workqueue[file])))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
