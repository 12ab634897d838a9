"""Answers that get lost after the effect, and what may be asked afterwards."""

import json
import socket
import threading
import time
from http.client import HTTPConnection, RemoteDisconnected
from urllib.parse import urlsplit

import pytest

from tests.simulator.listener import ORDERS, command, order
from tests.support.waiting import wait_until
from trunkline.simulator.running import Running


def send(network: Running, key: str, timeout_s: float = 10.0) -> dict[str, object]:
    connection = HTTPConnection(urlsplit(network.url).netloc, timeout=timeout_s)
    try:
        connection.request("POST", ORDERS, json.dumps(order()), {"Idempotency-Key": key})
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


@pytest.mark.parametrize("mode", ["now", "callback"])
def test_the_connection_ends_without_an_answer_but_with_the_effect(
    network: Running, mode: str
) -> None:
    network.behave(mode=mode, lost_answer={"count": 1})
    with pytest.raises(RemoteDisconnected):
        send(network, "ada-1")
    wait_until(lambda: command(network, "ada-1")["effects"] == 1)
    (asked,) = network.ask("GET", f"{ORDERS}?externalId=ada-1")
    assert asked["state"] == "completed"
    assert send(network, "ada-1") == asked
    counted = command(network, "ada-1")
    assert (counted["received"], counted["effects"]) == (2, 1)


def test_a_held_answer_outlasts_the_patience_of_the_client(network: Running) -> None:
    network.behave(lost_answer={"count": 1}, lost_answer_kind="hold")
    with pytest.raises(socket.timeout):
        send(network, "ada-1", timeout_s=0.3)
    wait_until(lambda: command(network, "ada-1")["effects"] == 1)
    assert send(network, "ada-1")["state"] == "completed"


def test_held_answers_are_released(network: Running) -> None:
    network.behave(lost_answer=1, lost_answer_kind="hold")
    answers: list[dict[str, object]] = []
    sender = threading.Thread(target=lambda: answers.append(send(network, "ada-1")))
    sender.start()
    wait_until(lambda: bool(network.effects()["commands"]))
    assert answers == []
    wait_until(lambda: network.release()["answers"] == 1)
    sender.join(timeout=10)
    assert answers[0]["state"] == "completed"


def test_a_held_answer_comes_when_its_time_is_over(network: Running) -> None:
    network.behave(lost_answer=1, lost_answer_kind="hold", hold_ms=200)
    began = time.monotonic()
    assert send(network, "ada-1")["state"] == "completed"
    assert time.monotonic() - began >= 0.2


def test_many_senders_of_one_key_make_one_effect(network: Running) -> None:
    network.behave(delay_ms=50)
    answers: list[dict[str, object]] = []
    senders = [
        threading.Thread(target=lambda: answers.append(send(network, "ada-1"))) for _ in range(8)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(timeout=10)
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)
    counted = command(network, "ada-1")
    assert (counted["received"], counted["effects"]) == (8, 1)
