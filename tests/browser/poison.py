"""Stores payloads wherever people write: in every text field of a record, and beside records."""

from __future__ import annotations

import base64
from typing import Any

from tests.browser.conftest import Office
from tests.browser.payloads import MARK, WHOLE_NAMES, packed
from tests.browser.test_weight import Inline
from trunkline.identity.accounts import NewUser, add_users
from trunkline.kernel.actor import system

BRINGERS = {"iframe", "object", "embed", "video", "math", "animate", "base", "marquee", "audio"}
WORKSPACE = "/api/workspace/v1"
PARTY = "/tmf-api/party/v4/organization"
ABOUT = (("Customer", "customer"), ("Organization", "organization"),
         ("ProductOffering", "offering"))  # fmt: skip
"""Kinds of records, and the names of one of each in the office."""
TITLE_MAX = 290
FILE_MAX = 200
KEPT_KIND = ".txt"
"""How names of files end: they hold text, and one that is named as no such file is refused."""
VIEW_MAX = 60


class Code(Inline):
    """Gathers what payloads would bring into a page."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag in BRINGERS:
            self.found.append(tag)
        self.found += [
            f"{tag} {name}={value}"
            for name, value in attrs
            if name in ("href", "src", "action", "formaction", "hx-get", "hx-post")
            and "".join((value or "").split()).lower().startswith(("javascript:", "data:"))
        ]


def about(office: Office, number: int) -> dict[str, str]:
    """Return the record that the next words are written about: each in turn."""
    kind, key = ABOUT[number % len(ABOUT)]
    return {"id": office.keys[key], "@referredType": kind}


def write_beside(office: Office) -> None:
    """Write the payloads as notes, tasks, files, views and names of people, by the API."""
    client = office.site.admin

    def post(what: str, body: dict[str, Any]) -> None:
        answer = client.post(f"{WORKSPACE}/{what}", body)
        assert answer.status_code == 201, (what, answer.text)

    for number, text in enumerate(packed(3_000)):
        post("notes", {"record": about(office, number), "text": text, "pinned": True})
    for number, text in enumerate(packed(TITLE_MAX)):
        post("tasks", {"record": about(office, number), "title": text})
    content = base64.b64encode(MARK.encode()).decode()
    longest = FILE_MAX - len(KEPT_KIND)
    for number, text in enumerate([*packed(longest, WHOLE_NAMES), *packed(longest)[::2]]):
        about_file = {"record": about(office, number), "name": text + KEPT_KIND}
        post("attachments", {**about_file, "content": content})
    for number, text in enumerate(packed(VIEW_MAX)):
        kind = ABOUT[number % len(ABOUT)][0]
        post("views", {"resource": kind, "name": text, "state": f"sort=key&q={number}"})
    names = [text for text in packed(FILE_MAX) if text.isprintable()]
    may = ["administrator"]
    users = [NewUser(f"x{number}", text, roles=may) for number, text in enumerate(names)]
    add_users(office.site.services, by=system("tests"), users=users)
    for number, user in enumerate(users):
        post("tasks", {"title": "Call", "assignee": user.login, "record": about(office, number)})


def write_extensions(office: Office) -> str:
    """Store attributes that nobody declared, named and filled with payloads; the record's key."""
    words = {text: text for text in packed(FILE_MAX)}
    answer = office.site.admin.post(PARTY, {"tradingName": "Analytical Names", **words})
    assert answer.status_code == 201, answer.text
    return str(answer.json["key"])
