"""The administration: people and their roles, viewing as another user, clients, attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files

import falcon.testing
import pytest
from psycopg.errors import ReadOnlySqlTransaction

from tests.support.program import Site, password_hash_of
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.documents.errors import Conflict
from trunkline.identity.accounts import NewUser, add_user
from trunkline.identity.viewing import begin_viewing
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.pages.assets import Assets
from trunkline.pages.rendering import Renderer
from trunkline.settings import load
from trunkline.web.administration.opened import administered
from trunkline.web.desk import Desk, Visit

SignedIn = Callable[..., Browser]
USERS = "/administration/users"
STATEMENTS_MAX = 3


def ident_of(site: Site, login: str) -> str:
    rows = site.rows("select principal::text from user_account where login = %s", login)
    return str(rows[0][0])


def person(site: Site, login: str, role: str) -> str:
    """Add somebody with a role and return the id."""
    user = NewUser(
        login, login.title(), password_hash=password_hash_of(site.services), roles=[role]
    )
    return add_user(site.services, by=system("tests"), user=user)


def secret_in(html: str) -> str:
    found = re.search(r"<code data-copy-text[^>]*>([^<]+)</code>", html)
    assert found is not None
    return found[1]


def test_a_user_is_added_signs_in_and_is_locked(
    site: Site, admin: Browser, pages: falcon.testing.TestClient
) -> None:
    """The password is shown once; locking ends the session at once."""
    form = {"name": "Vera Neu", "login": "vera", "role": ["auditor"], "then": ""}
    answer = admin.post(f"{USERS}/new", form)
    assert answer.status_code == 200
    password = secret_in(answer.text)
    assert password not in admin.get(f"{USERS}/{ident_of(site, 'vera')}").text
    assert "Vera Neu" in words_of(admin.get(f"{USERS}?q=vera").text)
    again = admin.post(f"{USERS}/new", form)
    assert again.status_code == 409
    assert "is taken" in words_of(again.text)

    vera = Browser(pages)
    assert vera.sign_in("vera", password).status_code == 303
    assert vera.get("/").status_code == 200
    assert vera.get(USERS).status_code == 403
    page = f"{USERS}/{ident_of(site, 'vera')}"
    assert "last used" in words_of(admin.get(f"{page}/panel/sessions").text)
    assert admin.post(page, {"do": "lock"}).status_code == 303
    assert vera.get("/").status_code == 303
    assert Browser(pages).sign_in("vera", password).status_code == 401
    assert admin.post(page, {"do": "unlock"}).status_code == 303
    assert Browser(pages).sign_in("vera", password).status_code == 303


def test_a_role_is_typed_and_a_sign_in_name_is_made_of_the_name(site: Site, admin: Browser) -> None:
    """By its code or its title, beside those that are ticked; what is no role is refused there."""
    for name, typed, login in (("Zoë  Grün-Ahn", "AUDITOR", "zoe.grun.ahn"),
                               ("Ole Sand", "Auditor", "ole.sand")):  # fmt: skip
        form = {"name": name, "login": "", "roleNamed": typed, "role": ["technical"], "then": ""}
        answer = admin.post(f"{USERS}/new", form)
        assert answer.status_code == 200, words_of(answer.text)[-900:]
        held = site.rows("select role from principal_role where principal = %s::uuid",
                         ident_of(site, login))  # fmt: skip
        assert sorted(held) == [("auditor",), ("technical",)]
    again = admin.post(f"{USERS}/new", {"name": "ole sand", "login": "", "then": ""})
    assert again.status_code == 409
    wrong = admin.post(f"{USERS}/new", {"name": "Una", "roleNamed": "wizard", "then": ""})
    assert wrong.status_code == 400
    assert "no role is called so" in words_of(wrong.text)
    nobody = admin.post(f"{USERS}/new", {"name": " ", "login": "", "then": ""})
    assert nobody.status_code == 400


def test_roles_are_given_and_withdrawn(site: Site, admin: Browser) -> None:
    """What a user has is changed on the user's page, and heard of by listeners."""
    person(site, "rolf", "auditor")
    page = f"{USERS}/{ident_of(site, 'rolf')}"
    site.role("packer", {"Product:read": Grant()})
    assert admin.post(page, {"do": "give", "role": "packer"}).status_code == 303
    assert "/administration/roles/packer" in admin.get(page).text
    assert admin.post(page, {"do": "withdraw", "role": "packer"}).status_code == 303
    assert 'name="role" value="packer"' not in source_of(admin.get(page))


def test_nobody_hands_out_more_than_they_hold(site: Site, signed_in: SignedIn) -> None:
    """An administrator of users who cannot read orders gives nobody a role that can."""
    browser = signed_in("keeper", {"identity:administer": Grant(), "Product:read": Grant()})
    answer = browser.post(f"{USERS}/new", {"name": "X", "login": "x1", "role": ["auditor"]})
    assert answer.status_code == 403
    person(site, "auditor1", "auditor")
    page = f"{USERS}/{ident_of(site, 'auditor1')}"
    assert browser.post(page, {"do": "lock"}).status_code == 403
    assert browser.post(page, {"do": "view"}).status_code == 403
    cell = "/administration/roles/auditor/cell"
    form = {"permission": "Customer:delete", "reach": "all", "sees": ["public"]}
    assert browser.post(cell, form).status_code == 403
    assert not site.rows(
        "select 1 from role_permission where role = 'auditor' and permission = 'Customer:delete'"
    )


def test_viewing_as_is_read_only_marked_audited_and_ends(
    site: Site, pages: falcon.testing.TestClient, signed_in: SignedIn
) -> None:
    """The pages are the other one's, nothing can be done there, and one act ends it."""
    _ = site.admin
    admin = Browser(pages)
    admin.sign_in("admin")
    site.role("seller", {"Customer:read": Grant(), "Customer:create": Grant()})
    person(site, "sela", "seller")
    sela = ident_of(site, "sela")
    assert admin.post(f"{USERS}/{sela}", {"do": "view"}).status_code == 303

    home = source_of(admin.get("/"))
    assert 'class="viewing"' in home
    assert "You see the pages as Sela does" in words_of(home)
    assert admin.get(USERS).status_code == 403
    assert admin.get("/r/product").status_code == 403
    assert 'class="viewing"' in source_of(admin.get("/r/customer"))
    refused = admin.post("/preferences/quick", {"theme": "dark"})
    assert refused.status_code == 403
    assert "only look" in words_of(refused.text)

    done = admin.post("/administration/viewing/end", {})
    assert done.status_code == 303
    assert 'class="viewing"' not in source_of(admin.get("/"))
    assert admin.get(USERS).status_code == 200
    lines = site.rows(
        "select action, actor_name from access_log where subject = %s order by at", sela
    )
    acts = [(action, name) for action, name in lines if "iewAs" in action]
    assert acts == [("viewAs", "Admin"), ("endViewAs", "Admin")]


def test_viewing_as_writes_nothing_even_where_a_page_would(
    site: Site, pages: falcon.testing.TestClient
) -> None:
    """The transaction of a page that is only looked at is read-only, whoever is looked at."""
    admin = Browser(pages)
    admin.sign_in("admin")
    lena = person(site, "lena", "administrator")
    assert admin.post(f"{USERS}/{lena}", {"do": "view"}).status_code == 303
    assert admin.post(f"{USERS}/{lena}", {"do": "lock"}).status_code == 403
    assert site.rows("select active from principal where id = %s", lena)[0][0]

    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    package = files("trunkline.web")
    renderer = Renderer(package / "templates", Assets("/static", package / "static"))
    desk = Desk(site.services, site.authenticator, settings, renderer)
    known = site.authenticator.by_session(admin.cookies["trunkline"])
    assert known.viewer is not None
    visit = Visit(
        falcon.testing.create_req(), known.actor, known.generation, "", viewer=known.viewer
    )
    with pytest.raises(ReadOnlySqlTransaction), desk.work(visit) as work:
        work.connection.execute("update role set title = title")
    with pytest.raises(ReadOnlySqlTransaction), administered(desk, visit) as connection:
        connection.execute("update role set title = title")


def test_viewing_ends_when_the_administrator_may_no_longer(
    site: Site, pages: falcon.testing.TestClient, signed_in: SignedIn
) -> None:
    """What the other one is given later, beyond the administrator, is not seen through."""
    browser = signed_in("warden", {"identity:administer": Grant(), "Customer:read": Grant()})
    site.role("reader", {"Customer:read": Grant()})
    person(site, "rita", "reader")
    assert browser.post(f"{USERS}/{ident_of(site, 'rita')}", {"do": "view"}).status_code == 303
    assert 'class="viewing"' in source_of(browser.get("/"))
    site.role("reader", {"Customer:read": Grant(), "Product:read": Grant("all", EVERY_CLASS)})
    assert 'class="viewing"' not in source_of(browser.get("/"))
    assert browser.get("/r/product").status_code == 403


def test_roles_stand_as_a_matrix_and_cells_change(site: Site, admin: Browser) -> None:
    """A cell says how far; a change goes the way of the interface, with its event."""
    site.role("matrixed", {"Customer:read": Grant("own", frozenset({"public", "personal"}))})
    page = source_of(admin.get("/administration/roles/matrixed?with=auditor"))
    assert 'id="Customer:read"' in page
    assert 'class="differs"' in page
    form = {"permission": "Customer:update", "reach": "partner", "sees": ["public", "internal"]}
    cell = "/administration/roles/matrixed/cell"
    assert admin.get(f"{cell}?permission=Customer%3Aupdate").status_code == 200
    assert admin.post(cell, form).status_code == 303
    rows = site.rows(
        "select reach, sees from role_permission where role = 'matrixed' "
        "and permission = 'Customer:update'"
    )
    assert rows == [("partner", ["internal", "public"])]
    assert admin.post(cell, form | {"reach": ""}).status_code == 303
    assert not site.rows(
        "select 1 from role_permission where role = 'matrixed' and permission = 'Customer:update'"
    )
    made = admin.post("/administration/roles/new", {"title": "Night shift", "like": "matrixed"})
    assert made.headers["location"].startswith("/administration/roles/night_shift")


def test_a_client_gets_a_secret_once_and_is_revoked(site: Site, admin: Browser) -> None:
    """The secret asks for tokens until the client is revoked."""
    form = {"name": "Web shop", "login": "web-shop", "role": ["auditor"]}
    secret = secret_in(admin.post("/administration/clients/new", form).text)
    assert secret.startswith("tl_cs_")
    assert "web-shop" in admin.get("/administration/clients").text
    (ident,) = site.rows("select principal::text from api_client where client_id = 'web-shop'")[0]
    page = f"/administration/clients/{ident}"
    assert secret not in admin.get(page).text
    second = secret_in(admin.post(page, {"do": "rotate"}).text)
    assert second != secret
    assert admin.post(page, {"do": "drop"}).status_code == 303
    assert admin.post(page, {"do": "lock"}).status_code == 303
    assert not site.rows("select active from principal where id = %s", ident)[0][0]


def test_a_token_is_made_once_and_revoked(site: Site, admin: Browser) -> None:
    """It carries scopes that the user holds, and no others."""
    person(site, "toni", "auditor")
    page = f"{USERS}/{ident_of(site, 'toni')}"
    form = {"do": "token", "name": "nightly", "scopes": "*:read", "days": "30"}
    token = secret_in(admin.post(page, form).text)
    assert token.startswith("tl_pat_")
    refused = admin.post(page, form | {"scopes": "Customer:delete"})
    assert refused.status_code == 400
    assert "does not hold" in words_of(refused.text)
    for wrong, told in (
        ({"scopes": "customer:read"}, "customer:read is not the name of a permission"),
        ({"days": "soon"}, "write how many days it lasts"),
        ({"days": "99999"}, "use at most 365 days"),
    ):
        refused = admin.post(page, form | wrong)
        assert refused.status_code == 400
        assert told in words_of(refused.text)
    (ident,) = site.rows(
        "select id::text from token where name = 'nightly' and revoked_at is null"
    )[0]
    assert "nightly" in admin.get(f"{page}/panel/tokens").text
    assert admin.post(page, {"do": "revoke", "token": ident}).status_code == 303
    assert "nightly" not in admin.get(f"{page}/panel/tokens").text


@pytest.mark.parametrize("part", ["", "/panel/sessions", "/panel/tokens", "/panel/privileges",
                                  "/panel/happened"])  # fmt: skip
def test_a_page_about_a_user_takes_few_statements(
    site: Site, admin: Browser, signed_in: SignedIn, part: str
) -> None:
    """Each part on its own; and none of them is shown to who may not see the page."""
    rows = site.rows("select 1 from user_account where login = 'petra'")
    if not rows:
        person(site, "petra", "auditor")
    page = f"{USERS}/{ident_of(site, 'petra')}"
    admin.get(USERS)  # who one is, as of the present rights
    with counted() as sent:
        answer = admin.get(f"{page}{part}")
    assert answer.status_code == 200
    assert len(sent) <= STATEMENTS_MAX, sent
    assert admin.get(f"{page}/panel/nosuch").status_code == 404
    outsider = signed_in(f"outsider{part.replace('/', '-')}", {"*:read": Grant()})
    assert outsider.get(f"{page}{part}").status_code == 403


def test_two_roles_are_compared_by_what_differs(site: Site, admin: Browser) -> None:
    """Rows that say the same are left out; who compares equals is told so."""
    site.role("left", {"Customer:read": Grant(), "Product:read": Grant()})
    site.role("right", {"Customer:read": Grant(), "Product:read": Grant("own")})
    page = "/administration/roles/left?with=right"
    both = source_of(admin.get(page))
    assert 'id="Customer:read"' in both
    only = source_of(admin.get(f"{page}&only=differs"))
    assert 'id="Product:read"' in only
    assert 'id="Customer:read"' not in only
    site.role("right", {"Customer:read": Grant(), "Product:read": Grant()})
    assert "Nothing differs." in words_of(admin.get(f"{page}&only=differs").text)


def test_an_attribute_is_added_and_its_filling_shown(site: Site, admin: Browser) -> None:
    """Name and kind are enough; what is wrong stands at its field."""
    base = "/administration/attributes"
    assert admin.get(f"{base}/new?type=Customer").status_code == 200
    form = {"recordType": "Customer", "name": "churnRisk", "kind": "text", "indexed": "on"}
    assert admin.post(f"{base}/new", form).status_code == 303
    shown = admin.get(base)
    assert "churnRisk" in shown.text
    assert "<progress" in shown.text
    site.work()
    for none in ("²", "9" * 5_000):  # what reads as a number and is none to reckon with
        odd = {"recordType": "Customer", "name": "oddOne", "kind": "text", "position": none}
        assert admin.post(f"{base}/new", odd).status_code == 400
        odd = {"do": "look", "prefix": "CUS", "start": none}
        assert admin.post("/administration/keys/Customer", odd).status_code == 200
        assert admin.post("/administration/keys/Customer", odd | {"do": ""}).status_code == 400
    taken = admin.post(f"{base}/new", {"recordType": "Customer", "name": "name", "kind": "text"})
    assert taken.status_code == 409
    assert "already" in words_of(taken.text)
    one = {"type": "Customer", "name": "churnRisk"}
    assert admin.post(base, one | {"do": "remove"}).status_code == 409
    assert admin.post(base, one | {"do": "bare"}).status_code == 303


@pytest.mark.parametrize("page", [USERS, "/administration/roles", "/administration/clients",
                                  "/administration/attributes", "/administration"])  # fmt: skip
def test_only_administrators_get_in(signed_in: SignedIn, page: str) -> None:
    """Everybody else is refused, whatever they may read."""
    login = "nosy-" + str(abs(hash(page)) % 10_000)
    browser = signed_in(login, {"*:read": Grant(), "workspace:own": Grant()})
    assert browser.get(page).status_code == 403


def test_viewing_needs_a_session_of_the_administrator(site: Site) -> None:
    """A token of a session that is another's lets nobody look through it."""
    person(site, "olaf", "auditor")
    with pytest.raises(Conflict):
        begin_viewing(
            site.services, by=system("tests"), token="x", principal=ident_of(site, "olaf")
        )
