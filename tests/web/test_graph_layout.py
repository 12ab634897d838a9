"""The layout of plans: pure, the same each time, nothing drawn upon anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.web.orders.graph_layout import BOX_HEIGHT, BOX_WIDTH, LAYERS, PlanNode, lay_out

FIBRE = [
    PlanNode("order", "order"), PlanNode("fibre", "product"), PlanNode("access", "service"),
    PlanNode("line", "service"), PlanNode("port", "resource"),
]  # fmt: skip
NEEDS = [("order", "fibre"), ("fibre", "access"), ("access", "line"), ("line", "port")]


def test_layers_stand_from_order_to_resource() -> None:
    layout = lay_out(FIBRE, NEEDS)
    x = {one.id: one.x for one in layout.boxes}
    assert x["order"] < x["fibre"] < x["access"] < x["line"] < x["port"]
    assert [one.layer for one in layout.heads] == list(LAYERS)
    assert len(layout.lines) == 4


def test_a_plan_that_undoes_stands_in_the_same_layers() -> None:
    undone = lay_out(FIBRE, [(b, a) for a, b in NEEDS])
    x = {one.id: one.x for one in undone.boxes}
    assert x["order"] < x["fibre"] < min(x["access"], x["line"])
    assert max(x["access"], x["line"]) < x["port"]


def test_what_lines_run_on_stands_beside_them_and_the_picture_begins_at_its_top() -> None:
    """Twelve lines with two resources each: a line stands between its own; a single box on the
    left of very many stands where the picture begins, not in the middle of nothing."""
    lines = [PlanNode(f"p{one}", "product") for one in range(12)]
    below = [PlanNode(f"{one}{end}", "resource") for one in range(12) for end in "ab"]
    needs = [(f"p{one}", f"{one}{end}") for one in range(12) for end in "ab"]
    y = {one.id: one.y for one in lay_out([*lines, *below], needs).boxes}
    for one in range(12):
        assert y[f"{one}a"] <= y[f"p{one}"] <= y[f"{one}b"]
    alone = lay_out([PlanNode("p", "product"), *below], [("p", one.id) for one in below])
    assert min(one.y for one in alone.boxes if one.id == "p") < 5 * BOX_HEIGHT


def test_nothing_gives_an_empty_picture() -> None:
    layout = lay_out([], [])
    assert layout.boxes == layout.lines == layout.heads == ()
    assert layout.width > 0
    assert layout.height > 0


def test_a_circle_and_strangers_do_no_harm() -> None:
    nodes = [PlanNode("a", "service"), PlanNode("b", "service"), PlanNode("c", "what")]
    layout = lay_out(nodes, [("a", "b"), ("b", "a"), ("a", "a"), ("a", "nobody")])
    assert {one.id for one in layout.boxes} == {"a", "b", "c"}
    assert len(layout.lines) == 2


IDS = st.integers(0, 14).map(str)
PLANS = st.tuples(
    st.lists(st.builds(PlanNode, IDS, st.sampled_from([*LAYERS, "other"])), max_size=15,
             unique_by=lambda one: one.id),
    st.lists(st.tuples(IDS, IDS), max_size=40),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(PLANS)
def test_boxes_never_touch_and_stay_inside(
    plan: tuple[list[PlanNode], list[tuple[str, str]]],
) -> None:
    nodes, needs = plan
    layout = lay_out(nodes, needs)
    assert layout == lay_out(nodes, list(reversed(needs)))
    assert [one.id for one in layout.boxes] == [one.id for one in nodes]
    for one in layout.boxes:
        assert 0 <= one.x <= layout.width - BOX_WIDTH
        assert 0 <= one.y <= layout.height - BOX_HEIGHT
    for index, one in enumerate(layout.boxes):
        for other in layout.boxes[index + 1 :]:
            apart = abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
            assert apart, (one, other)
