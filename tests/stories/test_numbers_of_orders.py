"""The numbers of what is made on the way of an order."""

from __future__ import annotations

import pytest

from tests.stories.changing import half_done
from tests.support.operator import FALLOUT, RESOURCE_ORDER, SERVICE_ORDER, Operator


@pytest.mark.accepts("NFR-01")
def test_orders_below_and_fallout_have_numbers(operator: Operator) -> None:
    """A service order, a resource order and a fallout record that the program made each have a
    number with the letters of their kind, are found by it, and no two share one."""
    order = half_done(operator)
    for letters, path, made in (
        ("SO", SERVICE_ORDER, [*order.service_orders.values()]),
        ("RO", RESOURCE_ORDER, [*order.resource_orders.values()]),
        ("FO", FALLOUT, order.fallouts()),
    ):
        numbers = [one["key"] for one in made]
        assert numbers
        assert len({*numbers}) == len(numbers)
        for one in made:
            assert one["key"].rstrip("0123456789") == letters
            assert len(one["key"]) >= len(letters) + 6
            assert operator.read(path, one["key"])["id"] == one["id"]
