"""Sessions looked over and ended, and passwords chosen by a link, by page and interface."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import falcon.testing
import pytest

from tests.support.program import PASSWORD, Site, password_hash_of
from tests.web.browser import Browser, source_of, words_of
from trunkline.documents.errors import NotFound
from trunkline.identity.accounts import NewUser, add_user, disable, enable, set_password
from trunkline.identity.expiry import remove_expired
from trunkline.identity.password_links import give_password_link, login_of_link, use_password_link
from trunkline.identity.rights import read_actor
from trunkline.identity.roles import assign_role
from trunkline.kernel.actor import Actor, Grant, system
from trunkline.web.administration.browsers import browser_of

USERS = "/administration/users"
API = "/api/identity/v1/user"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "a new and longer password"


def person(site: Site, login: str, *roles: str) -> str:
    user = NewUser(login, login.title(), password_hash=password_hash_of(site.services), roles=roles)
    return add_user(site.services, by=system("tests"), user=user)


def actor(site: Site, principal: str) -> Actor:
    with site.services.database.app.connection() as connection:
        now = site.services.machine_now()
        found = read_actor(connection, principal=principal, now=now)
    assert found is not None
    return found


def signed_in(pages: falcon.testing.TestClient, login: str, agent: str = LINUX) -> Browser:
    browser = Browser(pages)
    browser.get("/sign-in")
    form = {"login": login, "password": PASSWORD}
    assert browser.post("/sign-in", form, **{"User-Agent": agent}).status_code == 303
    browser.get("/")
    return browser


def test_one_session_is_ended_and_the_others_go_on(
    site: Site, admin: Browser, pages: falcon.testing.TestClient
) -> None:
    """The page says from where and with what; the own session is marked and not offered."""
    ident = person(site, "wim", "auditor")
    first = signed_in(pages, "wim")
    second = signed_in(pages, "wim", "curl/8")
    page = admin.get(f"{USERS}/{ident}/panel/sessions")
    told = words_of(page.text)
    assert "Firefox · Linux" in told
    assert "Unknown browser" in told
    assert "127.0.0.1" in told
    listed = site.admin.get(f"{API}/{ident}/session").json
    ours = next(one for one in listed if one["agent"] == LINUX)
    assert ours["address"] == "127.0.0.1"
    form = {"do": "end-one", "session": ours["id"]}
    assert admin.post(f"{USERS}/{ident}", form).status_code == 303
    assert first.get("/").status_code == 303
    assert second.get("/").status_code == 200
    assert admin.post(f"{USERS}/{ident}", form).status_code == 409
    (left,) = site.admin.get(f"{API}/{ident}/session").json
    assert site.admin.delete(f"{API}/{ident}/session/{ours['id']}").status_code == 404
    assert site.admin.delete(f"{API}/{ident}/session/{left['id']}").status_code == 204
    assert second.get("/").status_code == 303
    ((me,),) = site.rows("select principal::text from user_account where login = 'admin'")
    own = admin.get(f"{USERS}/{me}/panel/sessions?change=yes")
    assert "this session" in words_of(own.text)
    acts = site.rows("select action from access_log where subject = %s order by at", ident)
    assert acts.count(("endSession",)) == 2


def test_one_persons_session_is_not_ended_through_another(site: Site) -> None:
    """The id of a session is only good together with its user."""
    xena, yuri = person(site, "xena", "auditor"), person(site, "yuri", "auditor")
    with site.services.database.app.connection() as connection:
        connection.execute(
            "insert into session (hash, principal, csrf, created_at, last_seen_at, expires_at) "
            "values ('x', %s, 'c', now(), now(), now() + interval '1 hour')",
            [yuri],
        )
    (held,) = site.admin.get(f"{API}/{yuri}/session").json
    assert site.admin.delete(f"{API}/{xena}/session/{held['id']}").status_code == 404
    assert len(site.admin.get(f"{API}/{yuri}/session").json) == 1


def test_a_password_is_chosen_by_a_link_once(
    site: Site, admin: Browser, pages: falcon.testing.TestClient
) -> None:
    """Looking does not use it up, a bad password neither; using it ends the sessions."""
    ident = person(site, "zara", "auditor")
    zara = signed_in(pages, "zara")
    shown = admin.post(f"{USERS}/{ident}", {"do": "password"})
    found = re.search(r"<code data-copy-text[^>]*>([^<]+)</code>", source_of(shown))
    assert found is not None
    link = urlsplit(found[1].replace("&amp;", "&"))
    assert link.path == "/choose-password"
    assert link.query not in admin.get(f"{USERS}/{ident}").text
    assert zara.get("/").status_code == 200

    stranger = Browser(pages)
    form_page = stranger.get(f"{link.path}?{link.query}")
    assert form_page.status_code == 200
    assert 'value="zara"' in source_of(form_page)
    token = link.query.partition("=")[2]
    sent = {"token": token, "password": NEW, "again": NEW}
    assert stranger.post(link.path, sent | {"csrf": "no"}).status_code == 403
    assert stranger.post(link.path, sent | {"again": "x"}).status_code == 400
    short = stranger.post(link.path, sent | {"password": "short", "again": "short"})
    assert short.status_code == 400
    assert "at least 8" in words_of(short.text)
    done = stranger.post(link.path, sent)
    assert done.headers["location"] == "/sign-in?done=password"
    assert "The password is saved" in words_of(stranger.get("/sign-in?done=password").text)
    assert zara.get("/").status_code == 303
    assert Browser(pages).sign_in("zara").status_code == 401
    assert Browser(pages).sign_in("zara", NEW).status_code == 303
    again = stranger.post(link.path, sent)
    assert again.status_code == 404
    assert "This link is over" in words_of(again.text)
    acts = site.rows("select action from access_log where subject = %s order by at", ident)
    assert [one for (one,) in acts if "assword" in one] == ["givePasswordLink", "setPassword"]


def test_a_link_is_over_when_something_came_between(site: Site) -> None:
    """A newer link, another password, a lock, a day, and rights that its giver does not hold."""
    services, by = site.services, system("tests")
    keeper = person(site, "keeper-of-links")
    site.role("links", {"identity:administer": Grant(), "Product:read": Grant()})
    assign_role(services, by=by, principal=keeper, role="links")
    user = person(site, "ulla")

    def made() -> str:
        return give_password_link(services, by=actor(site, keeper), principal=user).token

    def is_over(token: str) -> bool:
        try:
            use_password_link(services, token=token, password=NEW)
        except NotFound:
            return True
        return False

    first, second = made(), made()
    assert is_over(first)
    assert login_of_link(services, token=second) == "ulla"
    set_password(services, by=by, principal=user, password=NEW)
    assert is_over(second)
    third = made()
    disable(services, by=by, principal=user)
    enable(services, by=by, principal=user)
    assert is_over(third)
    fourth = made()
    site.rows("update password_link set expires_at = now() - interval '1 s' returning 1")
    assert is_over(fourth)
    fifth = made()
    assign_role(services, by=by, principal=user, role="administrator")
    assert is_over(fifth)
    assert is_over("tl_pl_" + "0" * 49)


def test_a_link_is_made_by_the_interface_and_by_who_administers(site: Site) -> None:
    """It is told once, and nobody makes one for who holds more than they do."""
    ident = person(site, "vito", "auditor")
    made = site.admin.post(f"{API}/{ident}/password-link")
    assert made.status_code == 201, made.text
    token = urlsplit(made.json["link"]).query.partition("=")[2]
    use_password_link(site.services, token=token, password=NEW)
    assert site.rows("select 1 from password_link where principal = %s", ident) == []
    site.role("small", {"identity:administer": Grant()})
    small = site.user("small-keeper", roles=["small"], scopes=("identity:administer",))
    assert small.post(f"{API}/{ident}/password-link").status_code == 403
    site.role("none", {"Product:read": Grant()})
    none = site.user("none-keeper", roles=["none"], scopes=("Product:read",))
    assert none.post(f"{API}/{ident}/password-link").status_code == 403
    disable(site.services, by=system("tests"), principal=ident)
    assert site.admin.post(f"{API}/{ident}/password-link").status_code == 400


def test_links_that_ran_out_are_removed(site: Site) -> None:
    """One that still works stays."""
    boss = actor(site, person(site, "boss-of-timo", "administrator"))
    idents = [person(site, login) for login in ("timo", "tilo")]
    for one in idents:
        give_password_link(site.services, by=boss, principal=one)
    site.rows(
        "update password_link set expires_at = now() - interval '2 days' where principal = %s "
        "returning 1",
        idents[0],
    )
    assert remove_expired(site.services)["password_link"] >= 1
    kept = "select principal::text from password_link where principal = any(%s::uuid[])"
    assert site.rows(kept, idents) == [(idents[1],)]


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (LINUX, "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
         "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("", "Unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_known_by_two_words(agent: str, said: str) -> None:
    assert browser_of(agent) == said
