"""How well duplicates are told from others, on made-up people with the faults of real ones."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from bench.faulty_people import COMPANY_FAULTS, PERSON_FAULTS, faulty_people
from trunkline.matching.blocking import keys_of
from trunkline.matching.features import features_of
from trunkline.matching.match_keys import BLOCK_MAX
from trunkline.matching.score import POSSIBLE, score

SEED, MANY = 20_261_122, 6_000
SECRET = b"a secret of this test"


def test_precision_and_recall_on_a_set_of_another_seed() -> None:
    """Nearly all that is told is right (0.98), and nearly all that is there is told (0.95): typing
    errors, letters and names exchanged, spelling by ear, abbreviations, moved house, other phone
    and mail, missing and wrong dates of birth, beside households, twins and namesakes."""
    made = faulty_people(SEED, MANY)
    features = [features_of(one) for one in made.parties]
    blocks = defaultdict(list)
    for place, one in enumerate(features):
        for key in keys_of("Customer", one, SECRET):
            blocks[key].append(place)
    pairs = {pair for block in blocks.values() if len(block) <= BLOCK_MAX
             for pair in combinations(block, 2)}  # fmt: skip
    told = {pair for pair in pairs
            if score(features[pair[0]], features[pair[1]]).value >= POSSIBLE}  # fmt: skip
    right = told & made.pairs
    assert len(made.pairs) > 250
    assert len(right) / len(told) >= 0.98
    assert len(right) / len(made.pairs) >= 0.95
    assert len(pairs) < MANY


def test_the_faults_are_of_many_kinds() -> None:
    assert len({*PERSON_FAULTS, *COMPANY_FAULTS}) >= 12


def test_score_is_the_same_both_ways() -> None:
    """Whoever of two comes first, they are as likely the same."""
    made = faulty_people(7, 400)
    features = [features_of(one) for one in made.parties]
    for first, second in made.pairs:
        one, other = features[first], features[second]
        assert abs(score(one, other).value - score(other, one).value) < 1e-9
