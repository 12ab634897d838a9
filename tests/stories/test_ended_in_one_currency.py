"""What Ada ends is charged in one currency: what costs nothing counts in none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.test_bundle import bundle
from tests.stories.test_ended_early import (
    CONTRACT,
    HALF,
    OWN_TERM,
    PRICED,
    bought,
    cancelled,
    contract_of,
    ending,
    fee,
    in_days,
    sold,
)
from tests.support.operator import Operator, Record
from trunkline.kernel.work import Work


def test_what_is_due_in_one_currency_is_charged(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cancelled contract leaves nothing to charge for counts in no currency. An order whose
    fees are mixed by now does not keep others that wait from being counted again; all of them are
    locked before the first contract, as one that begins locks its contracts after it."""
    ada = operator.ada()
    had = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    bound = {item: had.product(item)["id"] for item in ("1", "2", "3")}
    bound["other"] = bought(ada, sold(operator, "Other", OWN_TERM))

    def covered(*items: str, unit: str = "EUR", value: int = 40) -> Record:
        price = {**PRICED, "price": {"dutyFreeAmount": {"value": value, "unit": unit}}}
        lines = [{"product": {"id": bound[one]}, "price": [price], "terminationRule": HALF}
                 for one in items]  # fmt: skip
        return operator.make(CONTRACT, {**contract_of(ada), "contractLine": lines})

    first = covered("1", "other")
    whole, other = (ada.orders(ending(ada, bound[one]), requestedStartDate=in_days(9))
                    for one in ("1", "other"))  # fmt: skip
    operator.settle()
    assert (fee(whole), fee(other)) == ((200, [200]), (200, [200]))
    second = covered("2")
    covered("3", unit="USD", value=10)
    locked: list[tuple[str, str]] = []
    lock = Work.lock

    def noted(work: Work, kind: Any, ident: str, **said: Any) -> Any:
        if work.actor.kind == "system":
            locked.append((kind.resource.name, ident))
        return lock(work, kind, ident, **said)

    with monkeypatch.context() as patched:
        patched.setattr(Work, "lock", noted)
        cancelled(operator, first)
    begin = locked.index(("ProductOrder", min(whole.id, other.id)))
    assert ("ProductOrder", max(whole.id, other.id)) == locked[begin + 1]
    assert (fee(whole), fee(other)) == ((200, [200]), (0, []))
    cancelled(operator, second)
    whole.cancel()
    again = ada.orders(ending(ada, bound["1"]), requestedStartDate=in_days(9))
    assert fee(again) == (50, [50])
