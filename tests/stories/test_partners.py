"""What other providers deliver: ordered there in their words, followed, changed and called off."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server

import pytest

from tests.stories.conftest import SECRET, _Quiet, _Server
from tests.stories.test_answers import call_back
from tests.stories.test_broken_down import LIVE, sell
from tests.support.operator import (
    FALLOUT,
    OWN,
    PRODUCT,
    RESOURCE,
    SERVICE_SPECIFICATION,
    Customer,
    Operator,
    Order,
    Record,
    values,
)
from tests.support.outside import ScriptedOutside, says
from tests.support.plans import SYSTEM, ordered, picked, published, row
from tests.support.plans import item as plan_item
from trunkline.adapters.outside import OutsideSystems
from trunkline.api.app import make_app
from trunkline.hub.guard import AllowList
from trunkline.ordering.design.answer import Response
from trunkline.ordering.design.calling import use_outside
from trunkline.ordering.handoff.dialect import DIALECTS
from trunkline.ordering.handoff.words import Words
from trunkline.settings import load

THEIRS = {"acknowledged": "RECEIVED", "inProgress": "IN_WORK", "completed": "DELIVERED",
          "failed": "DECLINED", "cancelled": "WITHDRAWN"}  # fmt: skip
MEANT = {"RECEIVED": "pending", "IN_WORK": "pending", "DELIVERED": "fulfilled",
         "DECLINED": "error", "WITHDRAWN": "error"}  # fmt: skip
LATER = {"mode": "callback", "delay_ms": 600_000, "partner_states": THEIRS}
ORDERS = "/tmf-api/productOrderingManagement/v4"


@dataclass(frozen=True)
class Connected:
    """Where outside systems call back, and how one is set up that the simulator plays."""

    base: str
    operator: Operator

    def __call__(self, code: str, speaks: str, path: str, **more: Any) -> None:
        bearer = {"kind": "bearer", "secret": "theirs"}
        body = {"code": code, "name": code.capitalize(), "speaks": speaks, "credentials": bearer}
        self.operator.make(SYSTEM, {**body, "url": self.operator.network.url + path, **more})


@pytest.fixture
def connected(operator: Operator, tmp_path: Path) -> Iterator[Connected]:
    """Set up outside systems that the simulator plays; they are told where to call back."""
    (tmp_path / "theirs").write_text(operator.network.token())
    (tmp_path / "events").write_text(SECRET)
    site = operator.site
    app = make_app(
        site.services, site.authenticator, load({"TRUNKLINE_OUTSIDE_SECRETS": str(tmp_path)})
    )
    server = make_server("127.0.0.1", 0, app, server_class=_Server, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    allowed = AllowList.parse(operator.network.url.split("/")[2])
    use_outside(site.services, OutsideSystems(allowed, tmp_path, callback_base=base))

    yield Connected(base, operator)
    server.shutdown()
    server.server_close()


def leased(operator: Operator, name: str, system: str) -> str:
    """Put a product on sale that a partner delivers."""
    asked = [{"name": one, "valueType": "string", "configurable": True}
             for one in ("bandwidth", "networkReference")]  # fmt: skip
    fulfilment = {"kind": "callout", "system": system, "title": f"Order {name} there"}
    return sell(operator, name, productSpecCharacteristic=asked, fulfilment=fulfilment)


def line(action: str, offering: str, product: str | None = None, **said: str) -> Record:
    listed = [{"name": name, "value": value} for name, value in said.items()]
    about: Record = {"productCharacteristic": listed} if listed else {}
    about |= {"id": product} if product else {}
    item: Record = {"id": "1", "action": action, "product": about}
    return item | ({} if action == "delete" else {"productOffering": {"id": offering}})


def placed(operator: Operator, ada: Customer, item: Record) -> Order:
    order = ada.orders(item)
    operator.settle()
    return order


def at_partner(operator: Operator) -> list[Record]:
    """Return the orders that the partner has, the oldest first."""
    found: list[Record] = operator.network.ask("GET", f"{ORDERS}/productOrder")
    return found


@pytest.mark.accepts("ACT-06")
def test_a_partner_delivers_changes_and_ends_a_line(
    operator: Operator, connected: Connected
) -> None:
    """A circuit is ordered at the carrier under the carrier's own offering. Its states have
    other names than ours, which are mapped as data; until it calls back, our step is due when the
    carrier expects it. Then the product is active with the carrier's id, price and value kept; a
    change and the end go out as orders about that id. What it declines is fallout with its words;
    tried again it is delivered, found out by asking where nobody calls back."""
    states = [{"level": level, "theirs": theirs, "ours": ours}
              for theirs, ours in MEANT.items() for level in ("order", "item")]  # fmt: skip
    connected(
        "carrier", "TMF622", ORDERS, kind="partner", stateMapping=states, callbackSecret="events",
        offering=[{"specification": "Ethernet Circuit", "offering": "WHOLESALE-7"}],
    )  # fmt: skip
    offering, ada = leased(operator, "Ethernet Circuit", "carrier"), operator.ada()
    operator.network.behave(**LATER)
    order = placed(operator, ada, line("add", offering, bandwidth="1G"))
    (theirs,) = at_partner(operator)
    (item,) = theirs["productOrderItem"]
    assert (theirs["state"], item["productOffering"]["id"]) == ("RECEIVED", "WHOLESALE-7")
    assert values(item["product"]) == {"bandwidth": "1G"}
    (step,) = [one for one in order.plan["item"] if one["layer"] == "product"]
    assert (step["state"], step["dueAt"][:16]) == (
        "waiting", theirs["expectedCompletionDate"][:16]
    )  # fmt: skip
    assert order.product()["status"] == "pendingActive"
    operator.network.release("orders")
    operator.wait_until(lambda: order.state == "completed")
    product = order.product()
    (known,) = product["externalIdentifier"]
    assert known["owner"] == "carrier"
    assert set(values(product)) == {"bandwidth", "networkReference"}
    (handed,) = operator.find(f"{OWN}/productOrder/{order.id}/handOff")
    assert (handed["theirId"], handed["outboundState"]) == (theirs["id"], "fulfilled")
    price = handed["theirs"]["orderTotalPrice"][0]["price"]["dutyFreeAmount"]
    assert (str(price["value"]), "completionDate" in handed["theirs"]) == ("18.5", True)
    operator.network.behave(partner_states=THEIRS)
    faster = placed(operator, ada, line("modify", offering, product["id"], bandwidth="10G"))
    assert (faster.state, values(order.product())["bandwidth"]) == ("completed", "10G")
    placed(operator, ada, line("delete", offering, product["id"]))
    assert operator.read(PRODUCT, product["id"])["status"] == "terminated"
    later = [one["productOrderItem"][0] for one in at_partner(operator)[1:]]
    assert [(one["action"], one["product"]["id"]) for one in later] == [
        ("modify", known["id"]), ("delete", known["id"])
    ]  # fmt: skip


def test_nobody_else_answers_for_a_partner(operator: Operator, connected: Connected) -> None:
    """An event that is not signed, one about what another system was given, one in words that
    nobody mapped, and one to a system that does not call back are refused; nothing happens."""
    more = {"kind": "partner", "callbackSecret": "events"}
    for code, sold in (("alpha", "Alpha Line"), ("beta", "Beta Line")):
        offered = [{"specification": sold, "offering": sold}]
        connected(code, "TMF622", ORDERS, offering=offered, **more)
    operator.network.behave(mode="callback", delay_ms=600_000)
    order = placed(operator, operator.ada(), line("add", leased(operator, "Alpha Line", "alpha")))
    (handed,) = operator.find(f"{OWN}/productOrder/{order.id}/handOff")

    def told(code: str, state: str, secret: str = SECRET) -> int:
        theirs = {"id": "T-1", "externalId": handed["externalId"], "state": state}
        event = json.dumps({"event": {"productOrder": theirs}}).encode()
        return call_back(
            operator.site.services, f"{connected.base}/callback/outside/{code}", event, secret
        )

    assert told("alpha", "completed", "whsec_" + "QUJD" * 10) == 401
    assert told("beta", "completed") == 404
    assert told("alpha", "DELIVERED") == 400
    assert told("gamma", "completed") == 401
    assert order.state == "inProgress"
    assert told("alpha", "completed") == 204
    assert told("alpha", "completed") == 204
    operator.settle()
    assert order.state == "completed"


def test_what_a_partner_declines_is_fallout_and_is_asked_for_where_nobody_calls(
    operator: Operator, connected: Connected
) -> None:
    """Its words are the fallout's. Sent again it is taken, nobody calls back, and asking tells."""
    states = [{"level": "order", "theirs": theirs, "ours": ours} for theirs, ours in MEANT.items()]
    connected("darkfibre", "TMF622", ORDERS, kind="partner", stateMapping=states,
              offering=[{"specification": "Dark Fibre", "offering": "DF-1"}])  # fmt: skip
    offering, ada = leased(operator, "Dark Fibre", "darkfibre"), operator.ada()
    operator.network.behave(partner_states=THEIRS, fail=[
        {"kind": "business", "specification": "DF-1", "code": "noDuct", "message": "full",
         "once": True}])  # fmt: skip
    order = placed(operator, ada, line("add", offering, bandwidth="dark"))
    (fallout,) = order.fallouts()
    assert (fallout["cause"]["system"], fallout["cause"]["code"]) == ("darkfibre", "noDuct")
    assert fallout["cause"]["message"] == "full"
    operator.network.behave(**LATER)
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()
    operator.network.release("orders")
    operator.hurry()
    assert order.state == "completed"
    (handed,) = operator.find(f"{OWN}/productOrder/{order.id}/handOff")
    told = [(one["how"], one["result"]) for one in handed["exchange"]]
    assert told == [("sent", "failed"), ("sent", "pending"), ("asked", "done")]


def test_an_order_that_is_called_off_is_taken_back_at_the_partner(
    operator: Operator, connected: Connected
) -> None:
    """While the partner has not delivered, its order is canceled there and nothing is to be
    undone; what a state that nobody mapped means is not guessed."""
    states = [{"level": "order", "theirs": theirs, "ours": ours} for theirs, ours in MEANT.items()]
    connected("radio", "TMF622", ORDERS, kind="partner", stateMapping=states,
              offering=[{"specification": "Radio Link", "offering": "RL-1"}])  # fmt: skip
    offering, ada = leased(operator, "Radio Link", "radio"), operator.ada()
    operator.network.behave(**LATER)
    order = placed(operator, ada, line("add", offering, bandwidth="low"))
    assert order.cancel()["cancellationResult"] == "canceled"
    operator.settle()
    (theirs,) = at_partner(operator)
    assert (theirs["state"], order.state) == ("WITHDRAWN", "cancelled")
    assert order.product()["status"] == "cancelled"
    operator.network.behave(partner_states={"completed": "SHIPPED"})
    odd = placed(operator, operator.ada(), line("add", offering, bandwidth="low"))
    operator.hurry()
    (fallout,) = odd.fallouts()
    assert (fallout["cause"]["kind"], fallout["cause"]["code"]) == ("unknown", "answerUnreadable")
    assert "SHIPPED" in fallout["cause"]["message"]


def test_services_and_resources_go_to_systems_that_speak_otherwise(
    operator: Operator, connected: Connected
) -> None:
    """One service is ordered by TMF641, another activated by TMF640, each at the system that its
    specification names; both are changed back where the order is called off."""
    connected("transport", "TMF641", "/tmf-api/serviceOrdering/v4")
    connected("radius", "TMF640", "/tmf-api/ServiceActivationAndConfiguration/v4")
    offerings: dict[str, str] = {}
    for name, system in (("Backhaul", "transport"), ("Login", "radius")):
        how = {"kind": "callout", "system": system}
        body = {"name": name, "serviceType": "RFS", "fulfilment": how, **LIVE}
        made = operator.make(SERVICE_SPECIFICATION, body)
        offerings[system] = sell(operator, f"{name} sold", serviceSpecification=[made])
    ada, products = operator.ada(), {}
    for system, offering in offerings.items():
        order = placed(operator, ada, line("add", offering))
        assert order.state == "completed", order.steps
        assert {one["system"] for one in order.plan["item"] if "system" in one} == {system}
        products[system] = order.product()["id"]
    assert operator.in_network() == {"Backhaul": ["active"], "Login": ["active"]}
    operator.network.behave(mode="callback", delay_ms=600_000)
    for system, product in products.items():
        ended = placed(operator, ada, line("delete", "", product))
        assert ended.state == "inProgress"
        operator.network.release("orders")
        operator.hurry()
        assert ended.state == "completed", (system, ended.steps)
    assert operator.in_network() == {"Backhaul": ["terminated"], "Login": ["terminated"]}


def test_only_what_a_monitor_says_is_done_is_done(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """By TMF640 a service is done at once, or a monitor tells of it: what its states mean is data
    there, too. What was only taken is awaited, and an event without a state says nothing."""
    states = [{"level": "order", "theirs": "Queued", "ours": "pending"},
              {"level": "order", "theirs": "Broken", "ours": "error"}]  # fmt: skip
    switch = {"code": "switch", "name": "Switch", "speaks": "TMF640", "stateMapping": states}
    operator.make(SYSTEM, {**switch, "url": "https://switch.example.com/sa"})
    offering = service("Login There", fulfilment={"kind": "callout", "system": "switch"})
    answers = {
        "completed": [says(201, id="S-1", state="active")],
        "fallout": [says(201, id="M-1", state="Broken")],
        "waiting": [says(202, id="M-2", state="Queued")],
        "waiting, taken": [says(202, id="S-3", state="reserved")],
        "waiting, nothing said": [says(202)],
    }
    for expected, acts in answers.items():
        outside.script = {"switch": acts}
        order = ordered(operator, operator.ada(), offering)
        assert order.steps["Login There"] == expected.partition(",")[0], expected
        codes = [one["cause"]["code"] for one in order.fallouts()]
        assert codes == (["Broken"] if expected == "fallout" else []), expected
    sent = outside.received[-1]
    asked = [lambda _request: Response(200, [])]
    outside.script = {"switch": asked * 9}  # what was taken without an id is not sent once more
    operator.hurry()
    operator.hurry()
    assert order.steps["Login There"] == "waiting"
    assert [one for one in outside.received if one[2] == sent[2] and one[1]["body"]] == [sent]
    said: Record = {"id": "S-5", "@type": "Service", "state": "active",
                    "serviceCharacteristic": [{"name": "ip", "value": "10.0.0.1"}]}  # fmt: skip
    mapped = DIALECTS["TMF640"].reply(201, said, Words({"active": "done"}))
    assert (mapped.kind, mapped.characteristics) == ("done", {"ip": "10.0.0.1"})
    with pytest.raises(ValueError, match="no state"):
        DIALECTS["TMF640"].read({"id": "M-4", "externalId": "k"}, Words())


def test_a_plan_hands_the_change_over_to_the_system_of_its_specification(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """Where a plan definition says when a service is activated, the specification still says
    where: the definition's own step goes to that system, and nothing to the network."""
    operator.make(SYSTEM, {"code": "metro", "name": "Metro", "speaks": "TMF641",
                           "url": "https://metro.example.com/so"})  # fmt: skip
    how = {"kind": "callout", "system": "metro"}
    offering = service("Metro Link", fulfilment=how)
    published(operator, "metro-link", plan_item("switchOn", "activation"))
    picked(operator, row("metro-link", specification="Metro Link"))
    done = says(201, id="SO-1", state="completed", serviceOrderItem=[])
    outside.script = {"metro": [done]}
    order = ordered(operator, operator.ada(), offering)
    assert order.state == "completed", order.steps
    assert [code for code, _, _ in outside.received] == ["metro"]
    assert operator.commands() == []


def test_a_resource_order_goes_out_within_hours_and_pace(
    operator: Operator, outside: ScriptedOutside
) -> None:
    """A system that takes resource orders gets them by TMF652, not during its maintenance and no
    more a minute than it takes; a system that speaks nothing, or is not there, gets nothing."""
    closed = {"startDateTime": "2000-01-01T00:00:00Z", "endDateTime": "2100-01-01T00:00:00Z"}
    depot = {"code": "depot", "name": "Depot", "speaks": "TMF652", "maintenance": [closed]}
    system = operator.make(SYSTEM, {**depot, "url": "https://depot.example.com/ro"})
    how = {"kind": "callout", "system": "depot"}
    body = {"name": "Rack", "fulfilment": how, **LIVE}
    catalog = "/tmf-api/resourceCatalog/v4/resourceSpecification"
    offering = sell(operator, "Rack", resourceSpecification=[operator.make(catalog, body)])
    orders = [placed(operator, operator.ada(), line("add", offering)) for _ in range(2)]
    operator.hurry()
    assert outside.received == []
    done = says(201, id="RO-9", state="completed", orderItem=[{"id": "1", "state": "completed"}])
    outside.script = {"depot": [done, done]}
    one = f"{SYSTEM}/{system['id']}"
    paced = {"maintenance": [], "callsPerMinute": 1}
    assert operator.staff.patch(one, paced).status_code == 200
    operator.hurry()
    operator.hurry()
    assert [sent["path"] for _, sent, _ in outside.received] == ["/resourceOrder"]
    assert operator.staff.patch(one, {"callsPerMinute": None}).status_code == 200
    operator.hurry()
    operator.hurry()
    (_, sent, key), _ = outside.received
    assert sent["body"]["externalId"] == key
    assert [order.state for order in orders] == ["completed"] * 2
    (resource,) = orders[0].resource_orders.values()
    assert resource["outboundState"] == "fulfilled"
    (found,) = orders[0].resources.values()
    assert operator.read(RESOURCE, found["id"])["usageState"] == "active"
    assert operator.staff.patch(one, {"speaks": None}).status_code == 200
    lost = placed(operator, operator.ada(), line("add", offering))
    operator.hurry()
    (fallout,) = lost.fallouts()
    assert fallout["cause"]["code"] == "speaksNothing"
    assert len(outside.received) == 2
