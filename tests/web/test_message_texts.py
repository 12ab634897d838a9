"""Texts that messages begin with: an administrator changes them per language and looks at them."""

from __future__ import annotations

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from tests.web.plans import order_with_plan
from trunkline.kernel.actor import Grant

PAGE = "/administration/texts"
API = "/api/workspace/v1/messageText"
STORM = {"title": "Storm", "subject": "A storm near {order}", "content": "Dear {name}, it storms."}


def test_a_text_is_made_looked_at_and_said_in_another_language(admin: Browser, site: Site) -> None:
    """The preview has the places filled in; whoever writes next finds the text in both."""
    looked = admin.post(f"{PAGE}/new", STORM | {"name": "storm", "do": "look"})
    assert "Dear Ada Lovelace, it storms." in words_of(looked.text)
    assert "storm" not in {one["name"] for one in site.admin.get(API).json}, "it is only looked at"
    assert admin.post(f"{PAGE}/new", STORM | {"name": "storm", "do": "keep"}).status_code == 303
    untold = admin.get(f"{PAGE}/storm?language=de")
    assert "It is not said in this language yet" in words_of(untold.text)
    german = STORM | {"subject": "Sturm", "content": "Guten Tag {name}", "language": "de"}
    assert admin.post(f"{PAGE}/storm", german | {"do": "keep"}).status_code == 303
    kept = [one for one in site.admin.get(API).json if one["name"] == "storm"]
    assert [(one.get("language"), one["subject"]) for one in kept] == [
        (None, "A storm near {order}"), ("de", "Sturm"),
    ]  # fmt: skip
    fallout = order_with_plan(site, line="fallout")["fallout"]
    asked = admin.post("/fallout", {"verb": "tell", "chosen": fallout}, **{"Accept-Language": "de"})
    options = source_of(asked)
    assert options.index('data-subject="Sturm"') < options.index('data-subject="A storm near')

    assert admin.post(f"{PAGE}/storm", {"do": "remove", "language": "de"}).status_code == 303
    assert len([one for one in site.admin.get(API).json if one["name"] == "storm"]) == 1
    assert admin.post(f"{PAGE}/storm", {"do": "remove"}).status_code == 303
    assert admin.get(f"{PAGE}/storm").status_code == 404


def test_faults_stand_at_their_fields_and_nothing_typed_is_lost(admin: Browser) -> None:
    wrong = admin.post(f"{PAGE}/new", STORM | {"name": "Storm!", "subject": "", "do": "keep"})
    assert wrong.status_code == 400
    html = source_of(wrong)
    assert 'id="name-wrong"' in html
    assert 'id="subject-wrong"' in html
    assert "it storms" in html


def test_texts_are_changed_by_administrators(admin: Browser, site: Site, signed_in: object) -> None:
    clerk = signed_in("text-clerk", {"*:read": Grant()})  # type: ignore[operator]
    assert clerk.get(PAGE).status_code == 403
    assert clerk.post(f"{PAGE}/delay", STORM | {"do": "keep"}).status_code == 403
    answer = site.admin.call("PUT", f"{API}/delay?language=xx", STORM)
    assert {one["path"] for one in answer.json["fault"]} == {"language"}


def test_the_pages_take_at_most_three_statements(admin: Browser) -> None:
    for page in (PAGE, f"{PAGE}/delay", f"{PAGE}/delay?language=de"):
        admin.get(page)
        with counted() as sent:
            assert admin.get(page).status_code == 200
        assert len(sent) <= 3, sent


def test_the_shipped_texts_are_said_in_german_too(site: Site) -> None:
    said = {(one["name"], one.get("language")) for one in site.admin.get(API).json}
    assert {("delay", "de"), ("question", "de"), ("solved", "de")} <= said
