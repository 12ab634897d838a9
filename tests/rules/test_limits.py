"""Limits of rights: what lies within them, what one covers of another, and own values."""

from __future__ import annotations

import itertools

import pytest

from trunkline.documents.grant import Grant
from trunkline.documents.limits import Limits, covers, lies_within, query_of, resolved
from trunkline.identity.rights import within


def limits(*alternatives: str) -> Limits:
    return frozenset(frozenset(one.split()) for one in alternatives)


@pytest.mark.parametrize(
    ("alternatives", "spheres", "lies"),
    [
        (["kind:a"], ["kind:a"], True),
        (["kind:a"], ["kind:b"], False),
        (["kind:a kind:b"], ["kind:b", "team:x"], True),
        (["kind:a team:x"], ["kind:a"], False),
        (["kind:a team:x"], ["kind:a", "team:x"], True),
        (["kind:a", "team:x"], ["team:x"], True),
        ([], ["kind:a"], False),
        ([""], ["kind:a"], False),
        (["kind:a"], None, False),
    ],
)
def test_every_dimension_must_hold_and_any_of_its_values(
    alternatives: list[str], spheres: list[str] | None, lies: bool
) -> None:
    assert lies_within(limits(*alternatives), spheres) is lies


def test_what_covers_another_limit_lets_in_all_that_it_does() -> None:
    """Over every combination of three spheres: nothing within the narrower is beyond the wider."""
    spheres = ("kind:a", "kind:b", "team:x")
    sets = [c for n in range(4) for c in itertools.combinations(spheres, n)]
    said = [" ".join(one) for one in sets if one]
    wide = [limits(*pair) for pair in itertools.combinations(said, 2)]
    for wider, narrower in itertools.product(wide, wide):
        if covers(wider, narrower):
            assert all(lies_within(wider, one) for one in sets if lies_within(narrower, one))
    assert not covers(limits("kind:a"), limits("team:x"))
    assert not covers(limits(""), limits("team:x"))


def test_a_query_says_any_text_as_it_is() -> None:
    found = query_of(limits("kind:it's", "kind:a team:b\\c"))
    assert found == "(('kind:a') & ('team:b\\\\c')) | (('kind:it''s'))"
    assert query_of(limits("")) == ""


def test_own_values_stand_in_and_without_any_there_is_nothing() -> None:
    entered = frozenset({"entered:7"})
    own = resolved(limits("team:$own kind:a"), ["team:x", "team:y", "brand:b"], "7")
    assert own == {frozenset({"team:x", "team:y", "kind:a"}), entered}
    assert resolved(limits("team:$own"), ["brand:b"], "7") == frozenset()


@pytest.mark.parametrize(
    ("wanted", "held", "is_within"),
    [
        (Grant("limited", limits=limits("kind:a")), Grant(), True),
        (Grant(), Grant("limited", limits=limits("kind:a")), False),
        (Grant("limited", limits=limits("kind:a team:x")),
         Grant("limited", limits=limits("kind:a")), True),
        (Grant("limited", limits=limits("kind:b")),
         Grant("limited", limits=limits("kind:a")), False),
        (Grant("partner"), Grant("limited", limits=limits("kind:a")), False),
        (Grant("own"), Grant("partner"), True),
        (Grant("limited", limits=limits("kind:a")), Grant("partner"), False),
        (Grant("own"), Grant("limited", limits=limits("kind:a"), beside="partner"), True),
    ],
)  # fmt: skip
def test_nobody_hands_out_more_than_they_hold(wanted: Grant, held: Grant, is_within: bool) -> None:
    assert within(wanted, held) is is_within


def test_joined_grants_reach_what_each_of_them_does() -> None:
    north, own = Grant("limited", limits=limits("team:n")), Grant("own")
    south = Grant("limited", limits=limits("team:s"))
    assert north.joined(south).limits == limits("team:n", "team:s")
    assert north.joined(own) == own.joined(north)
    assert north.joined(own).beside == "own"
    assert north.joined(own).joined(Grant("partner")).beside == "partner"
    assert north.joined(Grant()) == Grant()
