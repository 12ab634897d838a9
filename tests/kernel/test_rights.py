"""Rights over HTTP: what was taken away is gone at the next request, in every process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import falcon.testing
import pytest

from tests.support.program import Client, Site
from tests.support.waiting import wait_until
from trunkline.api.app import make_app
from trunkline.identity.accounts import disable
from trunkline.identity.authenticate import Authenticator
from trunkline.identity.personal_tokens import revoke_personal_token
from trunkline.identity.roles import assign_role, withdraw_role
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.settings import load

PARTY = "/tmf-api/party/v4/individual"
ADA = {"givenName": "Ada", "familyName": "Lovelace"}
BY = system("tests")


class Person:
    """A user with one role of their own, known to two processes that both have them cached."""

    def __init__(self, site: Site, login: str, permissions: dict[str, Grant]) -> None:
        self.site, self.role = site, f"role_{login}"
        site.role(self.role, permissions)
        self.clients = [site.user(login, roles=[self.role], scopes=tuple(permissions))]
        chosen = load({"TRUNKLINE_TEST_CLOCK": "on"})
        app = make_app(site.services, Authenticator(site.services), chosen)
        self.clients.append(Client(falcon.testing.TestClient(app), self.clients[0].token))
        ((self.principal,),) = site.rows(
            "select principal::text from user_account where login = %s", login
        )
        for client in self.clients:
            client.get(PARTY)

    def codes(self, method: str, path: str, body: Any = None) -> set[int]:
        return {one.call(method, path, body).status_code for one in self.clients}


EVERYTHING = {f"Individual:{verb}": Grant() for verb in ("read", "create", "update", "delete")}


@pytest.fixture(scope="module")
def record(site: Site) -> str:
    return str(site.admin.post(PARTY, ADA).json["id"])


@pytest.mark.parametrize(
    "login, take, status",
    [
        ("r1", lambda p: withdraw_role(p.site.services, by=BY, principal=p.principal, role=p.role),
         403),
        ("r2", lambda p: disable(p.site.services, by=BY, principal=p.principal), 401),
        ("r3", lambda p: p.site.role(p.role, {"Organization:read": Grant()}), 403),
        ("r4", lambda p: revoke_all(person=p), 401),
    ],
    ids=["role withdrawn", "user disabled", "role emptied", "token revoked"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["LIST", "GET", "POST", "PATCH", "DELETE"])
def test_removed_rights_are_gone_at_once(
    site: Site, record: str, login: str, take: Callable[[Person], Any], status: int, method: str
) -> None:
    """The very next request of any kind is refused, in both processes."""
    person = Person(site, f"{login}-{method.lower()}", EVERYTHING)
    item = f"{PARTY}/{record}"
    path = PARTY if method in {"LIST", "POST"} else item
    verb = "GET" if method == "LIST" else method
    body = ADA if method == "POST" else {"remark": 1} if method == "PATCH" else None
    assert person.codes("GET", item) == {200}
    take(person)
    assert person.codes(verb, path, body) == {status}
    assert site.admin.get(item).status_code == 200


def revoke_all(person: Person) -> None:
    for (ident,) in person.site.rows(
        "select id::text from token where principal = %s", person.principal
    ):
        revoke_personal_token(person.site.services, by=BY, token_id=ident)


def test_narrowed_reach_and_classes_count_at_once(site: Site, record: str) -> None:
    """A role that reaches less, or sees less, does so at the next request."""
    person = Person(site, "narrowed", EVERYTHING)
    item = f"{PARTY}/{record}"
    internal = Grant("all", frozenset({"public", "internal"}))
    site.role(person.role, {"Individual:read": internal})
    for client in person.clients:
        answer = client.get(item)
        assert answer.status_code == 200
        assert "Lovelace" not in answer.text
    site.role(person.role, {"Individual:read": Grant("own", EVERY_CLASS)})
    assert person.codes("GET", item) == {404}
    assert [one.get(PARTY).json for one in person.clients] == [[], []]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_added_rights_count_at_once(site: Site, record: str, method: str) -> None:
    """A right that was given counts at the next request, in every process."""
    person = Person(site, f"added-{method.lower()}", {"Organization:read": Grant()})
    organization = "/tmf-api/party/v4/organization"
    made = site.admin.post(organization, {"tradingName": "Engines"}).json["id"]
    site.role(person.role, {})
    assert person.codes("GET", f"{organization}/{made}") == {403}
    site.role(person.role, {"Organization:read": Grant()})
    if method == "PATCH":
        assert person.codes("PATCH", f"{organization}/{made}", {"x": 1}) == {403}
    assert person.codes("GET", f"{organization}/{made}") == {200}


def test_nothing_succeeds_after_the_withdrawal(site: Site, record: str) -> None:
    """Under steady use no request that began after the withdrawal succeeds."""
    person = Person(site, "busy", EVERYTHING)
    stop = threading.Event()
    seen: list[tuple[float, int]] = []

    def use(client: Client) -> None:
        while not stop.is_set():
            began = time.monotonic()
            seen.append((began, client.get(f"{PARTY}/{record}").status_code))

    threads = [threading.Thread(target=use, args=[one], daemon=True) for one in person.clients * 2]
    for one in threads:
        one.start()
    wait_until(lambda: 200 in {code for _, code in list(seen)})
    assign_role(site.services, by=BY, principal=person.principal, role="administrator")
    withdraw_role(site.services, by=BY, principal=person.principal, role="administrator")
    withdraw_role(site.services, by=BY, principal=person.principal, role=person.role)
    withdrawn = time.monotonic()
    wait_until(lambda: sum(began > withdrawn for began, _ in list(seen)) >= 20)
    stop.set()
    for one in threads:
        one.join()
    assert {code for began, code in seen if began < withdrawn} >= {200}
    assert {code for began, code in seen if began > withdrawn} == {403}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer tl_pat_x", "Bearer \u00e9", "bearer  x  y"],
)
def test_who_is_not_known_is_refused(site: Site, record: str, header: str) -> None:
    """No token, half a token or another scheme: 401 with how to ask, and no word of the record."""
    answer = site.app.simulate_get(f"{PARTY}/{record}", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    assert "Lovelace" not in answer.text
