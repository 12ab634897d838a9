"""Nobody gives away more by changing an order that runs than by sending one."""

from __future__ import annotations

import copy

from tests.stories.changing import half_done, items_of, opened, previewed, two_lines
from tests.support.operator import Operator

LIMITS = "/api/billing/v1/authorityLimit"
REVISION = "/api/ordering/v1/orderRevision"


def test_a_change_lowers_no_price_beyond_ones_authority(operator: Operator) -> None:
    """Once a limit is said, a change of an order that runs lowers no price by more than who asks
    for it decides alone; what leaves the prices as they are is not concerned."""
    order = half_done(operator)
    role = operator.site.role("gives_away", {})
    limit = {"role": role, "kind": "priceOverride", "limit": {"unit": "EUR", "value": 10}}
    assert operator.staff.post(LIMITS, limit).status_code == 201
    cheaper = copy.deepcopy(items_of(order))
    assert previewed(operator, order, two_lines(order)).get("fault") in (None, [])
    for price in cheaper[0]["itemPrice"]:
        price["price"]["dutyFreeAmount"]["value"] = 1
    answer = operator.staff.post(
        f"/api/ordering/v1/productOrder/{order.id}/revision/preview",
        {"productOrderItem": cheaper},
    )
    assert "aboveAuthority" in answer.text, answer.text
    made = opened(operator, order, cheaper)
    refused = operator.staff.post(f"{REVISION}/{made['id']}/submit", {})
    assert refused.status_code in (400, 409), refused.json
    assert "aboveAuthority" in refused.text
