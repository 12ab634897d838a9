"""The bearer token, and requests that are no JSON."""

import base64
import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.simulator.listener import ORDERS, order, refused
from trunkline.simulator.client_token import LIFETIME_S, Gate
from trunkline.simulator.running import Running, start


@pytest.fixture(scope="module")
def guarded() -> Iterator[Running]:
    with start(client_id="trunkline", client_secret="between us") as running:
        yield running


@pytest.mark.parametrize("path", [ORDERS, "/control", "/control/effects", "/nowhere"])
@pytest.mark.parametrize("sent", [None, "Bearer x", "Bearer 9999999999.00", "Basic x", "Bearer"])
def test_nothing_is_told_without_a_token(guarded: Running, path: str, sent: str | None) -> None:
    headers = {"Authorization": sent} if sent else {}
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(guarded.url + path, headers=headers), timeout=10)
    with caught.value as answer:
        assert answer.code == 401
        assert json.loads(answer.read())["code"] == "unauthorized"


def test_a_token_opens_the_network(guarded: Running) -> None:
    assert guarded.ask("POST", ORDERS, order())["state"] == "completed"
    with urlopen(f"{guarded.url}/health", timeout=10) as answer:
        assert answer.status == 200


def ask_token(guarded: Running, form: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    request = Request(f"{guarded.url}/oauth/token", data=form, headers=headers)
    try:
        answer = urlopen(request, timeout=10)
    except HTTPError as error:
        answer = error
    with answer:
        return answer.status, json.loads(answer.read())


def test_a_token_is_given_to_the_client_only(guarded: Running) -> None:
    basic = "Basic " + base64.b64encode(b"trunkline:between us").decode()
    grant = b"grant_type=client_credentials"
    status, body = ask_token(guarded, grant, Authorization=basic)
    assert (status, body["expires_in"]) == (200, LIFETIME_S)
    status, body = ask_token(guarded, b"grant_type=password", Authorization=basic)
    assert (status, body) == (400, {"error": "unsupported_grant_type"})
    wrong = grant + b"&client_id=trunkline&client_secret=wrong"
    assert ask_token(guarded, wrong) == (401, {"error": "invalid_client"})
    assert ask_token(guarded, grant, Authorization="Basic %") == (401, {"error": "invalid_client"})


def test_a_token_ends() -> None:
    gate = Gate("trunkline", "between us")
    token = f"Bearer {gate.issue(now_s=1000)}"
    assert gate.admits(token, now_s=1000 + LIFETIME_S - 1)
    assert not gate.admits(token, now_s=1000 + LIFETIME_S)
    assert not Gate("trunkline", "other").admits(token, now_s=1000)


def test_a_body_that_is_no_json_is_refused(network: Running) -> None:
    for body in (b"{", b'{"externalId": "\\ud800"}', b"\xff"):
        with pytest.raises(HTTPError) as caught:
            urlopen(Request(network.url + ORDERS, data=body), timeout=10)
        with caught.value as answer:
            assert answer.code == 400
            assert json.loads(answer.read())["code"] == "bodyNotJson"
    long_key = "k" * 256
    error = refused(network, "POST", ORDERS, order(), Idempotency_Key=long_key)
    assert error["code"] == "keyInvalid"


def test_settings_are_read_back_and_may_be_sent_again(network: Running) -> None:
    rule = {"kind": "business", "specification": "Fibre*", "count": 3}
    sent = network.behave(mode="callback", delay_ms=[1, 2], fail=[rule], late_callback=0.25, seed=9)
    network.ask("POST", ORDERS, order())
    read = network.ask("GET", "/control")
    assert read["fail"] == [rule]
    assert (sent["remaining"]["fail"], read["remaining"]["fail"]) == ([3], [2])
    assert network.ask("PUT", "/control", read) == sent
    error = refused(network, "PUT", "/control", {"mode": "never"})
    assert error["code"] == "settingsInvalid"
    assert network.ask("GET", "/control") == sent
    network.reset()
    assert network.ask("GET", "/control")["mode"] == "now"


def test_a_token_that_does_not_end_opens_it_beside_those_that_do() -> None:
    gate = Gate("trunkline", "between us", "for good")
    assert gate.admits("Bearer for good", now_s=9e9)
    assert gate.admits(f"Bearer {gate.issue(now_s=0)}", now_s=1)
    assert not gate.admits("Bearer for goo", now_s=0)
    assert not gate.admits("Basic for good", now_s=0)
    assert not Gate("trunkline", "between us").admits("Bearer ", now_s=0)
