"""Ada takes an order back whose line somebody else uses by now: it stays, and she learns why."""

from __future__ import annotations

from tests.stories.test_broken_down import LIVE
from tests.stories.test_orders_that_meet import shop_with_an_open_line
from tests.support.operator import OWN, SERVICE, SERVICE_SPECIFICATION, Operator
from trunkline.access.standard import ensure_roles
from trunkline.ordering.shown_plan import ANOTHER


def test_she_learns_that_it_is_used_and_not_by_whom(operator: Operator) -> None:
    """The staff see the service of the company next door that runs on her line."""
    ensure_roles(operator.site.services)
    surf, _ = shop_with_an_open_line(operator)
    ada, neighbour = operator.ada(), operator.company("Next door")
    place = [{"id": ada.places[0], "@referredType": "GeographicSite", "role": "installation"}]
    operator.network.behave(fail=[{"kind": "business", "specification": "Filter", "code": "no"}])
    order = ada.orders({"id": "1", "action": "add", "productOffering": {"id": surf},
                        "product": {"place": place}})  # fmt: skip
    operator.settle()
    line = order.services["Copper line"]
    alarm = operator.make(SERVICE_SPECIFICATION, {"name": "Alarm", **LIVE})["id"]
    user = operator.make(
        SERVICE,
        {"serviceSpecification": {"id": alarm, "name": "Alarm"}, "state": "active",
         "supportingService": [{"id": line["id"]}],
         "relatedParty": [{"id": neighbour.id, "role": "customer"}]},
    )  # fmt: skip
    assert order.cancel()["cancellationResult"] == "canceled"
    assert order.step("Undo: Copper line")["reason"] == (
        f"kept: still used by Alarm {user['key']}"
    )  # fmt: skip
    client = operator.site.user(
        f"ada-{ada.party}", roles=["self_service"], party=ada.party, scopes=("TMF622:read",)
    )
    plan = client.get(f"{OWN}/productOrder/{order.id}/plan").json
    (undo,) = [one for one in plan["item"] if one.get("reason")]
    assert (undo["state"], undo["reason"]) == ("skipped", f"kept: still used by {ANOTHER}")
    assert user["key"] not in str(plan)
    assert "Alarm" not in str(plan)
