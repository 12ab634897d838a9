"""The network over HTTP: commands to the simulator, and its signed call-backs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site, open_site
from trunkline.adapters.http_connection import HttpConnections
from trunkline.adapters.network import NetworkActivator, use_network
from trunkline.adapters.network_token import NetworkToken
from trunkline.api.network_callback import standard_secret
from trunkline.hub.signature import sign
from trunkline.ordering.command import Command, OutcomeUnknown, Unavailable
from trunkline.settings import load
from trunkline.simulator.running import Running, start

SECRET = "whsec_" + base64.b64encode(b"a shared secret of thirty bytes").decode()


@pytest.fixture(scope="module")
def network() -> Iterator[Running]:
    with start(client_id="trunkline", client_secret="quite-secret") as running:
        yield running


@pytest.fixture(scope="module")
def site(cluster: str, template: str) -> Iterator[Site]:
    with open_site(cluster, template, TRUNKLINE_NETWORK_CALLBACK_SECRET=SECRET) as site:
        yield site


@pytest.fixture
def online(shop: Shop, network: Running) -> Shop:
    """The shop with the simulator as its network."""
    network.reset()
    settings = load(
        {
            "TRUNKLINE_NETWORK_URL": network.url,
            "TRUNKLINE_NETWORK_CLIENT_ID": "trunkline",
            "TRUNKLINE_NETWORK_CLIENT_SECRET": "quite-secret",
            "TRUNKLINE_NETWORK_CALLBACK_SECRET": SECRET,
        }
    )
    assert use_network(shop.site.services, settings)
    return shop


def test_an_order_goes_over_the_line_and_comes_back_with_values(
    online: Shop, network: Running
) -> None:
    order = online.order(online.fibre(), online.voice())
    online.site.work()
    assert online.read(order)["state"] == "completed"
    commands = network.effects()["commands"]
    assert {(one["received"], one["effects"]) for one in commands} == {(1, 1)}
    line = online.site.rows(
        "select s.doc::text from service s join plan_item p on p.service = s.id "
        "where p.root = %s and s.p_name = 'Fibre Access'",
        order,
    )[0][0]
    assert "ontSerialNumber" in line


def test_lost_answers_take_effect_once(online: Shop, network: Running) -> None:
    network.behave(lost_answer={"count": 2})
    order = online.order(online.fibre(), online.voice())
    online.site.work()
    assert online.read(order)["state"] == "completed"
    assert {one["effects"] for one in network.effects()["commands"]} == {1}


def test_outage_and_refusal_are_told_apart(online: Shop, network: Running) -> None:
    network.behave(
        fail=[
            {"kind": "technical", "specification": "Fibre*", "count": 1},
            {"kind": "business", "specification": "Voice*", "code": "noNumber", "once": True},
        ]
    )
    order = online.order(online.fibre(), online.voice())
    online.site.work()
    kinds = online.site.rows(
        "select p_name, s.p_state, p.state, p.error_kind, p.error_code from plan_item p "
        "join service s on s.id = p.service where p.root = %s and p.kind = 'callout'",
        order,
    )
    found = {name: rest for name, *rest in kinds}
    assert found["Fibre Access"][1] == "completed"
    assert found["Voice Line"][1:] == ["fallout", "business", "noNumber"]


def event(key: str, state: str, *, external_id: str | None = None) -> bytes:
    order = {"id": "N-1", "externalId": external_id or key, "state": state}
    return json.dumps({"eventId": "e", "event": {"serviceOrder": order}}).encode()


def call_back(shop: Shop, key: str, body: bytes, *, secret: str = SECRET) -> Any:
    now = int(shop.site.services.machine_now().timestamp())
    headers = {
        "webhook-id": f"event-{now}",
        "webhook-timestamp": str(now),
        "webhook-signature": sign([secret], f"event-{now}", now, body),
        "Content-Type": "application/json",
    }
    path = f"/callback/network/{key}/listener/serviceOrderStateChangeEvent"
    return shop.site.app.simulate_post(path, body=body, headers=headers)


def test_call_backs_end_the_step_and_forged_ones_do_not(online: Shop, network: Running) -> None:
    network.behave(mode="callback", delay_ms=600_000)
    order = online.order(online.fibre())
    online.site.work()
    node = online.site.rows(
        "select node_key from plan_item where root = %s and kind = 'callout'", order
    )[0][0]
    assert online.steps(order)[node] == "waiting"
    key = online.key_of(order, node)
    forged = call_back(online, key, event(key, "completed"), secret=standard_secret("x" * 30))
    assert (forged.status_code, forged.json["code"]) == (401, "signatureMismatch")
    wrong = call_back(online, key, event(key, "completed", external_id="another"))
    assert (wrong.status_code, wrong.json["code"]) == (400, "wrongCommand")
    odd = call_back(online, key, event(key, "sideways"))
    assert (odd.status_code, odd.json["code"]) == (400, "unknownState")
    other = "01890000-0000-7000-8000-000000000000"
    unknown = call_back(online, other, event(other, "completed"))
    assert (unknown.status_code, unknown.json["code"]) == (404, "unknownCommand")
    for state in ("inProgress", "completed", "completed", "inProgress"):
        assert call_back(online, key, event(key, state)).status_code == 204
    online.site.work()
    assert online.read(order)["state"] == "completed"


def test_a_network_that_is_not_there_or_says_nothing() -> None:
    nobody = NetworkActivator(HttpConnections("http://127.0.0.1:9"))
    command = Command("k", "add", "active", "s", "Fibre Access")
    with pytest.raises(Unavailable):
        nobody.submit(command)


def test_an_answer_that_takes_too_long_leaves_the_outcome_open(network: Running) -> None:
    network.reset()
    network.behave(lost_answer={"count": 1}, lost_answer_kind="hold")
    patient = HttpConnections(network.url)
    token = NetworkToken(patient, "trunkline", "quite-secret")
    slow = NetworkActivator(HttpConnections(network.url, answer_timeout_s=1), token=token)
    command = Command("01890000-0000-7000-8000-000000000001", "add", "active", "s", "Fibre")
    with pytest.raises(OutcomeUnknown):
        slow.submit(command)
    found = slow.query(command.key)
    assert found is not None
    assert found.kind == "done"
