"""A system that bills, told over HTTP what customers have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from trunkline.adapters.http_connection import NoAnswer, NotConnected
from trunkline.adapters.json_server import NOT_TAKEN, JsonServer
from trunkline.adapters.watching import NOT_NOW, Watch, always_open, watch
from trunkline.documents.shape import Json
from trunkline.inventory.billing_feed.feed import NotTold, use_feed
from trunkline.inventory.billing_feed.telling import follow_products
from trunkline.kernel.services import Services
from trunkline.ordering.design.given import BILLING, pause_for
from trunkline.settings import Settings

MESSAGES = "/productMessage"


class HttpBillingFeed:
    """Posts messages, each under its key: a message whose answer was lost is sent again."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        gate: Callable[[str], float] = always_open,
        watch: Watch | None = None,
    ) -> None:
        """Remember its address; nothing is told yet."""
        self._server = JsonServer(url, token, watch=watch)
        self._gate = gate

    def tell(self, message: Mapping[str, Json], *, key: str) -> None:
        """Tell one message. Raises NotTold, a final one for what is refused for good."""
        pause_s = self._gate(key)
        if pause_s > 0:
            raise NotTold("notNow", NOT_NOW, pause_s=pause_s)
        try:
            said = self._server.ask("POST", MESSAGES, dict(message), key=key)
        except NotConnected as error:
            raise NotTold("notConnected", str(error)) from error
        except NoAnswer as error:
            raise NotTold("noAnswer", str(error)) from error
        if said.is_good:
            return
        code, words = said.error
        # A refused token is for the operator to mend; the message itself is sound.
        is_final = 400 <= said.status < 500 and said.status not in NOT_TAKEN | {401, 403}
        raise NotTold(code, words, is_final=is_final)


def use_billing(services: Services, settings: Settings) -> None:
    """Tell the system that the settings name what customers have; without one nobody is told."""
    if settings.billing_feed_url is not None:
        connect_billing(services, settings.billing_feed_url, settings.billing_feed_token)


def connect_billing(services: Services, url: str, token: str | None = None) -> None:
    """Tell a system that bills at an address, from now on."""
    gate, watched = partial(pause_for, services, BILLING), watch(services, BILLING)
    use_feed(services, HttpBillingFeed(url, token, gate=gate, watch=watched))
    if follow_products not in services.fanout:
        services.fanout.append(follow_products)
