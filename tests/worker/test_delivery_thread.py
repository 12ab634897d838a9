"""Deliveries in the worker: the dispatcher is made from the settings, starts and ends."""

from __future__ import annotations

import threading

from tests.support.program import Site
from trunkline.settings import load
from trunkline.worker.delivery_thread import make_dispatcher


def test_the_dispatcher_starts_and_ends(site: Site) -> None:
    settings = load({"TRUNKLINE_CALLBACK_ALLOW": "10.0.0.0/8,listener.example"})
    dispatcher = make_dispatcher(site.services, settings)
    dispatcher.start()
    assert "dispatcher" in {one.name for one in threading.enumerate()}
    dispatcher.wake()
    dispatcher.stop()
    assert "dispatcher" not in {one.name for one in threading.enumerate()}
