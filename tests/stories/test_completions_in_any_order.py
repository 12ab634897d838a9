"""Several completions of one kind run in no settled order, so none may depend on another one."""

from __future__ import annotations

import pytest

from tests.support.operator import ORDER, Operator, Record
from trunkline.kernel.resource import registry

OWN = ("id", "href", "key", "orderDate", "lastUpdate")


def test_an_order_is_completed_alike_in_any_order(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = {kind: found for kind, found in registry.completions.items() if len(found) > 1}
    assert several.keys() == {"ProductOrder"}, "prove the same of the other kinds here"
    ada = operator.ada()
    sent = ada.body(ada.fibre("1"), ada.voice("2"), requestedStartDate="2026-01-05T08:00:00Z")

    def taken() -> Record:
        made = operator.make(ORDER, sent)
        return {name: value for name, value in made.items() if name not in OWN}

    first = taken()
    assert first["isRetroactive"] is True
    assert first["productOrderItem"][0]["itemPrice"]
    monkeypatch.setitem(registry.completions, "ProductOrder", several["ProductOrder"][::-1])
    assert taken() == first
