"""Reading personal data is written down: an officer sees who has looked at Ada's record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from tests.support.program import Client, Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.rest.reads import Reads, reads_of
from trunkline.worker.read_thread import ReadWriter

PEOPLE = "/tmf-api/party/v4/individual"
CUSTOMERS = "/tmf-api/customerManagement/v4/customer"
CATEGORIES = "/tmf-api/productCatalogManagement/v4/category"
LOG = "/api/privacy/v1/read"
PERSONAL = Grant("all", frozenset({"public", "internal", "personal"}))
SignedIn = Callable[..., Browser]


@pytest.fixture
def ada(site: Site) -> dict[str, Any]:
    made = site.admin.post(PEOPLE, {"givenName": "Ada", "familyName": "Lovelace"}).json
    reads_of(site.services).write(site.services)
    return made


def person(
    site: Site, login: str, permissions: dict[str, Grant], party: str | None = None
) -> Client:
    """Return a client of somebody with these rights."""
    role = site.role(f"reads-{login}", permissions)
    return site.user(login, roles=[role], party=party, scopes=tuple(permissions))


def readers(site: Site, ident: str) -> list[tuple[str, str]]:
    reads_of(site.services).write(site.services)
    found = site.admin.get(LOG, query_string=f"record={ident}").json
    return [(one["reader"]["name"], one["channel"]) for one in found]


@pytest.mark.accepts("TAM-PD-05")
def test_who_opens_a_persons_record_is_written_down_and_shown(
    site: Site, ada: dict[str, Any], admin: Browser, signed_in: SignedIn
) -> None:
    """On a page or by the interface, once an hour each, with when, from where and the request;
    lists too, by their kind."""
    carla = signed_in("carla", {"*:read": PERSONAL})
    for _ in range(2):
        assert carla.get(f"/r/individual/{ada['key']}").status_code == 200
    dora = person(site, "dora", {"*:read": PERSONAL})
    asked = dora.get(f"{PEOPLE}/{ada['id']}", headers={"X-Request-Id": "request-of-dora"})
    assert asked.status_code == 200
    assert dora.get(PEOPLE).status_code == 200
    assert readers(site, ada["id"]) == [("Dora", "api"), ("Carla", "web")]
    (line, listed), *_ = zip(site.admin.get(LOG).json, site.admin.get(LOG).json[1:], strict=False)
    assert (line["action"], line["record"]) == ("list", {"@referredType": "Individual"})
    assert listed["requestId"] == "request-of-dora"
    assert listed["address"] == "127.0.0.1"
    tab = source_of(admin.get(f"/r/individual/{ada['key']}?tab=history"))
    assert f'hx-get="/r/individual/{ada["key"]}/reads"' in tab
    told = words_of(admin.get(f"/r/individual/{ada['key']}/reads").text)
    assert "Carla" in told
    assert "request-of-dora" in told


@pytest.mark.accepts("TAM-PD-05")
def test_who_takes_a_list_away_is_written_down(site: Site, signed_in: SignedIn) -> None:
    """As a file at once or by a job, on a page or by the interface; not who sees nothing personal
    in it."""
    takes = {"Individual:read": PERSONAL}
    page = signed_in("erin", takes)
    assert page.get("/r/individual/export?as=csv").status_code == 200
    body = {"kind": "export", "resource": "Individual", "query": "", "format": "csv",
            "columns": ["givenName"]}  # fmt: skip
    finn = person(site, "finn", {**takes, "workspace:own": Grant()})
    job = finn.post("/api/workspace/v1/jobs", body)
    assert job.status_code in (201, 202), job.json
    plain = {"Individual:read": Grant("all", frozenset({"public", "internal"}))}
    assert signed_in("gus", plain).get("/r/individual/export?as=csv").status_code == 200
    reads_of(site.services).write(site.services)
    noted = [(one["reader"]["name"], one["channel"], one["action"])
             for one in site.admin.get(LOG, query_string="limit=20").json]  # fmt: skip
    assert noted[:2] == [("Finn", "api", "list"), ("Erin", "web", "list")]
    ada = site.admin.post(CUSTOMERS, {"name": "Ada", "engagedParty": {
        "id": site.admin.post(PEOPLE, {"givenName": "Ada", "familyName": "Called"}).json["id"],
        "@referredType": "Individual"}}).json  # fmt: skip
    hana = person(site, "hana", {"Customer:read": PERSONAL})
    called = hana.get("/api/care/v1/caller", query_string=f"key={ada['key']}")
    assert [one["id"] for one in called.json] == [ada["id"]], called.json
    assert readers(site, ada["id"]) == [("Hana", "api")]
    assert "Gus" not in {name for name, *_ in noted}


def test_nothing_is_noted_of_what_holds_nothing_personal_or_is_ones_own(
    site: Site, ada: dict[str, Any]
) -> None:
    """A category, a record seen without its personal values, Ada's own record, a refusal."""
    fibre = site.admin.post(CATEGORIES, {"name": "Fibre"}).json
    site.admin.get(f"{CATEGORIES}/{fibre['id']}")
    plain = Grant("all", frozenset({"public", "internal"}))
    assert person(site, "petra", {"*:read": plain}).get(f"{PEOPLE}/{ada['id']}").json
    own = person(site, "ada", {"*:read": Grant("own", EVERY_CLASS)}, ada["id"])
    assert own.get(f"{PEOPLE}/{ada['id']}").json
    party = {"id": ada["id"], "@referredType": "Individual"}
    customer = site.admin.post(CUSTOMERS, {"name": "Ada", "engagedParty": party}).json
    assert own.get(f"{CUSTOMERS}/{customer['id']}").status_code == 200
    other = site.admin.post(PEOPLE, {"givenName": "Bo", "familyName": "Ek"}).json
    assert own.get(f"{PEOPLE}/{other['id']}").status_code == 404
    boss = person(site, "boss", {"*:read": PERSONAL}, ada["id"])
    assert boss.get(f"{PEOPLE}/{ada['id']}").status_code == 200
    assert readers(site, ada["id"]) == []
    assert readers(site, customer["id"]) == []
    assert readers(site, fibre["id"]) == []
    assert readers(site, other["id"]) == []


def test_an_administrator_with_another_ones_eyes_is_named_as_who_looked(
    site: Site, ada: dict[str, Any], pages: Any, signed_in: SignedIn
) -> None:
    signed_in("viewed", {"*:read": PERSONAL})
    ((ident,),) = site.rows("select principal::text from user_account where login = 'viewed'")
    looking = Browser(pages)
    assert looking.sign_in("admin").status_code == 303
    assert looking.post(f"/administration/users/{ident}", {"do": "view"}).status_code == 303
    assert looking.get(f"/r/individual/{ada['key']}").status_code == 200
    assert readers(site, ada["id"]) == [("Admin", "web")]


def test_only_who_may_see_the_log_sees_it(
    site: Site, ada: dict[str, Any], signed_in: SignedIn
) -> None:
    """It takes privacy:readLog; the history of a record does not mention the log to others."""
    agent = signed_in("agent", {"*:read": PERSONAL})
    assert "/reads" not in agent.get(f"/r/individual/{ada['key']}?tab=history").text
    assert agent.get(f"/r/individual/{ada['key']}/reads").status_code == 403
    assert site.user("agent", roles=[]).get(LOG).status_code == 403
    assert person(site, "olga", {"privacy:readLog": Grant()}).get(LOG).status_code == 200
    assert site.admin.get(LOG, query_string="record=nobody").status_code == 400
    assert readers(site, ada["key"]) == readers(site, ada["id"]) == [("Agent", "web")]


def test_a_request_asks_the_database_for_nothing_more(site: Site, ada: dict[str, Any]) -> None:
    reader = person(site, "rita", {"*:read": PERSONAL})
    reader.get(f"{PEOPLE}/{ada['id']}")
    site.services.extra.pop("reads")
    with counted() as sent:
        reader.get(f"{PEOPLE}/{ada['id']}")
    assert len(sent) == 1, sent


def test_what_two_processes_saw_is_one_line_and_a_failed_write_is_done_again(
    site: Site, ada: dict[str, Any]
) -> None:
    reader = person(site, "sven", {"*:read": PERSONAL})
    for _ in range(2):
        site.services.extra["reads"] = Reads()  # another process knows nothing of the first
        reader.get(f"{PEOPLE}/{ada['id']}")
        with pytest.raises(AttributeError):
            reads_of(site.services).write(None)  # type: ignore[arg-type]
        assert readers(site, ada["id"]) == [("Sven", "api")]
    site.services.machine_now, real = (
        lambda: real() + timedelta(hours=1), site.services.machine_now
    )  # fmt: skip
    try:
        reader.get(f"{PEOPLE}/{ada['id']}")
        assert len(readers(site, ada["id"])) == 2
    finally:
        site.services.machine_now = real


def test_the_thread_of_a_web_process_writes_what_is_read(site: Site, ada: dict[str, Any]) -> None:
    """Within a second, and at its end what is left."""
    wrote = Event()

    class Told(ReadWriter):
        def step(self) -> float:
            pause_s = super().step()
            wrote.set()
            return pause_s

    thread = Told(site.services)
    reader = person(site, "theo", {"*:read": PERSONAL})
    reader.get(f"{PEOPLE}/{ada['id']}")
    thread.start()
    assert wrote.wait(5)
    rows = "select actor_name from access_log where subject = %s"
    assert site.rows(rows, ada["id"]) == [("Theo",)]
    thread.end()
    assert not thread.is_running
    person(site, "uma", {"*:read": PERSONAL}).get(f"{PEOPLE}/{ada['id']}")
    thread.end()
    assert ("Uma",) in site.rows(rows, ada["id"])
