"""Stores payloads wherever people write: in every text field of a record, and beside records."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from tests.browser.conftest import Office
from tests.browser.payloads import MARK, WHOLE_NAMES, packed
from tests.browser.test_weight import Inline
from tests.support.program import Client
from tests.support.samples import address, body_for
from trunkline.documents.shape import Shape
from trunkline.identity.accounts import NewUser, add_users
from trunkline.kernel.actor import system
from trunkline.kernel.resource import Resource

DEPTH_MAX = 3
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


def poisoned(shape: type[Shape], texts: Iterator[str], depth: int = DEPTH_MAX) -> dict[str, Any]:
    """Return a body that has the next text in each field of a shape that takes any."""
    body: dict[str, Any] = {}
    for one in shape.attributes().values():
        if one.json_name in ("id", "href", "key") or one.json_name.startswith("@") or one.choices:
            continue
        value: Any = None
        if one.shape is not None:
            named = "id" in one.shape.by_json_name()
            value = poisoned(one.shape, texts, depth - 1) if depth and not named else None
        elif one.scalar in ("text", "any"):
            value = next(texts)
        if value:
            body[one.json_name] = [value] if one.is_list else value
    return body


def fields_of(body: Any) -> Iterator[str]:
    """Yield the place of each text in a body."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from (f"{name}.{one}" if one else name for one in fields_of(value))
    elif isinstance(body, list):
        for value in body:
            yield from fields_of(value)
    elif isinstance(body, str) and MARK in body:
        yield ""


def stored(resource: Resource, client: Client, texts: Sequence[str]) -> dict[str, Any] | None:
    """Store a record with a text in every field that takes it; what is refused is left out.

    The texts take turns, so that a record with as many fields holds all of them.
    """
    needed = body_for(resource, client)
    more = poisoned(resource.type, cycle(texts))
    for _ in range(8):
        answer = client.post(address(resource), {**needed, **more})
        if answer.status_code == 201:
            made: dict[str, Any] = answer.json
            return made
        named = {
            part
            for one in answer.json.get("fault", [])
            for part in one["path"].replace("[", ".").replace("/", ".").lstrip("$.").split(".")[:1]
        }
        if not named & set(more):
            return None
        more = {name: value for name, value in more.items() if name not in named}
    return None


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
