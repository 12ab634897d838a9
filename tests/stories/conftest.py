"""An operator with a network in another process, new customers and a quiet network per test."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import falcon.testing
import pytest

from tests.support.operator import AT_ONCE, SERVICE_SPECIFICATION, Operator
from tests.support.outside import ScriptedOutside
from tests.support.plans import SYSTEM, TABLE
from tests.support.program import open_site
from tests.web.browser import Browser
from trunkline.adapters.network import use_network
from trunkline.api.app import make_app
from trunkline.ordering.design.calling import use_outside
from trunkline.ordering.retry_policy import use_policy
from trunkline.settings import load
from trunkline.simulator.running import Running, start

SECRET = "whsec_" + base64.b64encode(b"a shared secret of thirty bytes").decode()


@pytest.fixture(scope="session")
def network() -> Iterator[Running]:
    """The operator's network: the simulator, a process of its own."""
    with start(client_id="trunkline", client_secret="quite-secret", callback_secret=SECRET) as one:
        yield one


@pytest.fixture(scope="module")
def opened(cluster: str, template: str, network: Running) -> Iterator[Operator]:
    """The installation of one file of stories: what another leaves behind is not there."""
    with open_site(cluster, template, TRUNKLINE_NETWORK_CALLBACK_SECRET=SECRET) as site:
        yield Operator.open(site, network)


@pytest.fixture
def operator(opened: Operator, network: Running) -> Operator:
    """The operator on a day when nothing is left over and the network answers at once."""
    with opened.site.services.database.app.connection() as connection:
        connection.execute("delete from work")
        connection.execute("update clock set offset_s = 0")
    network.reset()
    use_policy(opened.site.services, AT_ONCE)
    connect(opened, "http://localhost:8080")
    return opened


def connect(operator: Operator, public_url: str) -> None:
    """Let the operator's commands go to the network, and name the address to call back."""
    settings = {
        "TRUNKLINE_NETWORK_URL": operator.network.url,
        "TRUNKLINE_NETWORK_CLIENT_ID": "trunkline",
        "TRUNKLINE_NETWORK_CLIENT_SECRET": "quite-secret",
        "TRUNKLINE_NETWORK_CALLBACK_SECRET": SECRET,
        "TRUNKLINE_PUBLIC_URL": public_url,
    }
    assert use_network(operator.site.services, load(settings))


@pytest.fixture
def pages(operator: Operator) -> falcon.testing.TestClient:
    """The operator's API and pages in one program."""
    from trunkline.web.app import add_routes  # stories without pages do not load them

    site, settings = operator.site, load({"TRUNKLINE_TEST_CLOCK": "on"})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    return falcon.testing.TestClient(app)


@pytest.fixture
def browser(operator: Operator, pages: falcon.testing.TestClient) -> Browser:
    """A browser in which an administrator has signed in."""
    _ = operator.staff
    signed_in = Browser(pages)
    assert signed_in.sign_in("admin").status_code == 303
    return signed_in


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def reachable(operator: Operator) -> Iterator[Operator]:
    """The operator with its API on a port of this machine, where the network can call back."""
    server = make_server(
        "127.0.0.1", 0, operator.site.app.app, server_class=_Server, handler_class=_Quiet
    )
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    connect(operator, f"http://127.0.0.1:{server.server_port}")
    yield operator
    server.shutdown()
    server.server_close()


@pytest.fixture
def outside(operator: Operator) -> Iterator[ScriptedOutside]:
    """The warehouse, and the probe that tests lines, which finds them sound."""
    found = ScriptedOutside()
    use_outside(operator.site.services, found)
    for code in ("warehouse", "probe"):
        for one in operator.find(SYSTEM, code=code):  # at its own pace after another story
            free = {"callsPerMinute": None, "maintenance": []}
            assert operator.staff.patch(f"{SYSTEM}/{one['id']}", free).status_code == 200
        if not operator.find(SYSTEM, code=code):
            operator.make(SYSTEM, {"code": code, "name": code.capitalize(),
                                   "url": f"https://{code}.example.com"})  # fmt: skip
    yield found
    for table in operator.find(TABLE, isOn="true"):
        assert operator.staff.patch(f"{TABLE}/{table['id']}", {"isOn": False}).status_code == 200


@pytest.fixture
def service(operator: Operator) -> Callable[..., str]:
    """Put a service of some name on sale, which has a zone, and return its offering."""

    from tests.stories.test_broken_down import LIVE, sell  # that is a story of its own

    def make(name: str, **more: Any) -> str:
        asked = [{"name": one, "valueType": "string", "configurable": True}
                 for one in ("zone", "panel", "reservation", "doors")]  # fmt: skip
        made = operator.make(
            SERVICE_SPECIFICATION,
            {"name": name, "specCharacteristic": asked, "serviceType": "RFS", **LIVE, **more},
        )
        own = [{"name": "zone", "valueType": "string", "configurable": True}]
        return sell(operator, f"{name} sold", serviceSpecification=[made],
                    productSpecCharacteristic=own)  # fmt: skip

    return make
