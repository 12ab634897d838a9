"""Refused half way: what an order had written before a refusal does not stand in its way."""

from __future__ import annotations

import pytest

from tests.ordering.scripted import Shop
from trunkline.documents.errors import Invalid
from trunkline.ordering import start


def test_a_refusal_after_the_order_was_written_becomes_a_fallout(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order has its fallout with the reason, as the second version of it."""
    went_on = start.go_on
    calls = []

    def refused_at_first(*asked: object, **more: object) -> object:
        calls.append(asked)
        found = went_on(*asked, **more)  # type: ignore[arg-type]
        if len(calls) == 1:
            raise Invalid("notToday", "this is not done today")
        return found

    monkeypatch.setattr(start, "go_on", refused_at_first)
    order = shop.order(shop.voice("1"))
    shop.site.work()
    assert len(calls) == 2
    rows = shop.site.rows("select state, error_code from plan_item where root = %s", order)
    assert ("fallout", "notToday") in rows
    versions = "select version from event where subject = %s order by version"
    assert shop.site.rows(versions, order) == [(1,), (2,)]
