"""Configuration packages on pages: downloaded, compared, tried and taken in."""

from __future__ import annotations

import json
from typing import Any

from tests.support.program import Site
from tests.web.browser import Browser, words_of

PAGE = "/administration/configuration"
REGISTER = "/api/governance/v1/register"


def uploaded(browser: Browser, package: Any) -> Any:
    browser.get(PAGE)
    body = (
        '--cut\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n'
        f"{browser.csrf}\r\n--cut\r\n"
        'Content-Disposition: form-data; name="file"; filename="package.json"\r\n'
        f"Content-Type: application/json\r\n\r\n{json.dumps(package)}\r\n--cut--\r\n"
    )
    return browser.app.simulate_post(
        PAGE, body=body, cookies=browser.cookies,
        headers={"Content-Type": "multipart/form-data; boundary=cut"},
    )  # fmt: skip


def test_a_package_is_compared_tried_and_taken_in(admin: Browser, site: Site) -> None:
    made = site.admin.post(REGISTER, {"code": "mood", "name": "Mood"}).json
    sent = admin.get(f"{PAGE}/export?section=registers&section=statusRules")
    assert "attachment" in sent.headers["content-disposition"]
    package = sent.json
    assert set(package["section"]) == {"registers", "statusRules"}
    own = next(one for one in package["section"]["registers"] if one["code"] == "mood")
    own["name"] = "Mood of the day"
    rule = {"appliesTo": "Customer", "name": "Wrong", "toStatus": "active", "role": ["nobody"]}
    package["section"]["statusRules"].append(rule)

    moved = uploaded(admin, package)
    assert moved.headers["location"] == f"{PAGE}/difference"
    told = words_of(admin.get(f"{PAGE}/difference").text)
    assert "Mood of the day" in told
    assert "Customer/Wrong" in told
    both = ["registers/mood", "statusRules/Customer/Wrong"]
    refused = admin.post(f"{PAGE}/difference", {"do": "take", "item": both})
    assert refused.status_code == 400
    assert "there is no role nobody" in words_of(refused.text)
    assert site.admin.get(f"{REGISTER}/{made['id']}").json["name"] == "Mood"

    tried = admin.post(f"{PAGE}/difference", {"do": "try", "item": both[:1]})
    assert "Nothing was written yet" in words_of(tried.text)
    assert site.admin.get(f"{REGISTER}/{made['id']}").json["name"] == "Mood"
    taken = admin.post(f"{PAGE}/difference", {"do": "take", "item": both[:1]})
    assert taken.headers["location"].endswith("?done=taken")
    assert site.admin.get(f"{REGISTER}/{made['id']}").json["name"] == "Mood of the day"
    assert admin.post(f"{PAGE}/difference", {"do": "forget"}).headers["location"] == PAGE
    assert admin.get(f"{PAGE}/difference").headers["location"] == PAGE


def test_what_is_no_package_is_said_at_once(admin: Browser) -> None:
    answer = uploaded(admin, {"format": "else"})
    assert answer.status_code == 400
    assert "this is no package" in words_of(answer.text)
