"""The forms of all kinds with everything that they can hold: each id of the page is there once."""

from __future__ import annotations

import re
from typing import Any

from tests.web.browser import Browser
from tests.web.test_forms import having, page_of
from trunkline.documents.shape import Shape
from trunkline.kernel.resource import Resource

DEPTH = 2
ID = re.compile(r'\sid="([^"]*)"')


def opening(shape: type[Shape], path: str = "", depth: int = DEPTH) -> dict[str, list[str]]:
    """Return the fields that open each object of a shape and give each list two elements."""
    found: dict[str, list[str]] = {}
    for name, one in shape.by_json_name().items() if depth else ():
        if one.shape is None:
            continue
        inner = f"{path}.{name}" if path else name
        if not one.is_list:
            found |= {f"o:{inner}": [""]} | opening(one.shape, inner, depth - 1)
            continue
        found[f"l:{inner}"] = [""]
        for index in range(1):
            place = f"{inner}[{index}]"
            found |= {f"n:{place}": [""]} | opening(one.shape, place, depth - 1)
    return found


def doubled(source: str) -> set[str]:
    ids = ID.findall(source)
    assert len(ids) > 3
    return {one for one in ids if ids.count(one) > 1}


@having("create")
def test_no_id_of_a_full_form_is_there_twice(resource: Resource, admin: Browser) -> None:
    """A label, a link to what is wrong and a reader of the screen find what they mean."""
    fields: dict[str, Any] = opening(resource.type) | {"step": "again"}
    shown = admin.post(f"{page_of(resource)}/new/form", fields)
    assert shown.status_code == 200, shown.text[:500]
    assert doubled(shown.text) == set()
