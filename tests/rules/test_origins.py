"""Where each value of a document stems from, followed through its versions."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trunkline.documents.origins import data_of, stamps_after
from trunkline.documents.patch import ABSENT


def stamped(*versions: Any) -> dict[str, Any]:
    """Return the number of the version that brought each value of the last one, by path."""
    old, held = ABSENT, None
    for number, one in enumerate(versions):
        old, held = one, stamps_after(old, held, one, number)
    return {one.path: one.stamp for one in data_of(old, held)}


def mail(text: str, **more: Any) -> dict[str, Any]:
    return {"mediumType": "email", "characteristic": {"emailAddress": text}, **more}


def test_what_stays_keeps_its_stamp() -> None:
    found = stamped({"name": "Ada", "city": "Ockham"}, {"name": "Ada King", "city": "Ockham"})
    assert found == {"name": 1, "city": 0}


def test_what_goes_and_comes_back_is_new() -> None:
    assert stamped({"name": "Ada"}, {}, {"name": "Ada"}) == {"name": 2}


def test_elements_that_move_are_followed() -> None:
    first, second = mail("ada@example.com"), mail("a.l@example.com")
    found = stamped({"m": [first]}, {"m": [first, second]}, {"m": [second]})
    assert set(found.values()) == {1}
    turned = stamped({"m": [first]}, {"m": [first, second]}, {"m": [second, first]})
    assert (turned["m[0].mediumType"], turned["m[1].mediumType"]) == (1, 0)


def test_of_an_element_only_what_differs_is_new() -> None:
    found = stamped({"m": [mail("ada@example.com")]}, {"m": [mail("a.l@example.com")]})
    assert found == {"m[0].mediumType": 0, "m[0].characteristic.emailAddress": 1}
    by_id = stamped(
        {"p": [{"id": "1", "role": "x"}, {"id": "2", "role": "y"}]},
        {"p": [{"id": "2", "role": "z"}, {"id": "1", "role": "x"}]},
    )
    assert by_id == {"p[id=2].id": 0, "p[id=2].role": 1, "p[id=1].id": 0, "p[id=1].role": 0}


def test_a_number_is_no_truth() -> None:
    assert stamped({"on": 1}, {"on": True}) == {"on": 1}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "x", "y"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(["p", "q"]), VALUES), min_size=1, max_size=4))
def test_every_value_has_a_stamp_and_the_last_write_of_the_same_adds_none(
    versions: list[dict[str, Any]],
) -> None:
    found = stamped(*versions)
    assert all(isinstance(one, int) for one in found.values())
    assert stamped(*versions, versions[-1]) == found
