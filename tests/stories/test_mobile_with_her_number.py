"""Ada takes a mobile plan and brings her number: credit, the old network, a card, a late event."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.test_another_box import line
from tests.stories.test_broken_down import LIVE, sell
from tests.support.operator import OWN, SERVICE_SPECIFICATION, Operator, codes, values
from tests.support.outside import ScriptedOutside, says
from tests.support.plans import by_item, item, picked, published, report, row, states
from trunkline.adapters.credit_file import CreditFile
from trunkline.ordering.capture.credit_check import use_credit_check

NUMBER = "+999151000777"
DAY_S = 86_400
PORTED = (
    item("port", "callout", callout={
        "system": "warehouse", "isRepeatable": True,
        "request": {"path": "/port/${line.characteristic.number}",
                    "body": {"order": "${order.key}"}},
        "undoRequest": {"method": "DELETE", "path": "/port/${line.characteristic.number}"},
        "businessErrorWhen": "response.status == 409", "errorCode": "response.body.reason",
        "mapping": [{"characteristic": "donor", "expression": "response.body.donor"}]}),
    item("ship", "manual", role="logistics",
         form=[{"name": "iccid", "title": "Card", "valueType": "string", "isRequired": True}]),
    item("provision", "activation", "port", "ship"),
    item("seen", "event", "provision",
         event={"type": "cardSeen", "correlation": "'card-' + item.iccid"}),
)  # fmt: skip


def mobile(operator: Operator) -> str:
    """Put a mobile plan on sale that needs no address, and let it be made by its own plan."""
    asked = [{"name": "number", "valueType": "string", "configurable": True}]
    brought = [{"name": name, "valueType": "string"} for name in ("donor", "iccid")]
    card = operator.make(SERVICE_SPECIFICATION, {
        "name": "Subscriber", "serviceType": "RFS", **LIVE,
        "specCharacteristic": [*asked, *brought], "fulfilment": {"kind": "callout"}})  # fmt: skip
    link = {"id": card["id"], "name": "Subscriber", "relationshipType": "realisedAs",
            "mapping": [{"target": "number", "source": "number"}]}  # fmt: skip
    published(operator, "ported", *PORTED)
    picked(operator, row("ported", specification="Subscriber"))
    return sell(operator, "Mobile Postpaid", serviceSpecification=[link],
                productSpecCharacteristic=asked)  # fmt: skip


@pytest.mark.scenario(14)
def test_a_number_comes_along_and_the_card_is_seen_days_later(
    operator: Operator, outside: ScriptedOutside, tmp_path: Path
) -> None:
    """Nothing begins before her credit is checked. The old network refuses the number once and is
    asked again; the card goes out and says which it is; the network is told number and card, and
    the order ends when the card is seen, three days late, however often that is told."""
    ada, cy = operator.ada(), operator.ada()
    file = tmp_path / "credit.csv"
    file.write_text(
        f"customer,result,deposit,unit,reason\n{ada.id},accept,,,\n{cy.id},stop,,,debt\n"
    )
    use_credit_check(operator.site.services, CreditFile(file))
    policy = operator.make(f"{OWN}/orderPolicy", {"name": "Postpaid", "effect": "creditCheck"})
    try:
        offering = mobile(operator)
        outside.script = {"warehouse": [says(409, reason="wrongBirthday"), says(200, donor="Old")]}
        stopped = cy.orders(line("1", offering, number=NUMBER))
        order = ada.orders(line("1", offering, number=NUMBER))
        operator.settle()
    finally:
        operator.site.services.extra.pop("credit_check", None)
        operator.staff.delete(f"{OWN}/orderPolicy/{policy['id']}")
    assert (stopped.state, order.state) == ("rejected", "inProgress")
    assert "place" not in order.read()["productOrderItem"][0]["product"]
    (fallout,) = order.fallouts()
    assert fallout["cause"]["code"] == "wrongBirthday"
    assert operator.staff.post(f"{OWN}/fallout/{fallout['id']}/retry").status_code == 200
    ship = by_item(order)["ship"]
    assert codes(report(operator, ship)) == {("characteristicMissing", "characteristic.iccid")}
    assert report(operator, ship, iccid="8999-1").status_code == 200
    operator.settle()
    assert states(order) == {"port": "completed", "ship": "completed", "provision": "completed",
                             "seen": "waiting"}  # fmt: skip
    (command,) = operator.network.effects()["services"].values()
    assert (values(command)["number"], command["state"]) == (NUMBER, "active")
    operator.site.move_clock(3 * DAY_S)
    event = {"id": f"late-{order.id}", "type": "cardSeen", "correlation": "card-8999-1"}
    told = [operator.staff.post(f"{OWN}/event", event).json["taken"] for _ in range(2)]
    operator.settle()
    assert (told, order.state) == (["released", "repeated"], "completed")
    (card,) = order.services.values()
    assert (values(card)["donor"], values(card)["iccid"]) == ("Old", "8999-1")
    assert (card["state"], order.product()["status"]) == ("active", "active")
    assert len(outside.received) == 2
