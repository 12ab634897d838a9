"""The shell: what a person chose, what waits, what they were told, and how heavy it is."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files

import falcon.testing
import pytest

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.filled_form import filled_form
from trunkline.documents.decode import load
from trunkline.kernel.actor import Grant
from trunkline.pages.keys import SHORTCUTS
from trunkline.workspace.notifications import Notice, tell
from trunkline.workspace.preferences import change_preferences
from trunkline.workspace.search_every import STATEMENTS
from trunkline.workspace.shortcuts import key_faults

MAY = {"*:read": Grant(), "workspace:own": Grant()}
FIRST_LOAD_MAX = 180 * 1024
PREFERENCES = "/api/workspace/v1/preferences"


def principal(site: Site, login: str) -> str:
    ((found,),) = site.rows("select principal::text from user_account where login = %s", login)
    return str(found)


def test_choices_of_the_menu_hold_for_the_next_page(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    """In the same program and in the one beside it: the interface reads the same row."""
    ines = signed_in("ines", MAY)
    for name, value in (("theme", "dark"), ("density", "compact"), ("language", "ar")):
        assert ines.post("/preferences/quick", {name: value}).status_code == 303
    html = source_of(ines.get("/"))
    assert '<html lang="ar" dir="rtl" data-theme="dark" data-density="compact">' in html
    assert ines.cookies["trunkline-theme"] == "dark"
    assert site.user("ines", roles=[]).get(PREFERENCES).json["density"] == "compact"
    assert ines.post("/preferences/quick", {"theme": "pink"}).status_code == 400


def test_one_persons_choices_are_nobody_elses(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    signed_in("joao", MAY)
    kim = signed_in("kim", MAY)
    changed = site.user("joao", roles=[]).patch(PREFERENCES, {"theme": "dark"})
    assert changed.json["theme"] == "dark"
    assert 'data-theme="auto"' in source_of(kim.get("/"))
    assert site.user("kim", roles=[]).get(PREFERENCES).json["theme"] == "auto"


def test_choices_cost_no_statement_once_they_are_known(admin: Browser) -> None:
    admin.get("/shell/keys")
    with counted() as sent:
        assert admin.get("/shell/keys").status_code == 200
    assert not sent


def test_a_key_that_is_taken_is_refused_at_its_field(admin: Browser, site: Site) -> None:
    form = {"shortcuts": "on", "keys.detail.edit": "n", "keys.go.orders": "o o"}
    answer = admin.post("/preferences", form)
    assert answer.status_code == 400
    assert 'id="wrong-detail.edit"' in source_of(answer)
    assert 'value="o o"' in source_of(answer)
    refused = site.admin.patch(PREFERENCES, {"keys": {"detail.edit": ["n"], "nosuch": ["q"]}})
    assert refused.status_code == 400
    paths = {one["path"] for one in refused.json["fault"]}
    assert paths == {"keys.detail.edit", "keys.nosuch"}
    for key, told in (
        ("Alt+e", "is no key"), ("Shift+1", "is no key"), ("Shift+Mod+x", "is no key"),
        ("Shift+?", "is no key"), ("Mod+w", "the browser keeps"), ("Mod+c", "the browser keeps"),
    ):  # fmt: skip
        refused = site.admin.patch(PREFERENCES, {"keys": {"detail.edit": [key]}})
        assert refused.status_code == 400, key
        assert told in refused.json["message"]


def test_a_key_that_somebody_chose_stays_theirs_when_an_action_comes_that_has_it(
    admin: Browser, site: Site
) -> None:
    """Who moved a key onto one that a new version declares keeps it, and changes what they like."""
    me = principal(site, "admin")
    earlier = {name: one for name, one in SHORTCUTS.items() if name != "quote"}
    moved = {"keys": {"list.note": list(SHORTCUTS["quote"].keys)}}
    with site.services.database.app.connection() as connection:
        change_preferences(site.services, connection, me, moved, earlier)
    assert site.admin.patch(PREFERENCES, {"density": "compact"}).status_code == 200
    bound = keys_of(admin)
    assert bound["list.note"] == ["list", "q"]
    assert "quote" not in bound
    form = filled_form(admin.get("/preferences"), action="/preferences")
    saved = admin.post("/preferences", form | {"shortcuts": "on"})
    assert saved.status_code == 303, words_of(saved.text)
    assert site.admin.patch(PREFERENCES, {"keys": None, "density": None}).status_code == 200
    assert keys_of(admin)["quote"] == ["everywhere", "q"]


def test_keys_are_moved_and_switched_off(admin: Browser, site: Site) -> None:
    site.admin.patch(PREFERENCES, {"keys": {"go.orders": ["g z"]}})
    assert keys_of(admin)["go.orders"] == ["everywhere", "g z"]
    site.admin.patch(PREFERENCES, {"keys": {"go.orders": None}})
    assert keys_of(admin)["go.orders"] == ["everywhere", "g o"]
    site.admin.patch(PREFERENCES, {"shortcuts": False})
    assert keys_of(admin) == {}
    site.admin.patch(PREFERENCES, {"shortcuts": None})
    assert keys_of(admin)["palette"] == ["everywhere", "Mod+k"]


def keys_of(browser: Browser) -> dict[str, list[str]]:
    found = re.search(r'data-keys="([^"]*)"', source_of(browser.get("/preferences")))
    assert found is not None
    keys: dict[str, list[str]] = load(found[1].replace("&quot;", '"').encode())
    return keys


def test_times_are_shown_in_the_zone_that_somebody_chose(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    lena = signed_in("lena", MAY)
    me = principal(site, "lena")
    tell(site.services, [me], Notice("job", "Your export is ready.", "/"))
    ((at,),) = site.rows("select at from notification where principal = %s", me)
    assert f"{at:%H:%M}" in lena.get("/notifications").text
    site.user("lena", roles=[]).patch(PREFERENCES, {"timeZone": "Asia/Kathmandu"})
    local = at + timedelta(hours=5, minutes=45)
    assert f"{local:%H:%M}" in lena.get("/notifications").text
    wrong = site.user("lena", roles=[]).patch(PREFERENCES, {"timeZone": "Mars/Olympus"})
    assert wrong.json["fault"][0]["path"] == "timeZone"


def test_a_count_that_did_not_move_is_not_sent_again(admin: Browser) -> None:
    admin.get("/")
    first = admin.get("/shell/counts")
    assert first.json["/notifications"] == 0
    assert {"/tasks", "/fallout", "/parked"} <= set(first.json)
    with counted() as sent:
        again = admin.get("/shell/counts", **{"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert len(sent) == 1


def test_counting_keeps_nobody_signed_in(
    signed_in: Callable[..., Browser], site: Site, pages: falcon.testing.TestClient
) -> None:
    """A page that is left open asks on its own, which is no use of the session."""
    mira = signed_in("mira", MAY)
    past = "update session set last_seen_at = last_seen_at - interval '20 minutes' " \
           "where principal = %s returning last_seen_at"  # fmt: skip
    ((before,),) = site.rows(past, principal(site, "mira"))
    site.authenticator.forget(mira.cookies["trunkline"])
    assert mira.get("/shell/counts").status_code == 200
    seen = "select last_seen_at from session where principal = %s"
    assert site.rows(seen, principal(site, "mira")) == [(before,)]
    assert Browser(pages).get("/shell/counts").status_code == 204


def test_notifications_are_read_by_whom_they_are_for(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    nils, olga = (signed_in(login, MAY) for login in ("nils", "olga"))
    notice = Notice("mention", "Robin named you in a note on <b>CUS000001</b>.", "/r/customer",
                    once="note 1")  # fmt: skip
    for _ in range(2):
        tell(site.services, [principal(site, "nils")], notice)
    page = source_of(nils.get("/notifications"))
    assert page.count("Robin named you") == 1
    assert "<b>CUS" not in page
    assert "Robin named you" not in olga.get("/notifications").text
    assert nils.get("/shell/counts").json["/notifications"] == 1
    told = site.user("nils", roles=[]).get("/api/workspace/v1/notification?unread=true").json
    stolen = site.user("olga", roles=[]).post(
        f"/api/workspace/v1/notification/{told[0]['id']}/read"
    )
    assert stolen.status_code == 404
    answer = nils.post("/notifications", {"id": told[0]["id"], "to": "/r/customer"})
    assert answer.headers["location"] == "/r/customer"
    assert nils.get("/shell/counts").json["/notifications"] == 0


def test_the_menu_stays_folded(admin: Browser) -> None:
    admin.cookies["trunkline-menu"] = "folded"
    assert 'data-menu="folded"' in source_of(admin.get("/preferences"))
    del admin.cookies["trunkline-menu"]


def test_who_may_make_nothing_is_offered_nothing(
    signed_in: Callable[..., Browser], admin: Browser
) -> None:
    assert 'href="/onboard"' in source_of(admin.get("/preferences"))
    pia = signed_in("pia", {"*:read": Grant(), "GeographicSite:create": Grant()})
    html = source_of(pia.get("/preferences"))
    assert re.findall(r'href="([^"]*/new)"', html) == ["/r/geographicSite/new"]


def test_the_first_load_is_light(admin: Browser, pages: falcon.testing.TestClient) -> None:
    """The page, and every file that it names, as a browser takes them: packed."""
    answer = admin.get("/")
    html = source_of(answer)
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', html))
    assert len(files) >= 7
    weight = len(gzip.compress(answer.content))
    for one in files:
        sent = pages.simulate_get(one, headers={"Accept-Encoding": "gzip"})
        assert "immutable" in sent.headers["cache-control"]
        weight += len(sent.content)
    assert weight <= FIRST_LOAD_MAX


def test_each_key_that_goes_somewhere_leads_to_its_list(admin: Browser) -> None:
    """G and a letter: customers, sales, quotes, orders, bills, what is installed, products, places;
    a worklist that stands first in its group does not take the key."""
    html = source_of(admin.get("/"))
    found = re.findall(r'<a href="([^"]+)"[^>]*data-key-action="(go\.[a-z]+)"', html)
    leads = {action: address for address, action in found}
    assert len(leads) == len(found), found
    assert leads == {
        "go.home": "/",
        "go.work": "/tasks",
        "go.customers": "/r/customer",
        "go.sell": "/r/salesOpportunity",
        "go.quotes": "/r/quote",
        "go.orders": "/r/productOrder",
        "go.bills": "/r/customerBill",
        "go.installed": "/r/product",
        "go.catalog": "/r/productOffering",
        "go.places": "/r/geographicSite",
        "go.admin": "/administration/users",
    }
    assert set(leads) == {one for one in SHORTCUTS if one.startswith("go.")}


def test_a_key_does_the_same_wherever_it_holds() -> None:
    """The map of keys: where to go, what is done about a row of a list, and about a record."""
    keys = {key: one.title for one in SHORTCUTS.values() for key in one.keys if one.place != "list"}
    rows = {key: one.action for one in SHORTCUTS.values() for key in one.keys
            if one.place == "list"}  # fmt: skip
    records = {key: one.action for one in SHORTCUTS.values() for key in one.keys
               if one.place == "detail"}  # fmt: skip
    assert {"Mod+k", "/", "?", "c", "z", "Mod+Enter", "Mod+Shift+Enter", "Escape"} <= set(keys)
    goes = {"w": "work", "c": "customers", "o": "orders", "b": "bills", "q": "quotes",
            "p": "catalog", "h": "home", "s": "sell", "i": "installed", "l": "places",
            "a": "admin"}  # fmt: skip
    assert {one.keys[0][2:]: one.action[3:] for one in SHORTCUTS.values()
            if one.action.startswith("go.")} == goes  # fmt: skip
    same = {"e": "edit", "a": "assign", "s": "status", "d": "due", "t": "task", "n": "note",
            "r": "retry", "y": "clone"}  # fmt: skip
    assert {key: rows[key] for key in same} == {key: f"list.{one}" for key, one in same.items()}
    assert {key: records[key] for key in same} == {
        key: f"detail.{one}" for key, one in same.items()
    }
    assert {key: rows[key] for key in ("j", "k", "Space", "Enter", "x", "Shift+x")} == {
        "j": "list.next", "k": "list.previous", "Space": "list.peek", "Enter": "list.open",
        "x": "list.select", "Shift+x": "list.select-to",
    }  # fmt: skip
    assert {"[", "]", "."} <= set(records)
    assert not list(key_faults(SHORTCUTS, {name: one.keys for name, one in SHORTCUTS.items()
                                           if not one.fixed}))  # fmt: skip


def test_a_key_leads_past_a_worklist_to_the_first_list(
    signed_in: Callable[..., Browser],
) -> None:
    """Who may not read the kind that a key is for goes to the next kind of the group; a kind with
    a page of its own stands in the menu once."""
    planner = signed_in("planner", {"PlanDefinition:read": Grant(), "Category:read": Grant()})
    html = source_of(planner.get("/preferences"))
    assert 'href="/plans"' in html
    assert 'href="/r/planDefinition"' not in html
    found = re.findall(r'<a href="([^"]+)"[^>]*data-key-action="(go\.catalog)"', html)
    assert found == [("/r/category", "go.catalog")]


def test_scripts_run_by_the_nonce_of_their_answer_alone(
    admin: Browser, pages: falcon.testing.TestClient
) -> None:
    """No other file of our host does, no text of a page, and none of an answer before."""
    seen: list[str] = []
    asked = [Browser(pages).get("/sign-in"), *(admin.get(one) for one in
             ("/", "/", "/r/customer", "/catalog", "/nowhere", "/panel/health"))]  # fmt: skip
    for answer in asked:
        rules = dict(
            one.strip().split(" ", 1)
            for one in answer.headers["Content-Security-Policy"].split(";")
        )
        found = re.fullmatch(r"'nonce-([A-Za-z0-9+/=_-]{24,})'", rules["script-src"])
        assert found, rules
        assert (rules["default-src"], rules["style-src"]) == ("'none'", "'self'")
        seen.append(found[1])
        html = source_of(answer)
        scripts = re.findall(r"<script\b[^>]*>", html)
        assert all(f'nonce="{found[1]}"' in one and " src=" in one for one in scripts), scripts
        assert bool(scripts) == ("<html" in html)
        assert not re.search(r"\son\w+=|\sstyle=", html)
    assert len(set(seen)) == len(seen)


def test_each_script_of_a_template_carries_the_nonce() -> None:
    """Also in pages that no test opens."""
    folders = [files("trunkline.web") / "templates", files("trunkline.api") / "templates"]
    texts = {one.name: one.read_text(encoding="utf-8") for each in folders
             for one in each.iterdir() if one.name.endswith(".html")}  # fmt: skip
    scripts = [(name, one) for name, text in texts.items()
               for one in re.findall(r"<script\b[^>]*>", text)]  # fmt: skip
    assert len(scripts) > 30
    assert not [one for one in scripts if ' nonce="{{ nonce }}" src=' not in one[1]]


def test_what_was_typed_is_its_own_persons(
    admin: Browser, signed_in: Callable[..., Browser], site: Site
) -> None:
    """It is kept sealed, at a place of ours only, until it is discarded."""
    rosa, sam = signed_in("rosa", MAY), signed_in("sam", MAY)
    place = "/typed?place=/customer/1/contact"
    asked = {"place": "/customer/1/contact", "typed": '[["note","Secret",false]]'}
    rosa.get("/preferences")
    assert rosa.post("/typed", asked).status_code == 204
    assert "Secret" in source_of(rosa.get(place))
    assert sam.get(place).status_code == 204
    rows = site.rows("select typed from draft where place = %s", f"page:{asked['place']}")
    assert rows
    assert b"Secret" not in bytes(rows[0][0])
    for wrong in ("", "elsewhere", "/" + "x" * 300):
        assert rosa.post("/typed", asked | {"place": wrong}).status_code == 400
        assert rosa.get(f"/typed?place={wrong}").status_code == 400
    assert rosa.post("/typed", asked | {"typed": ""}).status_code == 204
    assert rosa.get(place).status_code == 204


def test_a_search_that_takes_too_long_says_so(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the box, on the page without scripts, in a list, in a look-up and by the interface; one
    that finds nothing in time says that."""
    api, path = "/api/workspace/v1/search", "/tmf-api/party/v4/individual"
    assert site.admin.get(f"{api}?q=nobodyisso").json == []
    assert site.admin.post(path, {"givenName": "Slow", "familyName": "Slow"}).status_code == 201
    too_long = "the search would read too many records"
    slow = "select pg_sleep(9) where %(first)s::text <> ''"
    for name in ("FIND", "FIND_OF_ONE_KIND"):
        monkeypatch.setattr(f"trunkline.workspace.search.{name}", slow)
    every = "trunkline.workspace.search_every"
    monkeypatch.setattr(f"{every}.STATEMENTS", dict.fromkeys(STATEMENTS, slow))
    quick = "begin; set local statement_timeout = 20"
    for module in ("trunkline.workspace.search", every):
        monkeypatch.setattr(f"{module}.PREPARE", quick)
    answer = site.admin.get(f"{api}?q=slow")
    assert (answer.status_code, answer.json["code"]) == (400, "searchTooWide")
    for address in ("/shell/found?q=slow", "/go?q=slow", "/r/individual?q=slow",
                    "/look-up/Individual?q=slow"):  # fmt: skip
        said = words_of(admin.get(address).text)
        assert too_long in said.lower(), address
        assert "Nothing" not in said, address


def test_a_number_in_an_address_that_is_none_is_told(admin: Browser) -> None:
    """It is the visitor's slip, no fault of ours."""
    for address in ("/fallout/new?seen=abc", "/jeopardy/new?seen=1.5"):
        answer = admin.get(address)
        assert (answer.status_code, "must be an integer" in answer.text) == (400, True), address
