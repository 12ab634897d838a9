"""The network's own inventory, read over HTTP by TMF638 and held against ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.operator import OWN, SERVICE, Operator, values
from trunkline.adapters.outside import OutsideSystems
from trunkline.hub.guard import AllowList
from trunkline.ordering.design.calling import outside_of, use_outside

SYSTEM, INVENTORY = f"{OWN}/outsideSystem", "/tmf-api/serviceInventory/v4/service"
COMPARE = "/api/inventory/v1/reconciliation"
DIFFERENCE = "/api/inventory/v1/inventoryDifference"


@pytest.fixture
def inventory(operator: Operator, tmp_path: Path) -> Iterator[Operator]:
    """The operator, whose network's inventory is set up as an outside system."""
    services = operator.site.services
    former = outside_of(services)
    (tmp_path / "network-inventory").write_text(operator.network.token())
    allowed = AllowList.parse(operator.network.url.split("/")[2])
    use_outside(services, OutsideSystems(allowed, tmp_path))
    bearer = {"kind": "bearer", "secret": "network-inventory"}
    operator.make(SYSTEM, {"code": "network-inventory", "name": "Network inventory",
                           "url": operator.network.url, "credentials": bearer})  # fmt: skip
    yield operator
    use_outside(services, former)


def test_what_was_changed_in_the_network_is_found_and_told_back(inventory: Operator) -> None:
    """Somebody turns the speed down in the network. The comparison finds it by the number of the
    device; told ours, the network has the right speed again."""
    ada = inventory.ada()
    order = ada.has(ada.fibre(speed=500))
    (ours,) = [one for one in order.services.values() if "ontSerialNumber" in values(one)]
    before, changed = values(ours)["vlan"], "vlan"
    told = {"serviceCharacteristic": [{"name": changed, "value": 1}]}
    inventory.network.ask("PATCH", f"{INVENTORY}/{ours['id']}", told)

    begun = inventory.staff.post(COMPARE, {"system": "network-inventory", "kind": "Service"})
    assert begun.status_code == 202, begun.json
    inventory.settle()
    (one,) = inventory.find(DIFFERENCE, system="network-inventory", record__id=ours["id"],
                            attribute=changed)  # fmt: skip
    assert (one["differenceKind"], one["ours"], one["theirs"]) == ("characteristic", before, 1)
    body = {"action": "sendOurs", "reason": "a slip", "difference": [{"id": one["id"]}]}
    answer = inventory.staff.post(f"{DIFFERENCE}/correct", body)
    assert answer.status_code == 202, answer.json
    inventory.settle()
    theirs = inventory.network.ask("GET", f"{INVENTORY}/{one['externalId']}")
    assert values(theirs)[changed] == before
    assert inventory.read(SERVICE, ours["id"])["state"] == "active"
