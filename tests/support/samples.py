"""Samples: for each declared resource a small valid body, made from its declaration."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from tests.support.program import Client
from trunkline.documents.shape import Attribute, Shape
from trunkline.kernel.resource import Resource, registry

WORDS = {
    "name": "Example",
    "givenName": "Ada",
    "familyName": "Lovelace",
    "tradingName": "Analytical Engines",
    "value": "1",
    "unit": "EUR",
    "text": "call before noon",
    "url": "data:application/json,%5B%5D",
}
Override = Callable[[Client], dict[str, Any]]
OVERRIDES: dict[str, Override] = {}


def override(name: str) -> Callable[[Override], Override]:
    """Give a resource a body of its own, where the smallest one breaks a rule."""

    def keep(make: Override) -> Override:
        OVERRIDES[name] = make
        return make

    return keep


def address(resource: Resource) -> str:
    """Return the path of a resource's collection."""
    return f"{resource.api.base}/{resource.path}"


def body_for(resource: Resource, client: Client) -> dict[str, Any]:
    """Return a valid body to create a record, making what it refers to."""
    if resource.name in OVERRIDES:
        return OVERRIDES[resource.name](client)
    own = resource.type.attributes()
    required = {own[name].json_name for name in resource.required}
    body = part_for(resource.type, client, required)
    selector = resource.owner[0].partition("[")[0] if resource.owner else ""
    attribute = resource.type.by_json_name().get(selector)
    if attribute is not None and selector not in body and attribute.shape is not None:
        body[selector] = _value(attribute, client)
    return body


def part_for(
    shape: type[Shape], client: Client, also: Collection[str] = frozenset()
) -> dict[str, Any]:
    """Return what a part of a body needs at least, making what it refers to."""
    body = {
        one.json_name: _value(one, client)
        for one in shape.attributes().values()
        if one.required or one.json_name in also
    }
    held = [name for name in shape.targets if name in registry.resources]
    if held and "id" in shape.by_json_name():
        target = registry[held[0]]
        body["id"] = create(target, client)["id"]
        if "role" in shape.by_json_name():
            body["role"] = "customer" if target.name == "Customer" else "owner"
    return body


def _value(attribute: Attribute, client: Client) -> Any:
    value: Any
    if attribute.shape is not None:
        value = part_for(attribute.shape, client)
    elif attribute.choices:
        value = attribute.choices[0]
    else:
        value = {
            "text": WORDS.get(attribute.json_name, "sample"),
            "integer": 1,
            "number": 1,
            "boolean": True,
            "instant": "2026-11-21T10:00:00Z",
            "any": "sample",
        }[attribute.scalar]
    return [value] if attribute.is_list else value


def create(resource: Resource, client: Client) -> dict[str, Any]:
    """Create a record of a resource and return it."""
    return create_from(resource, client, body_for(resource, client))


def create_from(resource: Resource, client: Client, body: dict[str, Any]) -> dict[str, Any]:
    """Create a record of a resource from a body and return it."""
    answer = client.post(address(resource), body)
    assert answer.status_code == 201, (resource.name, answer.json)
    created: dict[str, Any] = answer.json
    return created
