"""Whatever is ordered: decomposition repeats itself and nothing waits in circles."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.test_decomposition import (
    CATALOG,
    INTERNET,
    item,
    order_of,
)
from trunkline.ordering.decomposition import plan
from trunkline.ordering.installed import Installed
from trunkline.ordering.node import Decomposition

PLACES = st.sampled_from(["A", "B", None])
KINDS = st.sampled_from(["Internet", "Voice"])
SPEEDS = st.sampled_from([None, 100, 300, 1000])
RELATIONS = st.sampled_from(["reliesOn", "bundles", "requires", "hasParent", "other"])


@st.composite
def added(draw: st.DrawFn, ident: str) -> dict[str, Any]:
    options: dict[str, Any] = {"quantity": draw(st.integers(1, 2))}
    place, speed = draw(PLACES), draw(SPEEDS)
    if place is not None:
        options["place"] = place
    if speed is not None:
        options["values"] = {"speed": speed}
    return item(ident, "add", draw(KINDS), **options)


@st.composite
def changed(draw: st.DrawFn, ident: str, product: str) -> dict[str, Any]:
    action = draw(st.sampled_from(["modify", "delete", "suspend", "resume", "noChange"]))
    options: dict[str, Any] = {"product_id": product}
    if action == "modify" and draw(st.booleans()):
        options["values"] = {"speed": draw(SPEEDS) or 50}
    if action == "modify" and draw(st.booleans()):
        options["place"] = "B"
    return item(ident, action, **options)


@st.composite
def orders(draw: st.DrawFn) -> list[dict[str, Any]]:
    items = [draw(added(str(number))) for number in range(1, draw(st.integers(1, 4)))]
    for ident, product in (("20", "P1"), ("21", "P2")):
        if draw(st.booleans()) or not items:
            items.append(draw(changed(ident, product)))
    idents = [one["id"] for one in items]
    for one in items:
        others = draw(st.lists(st.sampled_from(idents), max_size=2, unique=True))
        one["productOrderItemRelationship"] = [
            {"id": other, "relationshipType": draw(RELATIONS)} for other in others
        ]
    return items


def codes(found: Decomposition) -> list[str]:
    return sorted(one.code for one in found.faults)


@settings(max_examples=150, deadline=None)
@given(orders(), st.randoms(use_true_random=False))
def test_the_result_repeats_itself_whatever_the_sequence(items: Any, chance: Any) -> None:
    first = plan(order_of(*items), CATALOG, INTERNET)
    assert plan(order_of(*copy.deepcopy(items)), CATALOG, INTERNET) == first
    shuffled = copy.deepcopy(items)
    chance.shuffle(shuffled)
    again = plan(order_of(*shuffled), CATALOG, mixed(INTERNET))
    assert (again.nodes, again.deferred, codes(again)) == (
        first.nodes,
        first.deferred,
        codes(first),
    )


@settings(max_examples=150, deadline=None)
@given(orders())
def test_nothing_waits_in_circles_or_happens_twice(items: Any) -> None:
    found = plan(order_of(*items), CATALOG, INTERNET)
    done: set[str] = set()
    for node in found.nodes:
        assert set(node.needs) <= done, "each step comes after what it needs"
        assert node.key not in done
        done.add(node.key)
        assert node.explanation
        assert (node.instance_id is None) == (node.action == "add")
        assert node.item_id in node.item_ids
    touched = [node.instance_id for node in found.nodes if node.instance_id is not None]
    assert len(touched) == len(set(touched)), "one step at most for each record"
    reused = {one for node in found.nodes for one in node.reuses}
    ended = {node.instance_id for node in found.nodes if node.action == "delete"}
    assert not reused & ended


@settings(max_examples=100, deadline=None)
@given(orders())
def test_what_others_use_never_ends(items: Any) -> None:
    found = plan(order_of(*items), CATALOG, INTERNET)
    ended = {node.instance_id for node in found.nodes if node.action == "delete"}
    moved = {node.instance_id for node in found.nodes if node.action == "modify"}
    if "S2" in ended:
        assert all(user in ended or user in moved for user in ("S1", "S3"))
    for product, service in (("P1", "S1"), ("P2", "S3")):
        if product not in ended:
            assert service not in ended


def mixed(held: Installed) -> Installed:
    """Return the same installed base with its records in another sequence."""
    return Installed(
        dict(reversed(list(held.products.items()))),
        dict(reversed(list(held.services.items()))),
        dict(reversed(list(held.resources.items()))),
        held.users,
    )
