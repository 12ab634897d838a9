"""Values at a path of a screen: by name, by role, and through lists."""

from __future__ import annotations

from trunkline.screens.values_at import picked_by, plain_path, values_at

DOCUMENT = {
    "relatedParty": [
        {"role": "seller", "name": "Grace"},
        {"role": "Customer", "name": "Ada"},
        {"name": "nobody"},
    ],
    "characteristic": [{"name": "speed", "value": 100}, {"name": "colour", "value": "red"}],
    "item": [{"offer": {"name": "A"}}, {"offer": {"name": "B"}}],
}


def test_a_role_picks_what_is_in_it() -> None:
    assert list(values_at(DOCUMENT, "relatedParty[customer].name")) == ["Ada"]
    assert list(values_at(DOCUMENT, "relatedParty[partner].name")) == []
    assert plain_path("relatedParty[customer].name") == "relatedParty.name"
    assert picked_by("relatedParty[customer].name") == "customer"


def test_a_name_picks_the_value_of_that_name() -> None:
    assert list(values_at(DOCUMENT, "characteristic[speed]")) == [100]
    assert list(values_at(DOCUMENT, "characteristic[Speed]")) == []
    assert plain_path("characteristic[speed]") == "characteristic.value"


def test_plain_paths_go_through_lists() -> None:
    assert list(values_at(DOCUMENT, "item.offer.name")) == ["A", "B"]
    assert plain_path("item.offer.name") == "item.offer.name"
    assert picked_by("item.offer.name") == ""
