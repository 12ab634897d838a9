"""Deliveries in the worker: the dispatcher is made from the settings, starts and ends."""

from __future__ import annotations

import threading

import pytest

from tests.support.program import Site
from trunkline.hub.place import allow_list
from trunkline.settings import SettingsError, load
from trunkline.worker.delivery_thread import make_dispatcher


def test_the_dispatcher_starts_and_ends(site: Site) -> None:
    settings = load({"TRUNKLINE_CALLBACK_ALLOW": "10.0.0.0/8,listener.example"})
    dispatcher = make_dispatcher(site.services, settings)
    dispatcher.start()
    assert "dispatcher" in {one.name for one in threading.enumerate()}
    dispatcher.wake()
    dispatcher.stop()
    assert "dispatcher" not in {one.name for one in threading.enumerate()}


@pytest.mark.parametrize("entry", ["127.0.0.0/8", "0.0.0.0/0", "169.254.169.254"])
def test_what_can_never_be_opened_is_a_setting_to_mend(entry: str) -> None:
    """Said before anything starts, with the setting's name; not by each process as it dies."""
    settings = load({"TRUNKLINE_CALLBACK_ALLOW": entry})
    with pytest.raises(SettingsError, match=f"TRUNKLINE_CALLBACK_ALLOW: {entry}"):
        allow_list(settings)
