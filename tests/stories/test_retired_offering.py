"""An offering goes off sale: nobody new gets it, and who has it is served as before."""

from __future__ import annotations

import pytest

from tests.support.operator import OFFERING, PRODUCT, Operator, Record, codes

SPECIFICATION = "/tmf-api/productCatalogManagement/v4/productSpecification"


@pytest.mark.accepts("CAT-07")
def test_it_is_not_sold_new_and_still_changed_and_ended(operator: Operator) -> None:
    """An offering of a draft cannot go live. A retired one is refused in new orders; what was
    bought before is changed, also to another offering, and ended."""
    draft = operator.make(SPECIFICATION, {"name": "Hologram calls"})
    body = {
        "name": "Holo",
        "lifecycleStatus": "Active",
        "productSpecification": {"id": draft["id"]},
    }
    answer = operator.staff.post(OFFERING, body)
    assert answer.status_code == 400, answer.json

    ada = operator.ada()
    speed: Record = {"downloadSpeed": 10_000, "uploadSpeed": 10_000, "installation": "self"}
    bought = ada.has(*(ada.add(ident, "Fibre 10G", **speed) for ident in "12"))
    first, second = bought.product("1")["id"], bought.product("2")["id"]
    address = f"{OFFERING}/{operator.offerings['Fibre 10G']}"
    retired = operator.staff.patch(address, {"lifecycleStatus": "Retired"})
    assert retired.status_code == 200, retired.json

    refused = ada.refused(ada.add("1", "Fibre 10G", **speed))
    assert ("offeringRetired", "productOrderItem[0].productOffering.id") in codes(refused)
    ada.has(ada.change("1", "modify", first, installation="self"))
    ada.has(ada.faster(first))
    assert operator.read(PRODUCT, first)["productOffering"]["name"] == "Fibre 500M"
    ada.has(ada.change("1", "suspend", second))
    ada.has(ada.change("1", "delete", second))
    assert operator.read(PRODUCT, second)["status"] == "terminated"
