"""What a document was before is found from what it is and what was changed."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.documents.patch import changes
from trunkline.documents.taking_back import taken_back

NAMES = st.sampled_from(["name", "state", "a.b", "value"])
SCALARS = st.one_of(st.integers(0, 3), st.sampled_from(["x", "y", ""]), st.booleans())
ELEMENTS = st.dictionaries(NAMES, SCALARS, min_size=1, max_size=3)


def documents() -> st.SearchStrategy[dict[str, Any]]:
    values = st.one_of(SCALARS, ELEMENTS, st.lists(ELEMENTS, min_size=1, max_size=3))
    return st.dictionaries(NAMES, values, max_size=4)


@settings(max_examples=300, deadline=None)
@given(documents(), documents())
def test_a_change_taken_back_gives_the_former_document(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert taken_back(after, changes(before, after)) == before


def test_elements_with_ids_come_back_and_into_their_order() -> None:
    before = {"item": [{"id": "1", "n": 1}, {"id": "2", "n": 2}, {"id": "3", "n": 3}]}
    after = {"item": [{"id": "3", "n": 3}, {"id": "2", "n": 5}, {"id": "4", "n": 4}]}
    found = taken_back(after, changes(before, after))
    by_id = {one["id"]: one["n"] for one in found["item"]}
    assert by_id == {"1": 1, "2": 2, "3": 3}
    order = [one["id"] for one in found["item"]]
    assert order.index("2") < order.index("3")
