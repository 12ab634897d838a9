"""The state machine of walks: its rules are what may be done, its invariants what must hold.

Hypothesis chooses what is done and all that is left to chance in it, and shrinks a walk that
fails. `python -m pytest --full tests/faults/test_walks.py` goes through two hundred of them; a walk
that failed comes again with the `@reproduce_failure` line that was printed with it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.ordering.walk import buying, changing, kept_truth, running, truth
from tests.ordering.walk.chance import Chance
from tests.ordering.walk.walk import Walk
from tests.support.program import Site


class WalkMachine(RuleBasedStateMachine):
    """Does one thing after another in a walk, and lets it end in peace."""

    site: Site
    walks: list[Walk]
    """The walks that were gone, one for each example."""

    walk: Walk | None = None
    is_sound = False

    @initialize(data=st.data(), by_plan=st.booleans())
    def begin(self, data: st.DataObject, by_plan: bool) -> None:
        self.walk = Walk(self.site, Chance(data), by_plan)
        self.walks.append(self.walk)
        self.walk.begin()
        buying.have_something(self.walk)
        self._do(buying.place)

    def _do(self, act: Callable[[Walk], None]) -> None:
        """Do something; the worker sees to it at once, or with the next thing."""
        assert self.walk is not None
        self.is_sound = False
        self.walk.trace.append(act.__name__)
        act(self.walk)
        if not self.walk.chance.happens(25, "the worker is slow"):
            self.walk.site.work()

    @rule()
    def place(self) -> None:
        self._do(buying.place)

    # What is named twice is done twice as often, and seldom left out of a walk.

    @rule()
    def place_more(self) -> None:
        self._do(buying.place)

    @rule()
    def revise_more(self) -> None:
        self._do(changing.revise)

    @rule()
    def put_more_right(self) -> None:
        self._do(running.put_right)

    @rule()
    def change(self) -> None:
        self._do(buying.change)

    @rule()
    def end(self) -> None:
        self._do(buying.end)

    @rule()
    def suspend(self) -> None:
        self._do(buying.suspend)

    @rule()
    def resume(self) -> None:
        self._do(buying.resume)

    @rule()
    def move(self) -> None:
        self._do(buying.move)

    @rule()
    def revise(self) -> None:
        self._do(changing.revise)

    @rule()
    def decide(self) -> None:
        self._do(changing.decide)

    @rule()
    def call_off(self) -> None:
        self._do(changing.call_off)

    @rule()
    def take_a_line_out(self) -> None:
        self._do(changing.take_a_line_out)

    @rule()
    def put_right(self) -> None:
        self._do(running.put_right)

    @rule()
    def report(self) -> None:
        self._do(running.report)

    @rule()
    def answer(self) -> None:
        self._do(running.answer)

    @rule()
    def tell(self) -> None:
        self._do(running.tell)

    @rule()
    def die(self) -> None:
        self._do(running.die)

    @rule()
    def pass_time(self) -> None:
        self._do(running.pass_time)

    @invariant()
    def all_holds(self) -> None:
        assert self.walk is not None
        truth.must_hold(self.walk)
        kept_truth.must_hold(self.walk)
        self.is_sound = True

    def teardown(self) -> None:
        if self.walk is None:
            return
        try:
            if self.is_sound:  # a walk that failed has failed, and one that broke off has no end
                running.end_in_peace(self.walk)
        finally:
            self.walk.leave()


def go(
    site: Site, *, walks: int, steps: int, chosen_by: int | None = None, shrink_s: int = 60
) -> list[Walk]:
    """Let Hypothesis go so many walks of so many steps, and return all that were gone.

    The first one is the simplest that there is. They are the same ones each time, or others for
    each number that they are chosen by. One that fails is made smaller for `shrink_s` seconds.
    """

    class Machine(WalkMachine):
        pass

    Machine.site, Machine.walks = site, []
    chosen = Machine if chosen_by is None else seed(chosen_by)(Machine)
    how = settings(
        max_examples=walks, stateful_step_count=steps, derandomize=chosen_by is None,
        database=None, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MAX_SHRINKING_SECONDS", shrink_s)
        run_state_machine_as_test(chosen, settings=how)
    return Machine.walks
