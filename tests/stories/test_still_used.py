"""What others run on is not ended by itself: neither by an order, nor by hand, nor later."""

from __future__ import annotations

from tests.stories import test_services_ordered_alone
from tests.stories.test_services_ordered_alone import body, line, own_service, placed
from tests.support.operator import (
    OWN,
    RESOURCE_ORDER,
    SERVICE,
    SERVICE_ORDER,
    Operator,
    Record,
    codes,
    linked,
)

firewall = test_services_ordered_alone.firewall


def test_what_others_run_on_is_not_ended_alone(operator: Operator, firewall: str) -> None:
    """By an order of services or of resources, or by hand: refused, naming what runs on it. It
    ends where the same order ends these, too, or one that it comes after; it stays where the
    product ends that it was part of."""
    ada = operator.ada()
    top = own_service(operator, placed(operator, ada, line(firewall, level="high")))
    part, other = sorted(linked(top, "supportingService"))
    (box,) = linked(operator.read(SERVICE, part), "supportingResource")
    end = {"action": "delete"}

    def ending(*idents: str) -> list[Record]:
        return [{"id": str(at), **end, "service": {"id": one}} for at, one in enumerate(idents)]

    of_box = [{"id": "1", **end, "resource": {"id": box}}]
    alone = {"relatedParty": top["relatedParty"], "orderItem": of_box}
    bought = ada.has(ada.fibre("1")).product()
    for sent, path, spot, user in (
        (body(ada, *ending(part)), SERVICE_ORDER, "serviceOrderItem[0].service.id", top),
        (alone, RESOURCE_ORDER, "orderItem[0].resource.id", operator.read(SERVICE, part)),
        (body(ada, *ending(*linked(bought, "realizingService"))), SERVICE_ORDER,
         "serviceOrderItem[0].service.id", bought),
    ):  # fmt: skip
        for address in (path, f"{OWN}/simulate") if path == SERVICE_ORDER else (path,):
            (told,) = operator.staff.post(address, sent).json["fault"]
            assert (told["code"], told["path"]) == ("conflictInUse", spot)
            assert told["message"].startswith(f"{user['key']} (")
    by_hand = {"state": "terminated", "stateReason": "the cabinet burnt down"}
    refused = operator.staff.patch(f"{SERVICE}/{part}", by_hand)
    assert (refused.status_code, codes(refused)) == (409, {("conflictInUse", "state")})
    relying = relies_on(operator, top)
    first, both = ending(relying["id"]), ending(top["id"], part)
    assert relying["key"] in operator.staff.post(SERVICE_ORDER, body(ada, *both)).text

    last = placed(operator, ada, *first, requestedStartDate="2099-01-01T00:00:00Z")
    chain = [{"id": last["id"], "relationshipType": "startsAfter"}]
    after = placed(operator, ada, *both, orderRelationship=chain)
    assert operator.read(SERVICE, part)["state"] == "active"
    begun(operator, last)
    operator.hurry()
    assert operator.read(SERVICE_ORDER, after["id"])["state"] == "completed"
    gone = [operator.read(SERVICE, one)["state"] for one in (relying["id"], top["id"], part, other)]
    assert gone == ["terminated"] * 4
    first = operator.read(SERVICE, *linked(bought, "realizingService"))
    mutual(operator, first)
    ada.has(ada.change("1", "delete", bought["id"]))
    assert operator.read(SERVICE, first["id"])["state"] == "terminated"
    bought = ada.has(ada.fibre("1")).product()
    kept = operator.read(SERVICE, *linked(bought, "realizingService"))
    mutual(operator, kept)
    user = relies_on(operator, kept)
    ada.has(ada.change("1", "delete", bought["id"]))
    left = [operator.read(SERVICE, one["id"])["state"] for one in (kept, user)]
    assert left == ["active", "active"]


def mutual(operator: Operator, service: Record) -> None:
    """Let what supports a service say that it relies on that one as well."""
    said = [{"relationshipType": "depends-on", "service": {"id": service["id"]}}]
    (below,) = linked(service, "supportingService")
    answer = operator.staff.patch(f"{SERVICE}/{below}", {"serviceRelationship": said})
    assert answer.status_code == 200, answer.json


def relies_on(operator: Operator, service: Record) -> Record:
    """Put a service into the inventory that says that it relies on another one."""
    said = [{"relationshipType": "reliesOn", "service": {"id": service["id"]}}]
    kept = {name: service[name] for name in ("relatedParty", "serviceSpecification")}
    return operator.make(SERVICE, {**kept, "state": "active", "serviceRelationship": said})


def begun(operator: Operator, order: Record) -> None:
    """Let an order that waits for its day begin."""
    now = {"requestedStartDate": "2020-01-01T00:00:00Z"}
    assert operator.staff.patch(f"{SERVICE_ORDER}/{order['id']}", now).status_code == 200
    operator.settle()


def test_what_comes_to_be_used_meanwhile_does_not_end(operator: Operator, firewall: str) -> None:
    """What nobody used when its end was ordered for a later day is used on that day: the order
    fails, naming what runs on it."""
    ada = operator.ada()
    free = own_service(operator, placed(operator, ada, line(firewall, level="high")))
    end = {"id": "1", "action": "delete", "service": {"id": free["id"]}}
    order = placed(operator, ada, end, requestedStartDate="2099-01-01T00:00:00Z")
    relying = relies_on(operator, free)
    begun(operator, order)
    failed = operator.read(SERVICE_ORDER, order["id"])
    assert (failed["state"], failed["errorMessage"][0]["code"]) == ("failed", "conflictInUse")
    assert relying["key"] in failed["errorMessage"][0]["message"]
    assert operator.read(SERVICE, free["id"])["state"] == "active"
