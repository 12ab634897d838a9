"""Lists: what their address says, views, groups, what is selected, files in and out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.program import Site
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import Grant
from trunkline.pages.language import Language, speaking
from trunkline.web.lists.job_titles import title_of
from trunkline.workspace.job import read_job

PEOPLE = "/tmf-api/party/v4/individual"
VIEWS = "/api/workspace/v1/views"
MAY = {"*:read": Grant(), "Individual:update": Grant(), "workspace:own": Grant()}
PART = {"HX-Request": "true"}


def person(site: Site, family: str, **more: Any) -> dict[str, Any]:
    body = {"givenName": "Ada", "familyName": family, **more}
    found: dict[str, Any] = site.admin.post(PEOPLE, body).json
    return found


def heads(html: str) -> list[str]:
    table = html.partition("<thead>")[2].partition("</thead>")[0]
    return [words_of(one).rstrip(" ↑↓") for one in re.findall(r"<th[^>]*>.*?</th>", table)]


def test_a_filter_is_a_chip_in_words_with_the_list_without_it(admin: Browser, site: Site) -> None:
    person(site, "Chip", gender="female")
    address = "/r/individual?familyName.begins=Chi&status=initialized,validated&sort=familyName"
    html = source_of(admin.get(address))
    assert "Family name begins with" in words_of(html)
    assert "Status is Initialized, Validated" in words_of(html)
    assert 'href="/r/individual?familyName.begins=Chi&amp;sort=familyName"' in html
    assert "Ada" in words_of(html)


def test_a_filter_is_asked_for_by_what_the_attribute_is(admin: Browser) -> None:
    state = source_of(admin.get("/r/individual/filter?_attribute=status"))
    assert 'type="checkbox" name="_value" value="validated"' in state
    day = source_of(admin.get("/r/individual/filter?_attribute=birthDate"))
    assert 'type="date"' in day
    other = source_of(admin.get("/r/customer/filter?_attribute=engagedParty.id"))
    assert 'data-look-up="/look-up/' in other
    assert admin.get("/r/individual/filter?_attribute=nosuch").status_code == 404


def test_one_attribute_may_have_several_values(admin: Browser) -> None:
    answer = admin.get(
        "/r/individual?sort=key&_attribute=status&_operator=eq&_value=validated&_value=deceased"
    )
    assert answer.headers["location"] == "/r/individual?status=validated,deceased&sort=key"


@pytest.mark.accepts("TSM-15")
def test_columns_are_chosen_per_person(signed_in: Callable[..., Browser], site: Site) -> None:
    """What one person chose for a list is that person's, and another one's is as it was."""
    person(site, "Column", title="Countess")
    kim, robin = signed_in("kim", MAY), signed_in("robin", MAY)
    address = "/r/individual?familyName=Column"
    usual = heads(source_of(kim.get(address)))
    form = {"column": ["title", "familyName"], "back": address}
    answer = kim.post("/r/individual/columns", form)
    assert answer.headers["location"] == address
    html = source_of(kim.get(address))
    assert heads(html)[2:4] == ["Title", "Family name"]
    assert "Countess" in words_of(html)
    assert heads(source_of(robin.get(address))) == usual
    for sent in (["title", "familyNam"], ["familyName.x"], ["key", "updatedAt", "id", "status.q"]):
        wrong = site.admin.patch("/api/workspace/v1/columns/Individual", {"columns": sent})
        (fault,) = wrong.json["fault"]
        assert (fault["code"], fault["path"]) == ("unknownAttribute", f"columns[{len(sent) - 1}]")
        assert f"has no attribute {sent[-1]}" in fault["message"]
        job = {"resource": "Individual", "kind": "export", "format": "csv", "columns": sent}
        assert site.admin.post("/api/workspace/v1/jobs", job).json["fault"][0] == fault
    kim.post("/r/individual/columns", {"reset": "1", "back": address})
    assert heads(source_of(kim.get(address))) == usual


@pytest.mark.accepts("TSM-15")
def test_a_hidden_column_is_not_chosen(signed_in: Callable[..., Browser], site: Site) -> None:
    """A column of what somebody may not see is neither offered nor shown."""
    person(site, "Hidden", title="Duchess")
    internal = Grant("all", frozenset({"public", "internal"}))
    mona = signed_in("mona", {"*:read": internal, "workspace:own": Grant()})
    mona.post("/r/individual/columns", {"column": ["title", "status"], "back": "/r/individual"})
    html = source_of(mona.get("/r/individual"))
    assert "Title" not in heads(html)
    assert "Duchess" not in html


@pytest.mark.accepts("TSM-15")
def test_a_view_opens_the_list_as_it_was_and_never_changes_silently(
    admin: Browser, site: Site
) -> None:
    """A saved view keeps filters and sort under a name, and opens the list with them again."""
    person(site, "Viewed")
    made = admin.post(
        "/r/individual/views",
        {"do": "make", "name": "Viewed people", "state": "familyName=Viewed&sort=-key"},
    )
    assert made.headers["location"] == "/r/individual?view=viewed-people"
    html = source_of(admin.get("/r/individual?view=viewed-people"))
    assert "Family name is Viewed" in words_of(html)
    assert ">changed<" not in html
    changed = "/r/individual?familyName=Viewed&status=validated&sort=-key&edited=viewed-people"
    html = source_of(admin.get(changed))
    assert ">changed<" in html
    assert 'href="/r/individual?view=viewed-people">Reset' in html
    assert ">changed<" not in source_of(admin.get("/r/individual?view=viewed-people"))
    (view,) = [one for one in site.admin.get(VIEWS).json if one["slug"] == "viewed-people"]
    admin.post("/r/individual/views", {"do": "update", "id": view["id"],
                                       "state": "familyName=Viewed&status=validated"})  # fmt: skip
    assert site.admin.get(f"{VIEWS}/{view['id']}").json["state"].endswith("status=validated")
    assert site.admin.delete(f"{VIEWS}/{view['id']}").status_code == 204
    assert admin.get("/r/individual?view=viewed-people").status_code == 404


def test_a_list_opens_with_the_view_that_a_person_chose(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    lena = signed_in("lena", MAY)
    client = site.user("lena", roles=[])
    body = {"resource": "Individual", "name": "Mine", "state": "familyName=Mine"}
    view = client.post(VIEWS, body).json
    client.patch(f"{VIEWS}/{view['id']}", {"isDefault": True})
    assert "Family name is Mine" in words_of(lena.get("/r/individual").text)
    everything = source_of(lena.get("/r/individual?view=all"))
    assert "Family name is Mine" not in words_of(everything)
    assert "view=all" in everything.partition("<thead>")[2], "further links stay without the view"


def test_a_view_is_shared_with_a_role_and_stays_its_owners(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    """Everybody with the role may use it, and opens the list with it where the owner says so."""
    nora, omar = signed_in("nora", MAY), signed_in("omar", MAY)
    mine = site.user("nora", roles=[])
    others = site.user("omar", roles=[])
    view = mine.post(VIEWS, {"resource": "Individual", "name": "Team", "state": "sort=key"}).json
    assert omar.get("/r/individual?view=team").status_code == 404
    assert others.get(f"{VIEWS}/{view['id']}").status_code == 404
    assert mine.patch(f"{VIEWS}/{view['id']}", {"role": "of-omar"}).status_code == 400
    site.rows("insert into principal_role (principal, role, granted_by, granted_at) "
              "select principal, 'of-omar', principal, now() from user_account "
              "where login = 'nora' returning 1")  # fmt: skip
    assert mine.patch(f"{VIEWS}/{view['id']}", {"role": "of-omar"}).status_code == 200
    assert omar.get("/r/individual?view=team").status_code == 200
    assert others.patch(f"{VIEWS}/{view['id']}", {"name": "Stolen"}).status_code == 403
    assert nora.get("/r/individual/views/team").status_code == 200
    assert opened(omar) == "All", "it is only offered"
    shared = {"do": "save", "name": "Team", "role": "of-omar", "opens": "1"}
    assert nora.post("/r/individual/views/team", shared).status_code == 303
    assert "checked" in source_of(nora.get("/r/individual/views/team"))
    assert opened(omar) == "Team"
    own = others.post(VIEWS, {"resource": "Individual", "name": "Own", "state": "sort=-key"}).json
    others.patch(f"{VIEWS}/{own['id']}", {"isDefault": True})
    assert opened(omar) == "Own", "what somebody chose goes before"
    others.patch(f"{VIEWS}/{own['id']}", {"isDefault": False})
    later = mine.post(VIEWS, {"resource": "Individual", "name": "Later", "role": "of-omar"}).json
    assert mine.patch(f"{VIEWS}/{later['id']}", {"opensForRole": 1}).status_code == 400
    assert mine.patch(f"{VIEWS}/{later['id']}", {"opensForRole": True}).json["opensForRole"] is True
    assert opened(omar) == "Later"
    assert mine.get(f"{VIEWS}/{view['id']}").json["opensForRole"] is False
    mine.patch(f"{VIEWS}/{later['id']}", {"role": None})
    assert opened(omar) == "All"


def opened(browser: Browser) -> str:
    """Return the name of the view with which a list opens."""
    tabs = source_of(browser.get("/r/individual")).partition('class="tabs views"')[2]
    return words_of(tabs.partition('aria-current="page">')[2].partition("<")[0])


def test_groups_are_counted_and_opened(admin: Browser, site: Site) -> None:
    for status in ("initialized", "initialized", "validated"):
        person(site, "Grouped", status=status)
    html = source_of(admin.get("/r/individual?familyName=Grouped&group=status"))
    text = words_of(html.partition('class="list-groups"')[2])
    assert text.index("Initialized 2") < text.index("Validated 1")
    assert 'hx-get="/r/individual/rows?familyName=Grouped&amp;status=initialized"' in html
    rows = admin.get("/r/individual/rows?familyName=Grouped&status=validated").text
    assert rows.count('scope="row"') == 1
    assert admin.get("/r/individual?group=familyName").status_code == 400


def test_the_peek_tells_the_main_facts(admin: Browser, site: Site) -> None:
    found = person(site, "Peeked", title="Dr")
    text = admin.get(f"/r/individual/{found['key']}/peek").text
    assert "<html" not in text
    assert "Peeked" in words_of(text)
    assert f'href="/r/individual/{found["key"]}"' in text.replace("&#x2f;", "/")


def test_many_are_previewed_before_anything_is_written(admin: Browser, site: Site) -> None:
    """A change of many says first which records it would change and how."""
    found = [person(site, "Many") for _ in range(3)]
    selection = {"state": "familyName=Many", "all": "1", "do": "edit"}
    choose = source_of(admin.post("/r/individual/bulk", selection))
    assert "Edit 3 individuals" in words_of(choose)
    assert '<option value="title">' in choose
    part = admin.post("/r/individual/bulk", {**selection, "field": ["title"]}, **PART)
    assert 'name="f:title"' in source_of(part)
    wanted = {**selection, "field": ["title"], "f:title": "Dr"}
    preview = words_of(admin.post("/r/individual/bulk", {**wanted, "step": "preview"}).text)
    assert "Would change 3" in preview
    assert site.admin.get(f"{PEOPLE}/{found[0]['id']}").json.get("title") is None
    assert not site.rows("select 1 from job where resource = 'Individual' and kind = 'change'")
    started = admin.post("/r/individual/bulk", {**wanted, "step": "start"})
    assert started.headers["location"].startswith("/jobs/")
    site.work()
    assert site.admin.get(f"{PEOPLE}/{found[0]['id']}").json["title"] == "Dr"
    page = words_of(admin.get(started.headers["location"]).text)
    assert "Change of 3 individuals Done" in page
    assert "Undo" in page


def test_elements_of_lists_are_asked_for_and_previewed(admin: Browser, site: Site) -> None:
    found = person(site, "Elements")
    customers = "/tmf-api/customerManagement/v4/customer"
    party = {"id": found["id"], "@referredType": "Individual"}
    customer = site.admin.post(customers, {
        "name": "Elements", "engagedParty": party, "relatedParty": [{**party, "role": "contact"}],
    }).json  # fmt: skip
    form = {"do": "edit", "id": [customer["id"]], "state": ""}
    assert 'value="relatedParty:replace"' in source_of(admin.post("/r/customer/bulk", form))
    coded = form | {"field": ["lineOfBusiness"], "f:lineOfBusiness": "retail", "step": "preview"}
    assert "– Retail" in words_of(admin.post("/r/customer/bulk", coded).text)
    form["field"] = ["relatedParty:replace"]
    inputs = source_of(admin.post("/r/customer/bulk", form))
    assert 'name="f:relatedParty[1].role"' in inputs
    assert "required" not in inputs.partition("many-element")[2].partition("</fieldset>")[0]
    form |= {"l:relatedParty": "1", "n:relatedParty[0]": "", "n:relatedParty[1]": "",
             "f:relatedParty[0].role": "contact", "f:relatedParty[1].role": "payer"}  # fmt: skip
    preview = words_of(admin.post("/r/customer/bulk", {**form, "step": "preview"}).text)
    assert "Would change 1" in preview
    assert "Payer" in preview or "payer" in preview
    started = admin.post("/r/customer/bulk", {**form, "step": "start"})
    site.work()
    assert "Change of 1 customer" in words_of(admin.get(started.headers["location"]).text)
    now = site.admin.get(f"{customers}/{customer['id']}").json["relatedParty"]
    assert [(one["id"], one["role"]) for one in now] == [(found["id"], "payer")]


def test_the_title_of_a_job_is_said_in_the_language_of_its_reader(
    admin: Browser, site: Site
) -> None:
    found = person(site, "Titled")
    form = {"do": "remove", "id": [found["id"]], "state": "", "step": "start"}
    german = {"Accept-Language": "de"}
    address = admin.post("/r/individual/bulk", form, **german).headers["location"]
    ((title,),) = site.rows("select title from job where id = %s", address.rpartition("/")[2])
    assert title == "Removal of 1 individual", "in English for programs, whoever asked"
    job = read_job(site.services, address.rpartition("/")[2])
    assert job is not None
    texts = {"Removal of %(what)s": "%(what)s entfernen", "Individual": "Person",
             "Undo of: %(title)s": "Zurück: %(title)s"}  # fmt: skip
    with speaking(Language("de", texts)):
        assert title_of(site.services.registry, job) == "1 Person entfernen"
        undone = replace(job, asked={"told": {"undoes": job.asked["told"]}})
        assert title_of(site.services.registry, undone) == "Zurück: 1 Person entfernen"
    assert "Removal of 1 individual" in words_of(admin.get(address).text)
    site.work()


def test_the_jobs_of_all_people_are_the_administrators(
    admin: Browser, signed_in: Callable[..., Browser], site: Site
) -> None:
    found = person(site, "Whose")
    quinn = signed_in("quinn", MAY)
    form = {"do": "edit", "id": [found["id"]], "state": "", "field": ["title"], "f:title": "Dr",
            "step": "start"}  # fmt: skip
    address = quinn.post("/r/individual/bulk", form).headers["location"]
    site.work()
    assert address in source_of(quinn.get("/jobs"))
    assert address not in source_of(admin.get("/jobs"))
    everyones = source_of(admin.get("/jobs?of=everyone"))
    assert address in everyones
    assert "Quinn" in words_of(everyones)
    page = source_of(admin.get(address))
    assert "Asked for by Quinn" in words_of(page)
    assert 'value="undo"' not in page
    assert quinn.get("/jobs?of=everyone").status_code == 403
    assert "everyone" not in source_of(quinn.get("/jobs"))


def test_the_preview_says_what_would_be_refused(admin: Browser, site: Site) -> None:
    found = person(site, "Refused")
    form = {"do": "edit", "id": [found["id"]], "state": "", "field": ["familyName"],
            "f:familyName": "", "step": "preview"}  # fmt: skip
    text = words_of(admin.post("/r/individual/bulk", form).text)
    assert "Would be refused 1" in text
    nothing = admin.post("/r/individual/bulk", {"do": "edit", "state": ""})
    assert nothing.status_code == 400


@pytest.mark.accepts("TSM-15")
def test_who_may_not_change_is_offered_no_change(
    signed_in: Callable[..., Browser], site: Site
) -> None:
    """Bulk actions and imports are for those with the right; others are refused."""
    found = person(site, "Only")
    pia = signed_in("pia", {"*:read": Grant(), "workspace:own": Grant()})
    html = source_of(pia.get("/r/individual"))
    assert 'value="edit"' not in html
    assert "/r/individual/import" not in html
    form = {"do": "edit", "id": [found["id"]], "state": ""}
    assert pia.post("/r/individual/bulk", form).status_code == 403
    assert pia.get("/r/individual/import").status_code == 403


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_file_of_a_list_has_its_columns(admin: Browser, site: Site, kind: str) -> None:
    person(site, "=Exported")
    answer = admin.get(f"/r/individual/export?state=familyName%3D%253DExported&as={kind}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    if kind == "csv":
        assert ",'=Exported," in answer.text
    if kind == "json":
        assert answer.json[0]["familyName"] == "=Exported"


def test_a_file_is_imported_after_a_look_at_what_it_would_do(admin: Browser, site: Site) -> None:
    found = person(site, "Imported")
    rows = (f"{found['key']},Renamed,Ada", ",New,Grace", ",,Noone")
    content = "\r\n".join(("Key,Family name,Given name", *rows, ""))
    draft = upload(admin, "/r/individual/import", "people.csv", content)
    assert draft.status_code == 303, words_of(draft.text)
    page = words_of(admin.get(draft.headers["location"]).text)
    assert "New 1 Changed 1 Refused 1" in page
    assert "Family name Imported Renamed" in page
    assert site.admin.get(f"{PEOPLE}/{found['id']}").json["familyName"] == "Imported"
    form = {"do": "run", "match": "key", "column-0": "key", "column-1": "familyName",
            "column-2": "givenName"}  # fmt: skip
    started = admin.post(draft.headers["location"], form)
    assert started.headers["location"].startswith("/jobs/")
    site.work()
    assert site.admin.get(f"{PEOPLE}/{found['id']}").json["familyName"] == "Renamed"
    refused = admin.get(started.headers["location"] + "/refused.csv").text
    assert "familyName" in refused
    own = {"recordType": "Individual", "name": "shoeSize", "kind": "number"}
    assert site.admin.post("/api/governance/v1/extraAttribute", own).status_code == 201
    heads = admin.get("/r/individual/import/template.csv").text.strip()
    assert "key,givenName" in heads
    assert heads.endswith(",shoeSize")


def test_every_row_of_a_file_is_tried_page_by_page(
    admin: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.workspace.import_job.TRIED_MAX", 2)
    monkeypatch.setattr("trunkline.web.lists.import_page.TRIED_MAX", 2)
    content = "\r\n".join(("Family name,Given name", *(f"Paged{one},Ada" for one in "abc"), ""))
    draft = upload(admin, "/r/individual/import", "people.csv", content).headers["location"]
    first = source_of(admin.get(draft))
    assert "Pagedb" in first
    assert "Pagedc" not in first
    assert 'href="?after=2"' in first
    second = words_of(admin.get(f"{draft}?after=2").text)
    assert "Pagedc" in second
    assert "Rows 3 to 3 of 3" in second
    assert site.admin.get(f"{PEOPLE}?familyName=Pagedc").json == []


def test_a_row_that_names_a_record_says_which_one_it_found(admin: Browser, site: Site) -> None:
    found = person(site, "Foundling")
    content = "Name,Engaged party\r\nA,Ada Foundling\r\nB,Nobody\r\n"
    draft = upload(admin, "/r/customer/import", "c.csv", content).headers["location"]
    page = words_of(admin.get(draft).text)
    assert f"Ada Foundling ({found['key']})" in page
    assert found["id"] not in page
    assert "has the key or the name Nobody" in page


def upload(browser: Browser, path: str, name: str, content: str) -> Any:
    browser.get(path)
    body = (
        '--cut\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n'
        f"{browser.csrf}\r\n--cut\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: text/csv\r\n\r\n{content}\r\n--cut--\r\n"
    )
    return browser.app.simulate_post(
        path, body=body, cookies=browser.cookies,
        headers={"Content-Type": "multipart/form-data; boundary=cut"},
    )  # fmt: skip
