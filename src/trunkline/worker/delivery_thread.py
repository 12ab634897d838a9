"""Deliveries in the worker: the hub's dispatcher, told whom to ask for rights and whom to call."""

from __future__ import annotations

from trunkline.access.delivery import make_dispatcher as dispatcher_of
from trunkline.hub.dispatcher import Dispatcher
from trunkline.hub.place import allow_list
from trunkline.kernel.services import Services
from trunkline.settings import Settings


def make_dispatcher(services: Services, settings: Settings) -> Dispatcher:
    """Return the dispatcher of this process; it sends from a thread of its own once started."""
    allow = allow_list(settings)
    return dispatcher_of(services, public_url=settings.public_url, allow=allow)
