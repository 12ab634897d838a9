"""What people store is never code: hundreds of payloads in every text field, on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.conftest import Office
from tests.browser.payloads import MARK, PAYLOADS
from tests.browser.test_weight import Inline
from tests.support.program import Client
from tests.support.samples import address, body_for
from trunkline.documents.shape import Shape
from trunkline.kernel.resource import Resource, registry
from trunkline.workspace.search_index import catch_up

RESOURCES = [one for one in registry.resources.values() if one.published]
IN_ONE = 29
BATCHES = [" ".join(PAYLOADS[at : at + IN_ONE]) for at in range(0, len(PAYLOADS), IN_ONE)]
DEPTH_MAX = 3
FIELDS_MIN = 150
BRINGERS = {"iframe", "object", "embed", "video", "math", "animate", "base"}


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


def poisoned(shape: type[Shape], text: str, depth: int = DEPTH_MAX) -> dict[str, Any]:
    """Return a body that has a text in each field of a shape that takes any."""
    body: dict[str, Any] = {}
    for one in shape.attributes().values():
        if one.json_name in ("id", "href", "key") or one.json_name.startswith("@") or one.choices:
            continue
        value: Any = None
        if one.shape is not None:
            named = "id" in one.shape.by_json_name()
            value = poisoned(one.shape, text, depth - 1) if depth and not named else None
        elif one.scalar in ("text", "any"):
            value = text
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


def stored(resource: Resource, client: Client, text: str) -> dict[str, Any] | None:
    """Store a record with a text in every field that takes it; what is refused is left out."""
    needed = body_for(resource, client)
    more = poisoned(resource.type, text)
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


@pytest.fixture(scope="module")
def poison(office: Office) -> dict[str, list[str]]:
    """The keys of the records that hold the payloads, by the path of their resource."""
    keys: dict[str, list[str]] = {}
    fields: set[str] = set()
    for resource in RESOURCES:
        for text in BATCHES:
            made = stored(resource, office.site.admin, text)
            if made is None:
                continue
            held = set(fields_of(made))
            if not held:
                break
            fields |= {f"{resource.name}.{one}" for one in held}
            keys.setdefault(resource.path, []).append(made["key"])
    catch_up(office.site.services)
    assert len(fields) >= FIELDS_MIN, sorted(fields)
    return keys


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 200
    assert all(MARK in one for one in PAYLOADS)


def test_no_source_has_code_from_a_record(
    office: Office, poison: dict[str, list[str]], signed_in: Callable[..., Any]
) -> None:
    """Of each record that holds payloads: detail, form, history, peek; and its list."""
    page = signed_in()
    wrong: dict[str, Any] = {}
    seen = 0
    for path, keys in poison.items():
        places = [f"/r/{path}?size=100"]
        for key in keys:
            base = f"/r/{path}/{key}"
            places += [base, f"{base}/edit"]
        places += [f"{base}?tab=history", f"{base}/peek"]
        for place in places:
            answer = page.request.get(office.origin + place, headers={"Accept": "text/html"})
            assert answer.status < 500, place
            text = answer.text()
            seen += MARK in text.replace("&#x3d;", "=")
            reader = Code()
            reader.feed(text)
            if reader.found:
                wrong[place] = reader.found[:3]
    page.context.close()
    assert wrong == {}
    assert seen > len(poison)


def test_nothing_runs_on_any_page(
    office: Office, poison: dict[str, list[str]], signed_in: Callable[..., Any]
) -> None:
    """No dialog, no script and nothing that the policy had to stop, wherever payloads are shown."""
    page = signed_in()
    ran: list[str] = []
    page.on("dialog", lambda one: (ran.append(f"dialog on {page.url}"), one.dismiss()))
    page.on("console", lambda one: ran.append(one.text) if "Security Policy" in one.text else None)
    page.on("pageerror", lambda one: ran.append(str(one)))
    for place in hero_places(office, poison):
        page.goto(office.origin + place)
        page.wait_for_timeout(100)
        page.mouse.move(500, 300)
        if page.evaluate("window.__ran"):
            ran.append(f"a script on {place}")
    page.goto(office.origin)
    page.keyboard.press("Control+k")
    page.keyboard.type("script")
    page.wait_for_selector("#found [role=option]")
    page.wait_for_timeout(300)
    assert not page.evaluate("window.__ran")
    page.context.close()
    assert ran == []


def hero_places(office: Office, poison: dict[str, list[str]]) -> Iterator[str]:
    """Yield the pages made by hand that show what was stored, and one page of each resource."""
    for path, keys in poison.items():
        yield f"/r/{path}"
        yield f"/r/{path}/{keys[-1]}"
    for path, base in (("customer", "/customer/"), ("productOrder", "/order/"),
                       ("organization", "/hierarchy/")):  # fmt: skip
        yield from (base + key for key in poison.get(path, [])[:2])
    for key in poison.get("customer", [])[:1]:
        yield f"/order/new?customer={key}"
    for key in poison.get("productOffering", [])[:2]:
        yield f"/catalog/productOffering/{key}"
    yield from ("/", "/fallout", "/tasks", "/my-tasks", "/notifications", "/catalog")
