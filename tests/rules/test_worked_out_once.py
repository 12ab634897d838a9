"""What is worked out of catalog entries: once for those in a snapshot, anew for all others."""

from __future__ import annotations

import pytest

from trunkline.catalog.entry import once, settle
from trunkline.catalog.service_specification import ServiceSpecification
from trunkline.ordering.fulfilment import fulfilment_of
from trunkline.ordering.plan_item import PlanItem, altered


def specification(name: str) -> ServiceSpecification:
    return ServiceSpecification.wrap({"name": name, "fulfilment": {"kind": "manual", "role": "a"}})


def test_what_may_change_is_worked_out_anew() -> None:
    """An entry that somebody is editing is looked at each time."""
    entry = specification("Line")
    assert fulfilment_of(entry).role == "a"
    entry.raw["fulfilment"]["role"] = "b"
    assert fulfilment_of(entry).role == "b"


def test_what_is_settled_is_worked_out_once_for_each_entry_and_question() -> None:
    """An entry of a snapshot keeps what was worked out of it, and keeps it for itself."""
    asked: list[str] = []

    def name(entry: ServiceSpecification) -> str | None:
        asked.append(str(entry.name))
        return None if entry.name == "Nothing" else entry.name

    entries = [specification("Line"), specification("Nothing")]
    settle(entries)
    assert [once(one, name) for one in entries * 3] == ["Line", None] * 3
    assert asked == ["Line", "Nothing"]
    assert once(entries[0], lambda one: one.raw["fulfilment"]["kind"]) == "manual"


def test_an_altered_step_is_another_one_with_the_same_rest() -> None:
    """A step gets other values in a form of its own; a value that no step has is refused."""
    step = PlanItem(id="1", root="2", position=0, node_key="k", layer="service", kind="callout",
                    name="Line", needs=("3",))  # fmt: skip
    other = altered(step, state="ready", attempt=1)
    assert (step.state, step.attempt) == ("pending", 0)
    assert (other.state, other.attempt, other.needs, other.name) == ("ready", 1, ("3",), "Line")
    assert other == PlanItem(**{**vars(step), "state": "ready", "attempt": 1})
    with pytest.raises(TypeError, match="a step has no stat"):
        altered(step, stat="ready")
