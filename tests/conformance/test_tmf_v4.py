"""Answers and events against the published v4 schemas, for every resource that has one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import (
    overrides,  # noqa: F401 - bodies for resources with rules of their own
    overrides_above,  # noqa: F401
    schemas,
)
from tests.support.program import Client, Site
from tests.support.published import DEVIATIONS, deviates, unexpected
from tests.support.samples import WORDS, address, body_for, create
from trunkline.documents.shape import Attribute, Shape
from trunkline.hub.envelope import envelope, load_events, open_documents, show
from trunkline.hub.event_name import property_name
from trunkline.kernel.actor import system
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry

pytestmark = pytest.mark.skipif(not schemas.is_present(), reason=schemas.REASON)
load_modules()
DEPTH_MAX = 3

PUBLISHED = [
    one
    for one in registry
    if one.published and "create" in one.operations
    and one.type_name in schemas.definitions(one.api.number)
]  # fmt: skip
each = pytest.mark.parametrize("resource", PUBLISHED, ids=lambda one: one.name)


def test_published_files_are_found() -> None:
    """The comparison is about most resources, not about none."""
    named = {one.name for one in PUBLISHED}
    assert len(named) > 30
    assert {"ProductOrder", "Individual", "ProductOffering", "Service"} <= named


@each
def test_answers_fit_the_published_definition(resource: Resource, site: Site) -> None:
    """POST, GET, list and PATCH answer with what the file says such a record looks like."""
    path, client = address(resource), site.admin
    made = client.post(path, body_for(resource, client))
    assert made.status_code == 201, made.json
    item = f"{path}/{made.json['id']}"
    answers = [made.json]
    if "retrieve" in resource.operations:
        answers.append(client.get(item).json)
    if "list" in resource.operations:
        answers += client.get(path, query_string=f"id={made.json['id']}").json
    if "patch" in resource.operations:
        answers.append(client.patch(item, {"@schemaLocation": "https://example.com/x"}).json)
    for answer in answers:
        assert unexpected(resource, resource.type_name, answer) == []
        assert {"id", "href"} <= answer.keys()


@each
def test_required_attributes_are_those_of_the_file(resource: Resource, site: Site) -> None:
    """What the file requires on create we require or fill in; what it does not, we do not."""
    name = f"{resource.type_name}_Create"
    published = schemas.required(resource.api.number, name)
    own = resource.type.attributes()
    ours = {own[one].json_name for one in resource.required}
    ours |= {one.json_name for one in own.values() if one.required}
    made = site.admin.post(address(resource), body_for(resource, site.admin)).json
    assert published <= ours | set(made)
    more = {
        one for one in ours - published
        if not deviates(resource, f"requires {one}")
    }  # fmt: skip
    assert more == set()


def deep(attribute: Attribute, client: Client, depth: int) -> Any:
    """Return a value for an attribute with all that can be in it, to some depth."""
    value: Any
    if attribute.shape is not None:
        value = filled(attribute.shape, client, depth + 1)
    elif attribute.choices:
        value = attribute.choices[-1]
    else:
        value = {
            "text": WORDS.get(attribute.json_name, "sample"),
            "integer": 1,
            "number": 19.90,
            "boolean": True,
            "instant": "2026-11-21T10:00:00Z",
            "any": "sample",
        }[attribute.scalar]
    return [value] if attribute.is_list else value


_targets: dict[tuple[int, str], str] = {}


def filled(shape: type[Shape], client: Client, depth: int) -> dict[str, Any]:
    body = {
        one.json_name: deep(one, client, depth)
        for one in shape.attributes().values()
        if (one.required or depth < DEPTH_MAX) and not one.json_name.startswith("@")
        and one.shape is not shape
    }  # fmt: skip
    if "startDateTime" in body and "endDateTime" in body:
        body["endDateTime"] = "2027-11-21T10:00:00Z"
    held = [one for one in shape.targets if one in registry.resources]
    if held and "id" in shape.by_json_name():
        key = (id(client.app), held[0])
        if key not in _targets:
            _targets[key] = create(registry[held[0]], client)["id"]
        body["id"] = _targets[key]
        body.pop("href", None)
    return body


@each
def test_every_attribute_fits_the_published_definition(resource: Resource, site: Site) -> None:
    """Each declared attribute, filled deeply, comes back as the file says."""
    if "patch" not in resource.operations:
        pytest.skip("the API has no PATCH: the attributes are seen in the answer to POST")
    client = site.admin
    item = f"{address(resource)}/{create(resource, client)['id']}"
    wrong: dict[str, list[str]] = {}
    taken = 0
    for attribute in resource.type.attributes().values():
        if attribute.json_name.startswith("@"):
            continue
        answer = client.patch(item, {attribute.json_name: deep(attribute, client, 0)})
        assert answer.status_code in {200, 400, 409}, (attribute.json_name, answer.json)
        if answer.status_code == 200:
            taken += 1
            if faults := unexpected(resource, resource.type_name, answer.json):
                wrong[attribute.json_name] = faults
    assert taken > 0
    assert wrong == {}


@each
def test_our_own_attributes_are_declared(resource: Resource, site: Site) -> None:
    """What an answer has beyond the file is the key, or an attribute that we declare."""
    made = create(resource, site.admin)
    extra = schemas.undeclared(resource.api.number, resource.type_name, made) - {"key"}
    assert extra <= set(resource.type.by_json_name())


@each
def test_events_fit_the_published_definition(resource: Resource, site: Site) -> None:
    """Each event of a record's life fits the definition that has its name, where there is one."""
    client, path = site.admin, address(resource)
    ident = create(resource, client)["id"]
    if "patch" in resource.operations:
        client.patch(f"{path}/{ident}", {"@schemaLocation": "https://example.com/x"})
    if "delete" in resource.operations:
        client.delete(f"{path}/{ident}")
    idents = [one for (one,) in site.rows("select id::text from event where subject = %s", ident)]
    known = schemas.definitions(resource.api.number)
    with site.services.database.app.connection() as connection:
        events = list(load_events(connection, idents).values())
        documents = open_documents(site.services, connection, events)
    assert len(events) == len(documents) > 0
    for event in events:
        seen = show(registry, system("tests"), event, documents[event.id])
        body = envelope(seen, prefix="https://example.com")  # type: ignore[arg-type]
        assert {"eventId", "eventTime", "eventType", "timeOcurred", "event"} <= body.keys()
        name = str(body["eventType"])
        if name in known:
            assert unexpected(resource, name, body) == []
        assert (
            unexpected(resource, resource.type_name, body["event"][property_name(resource)]) == []
        )


@each
def test_event_names_are_those_of_the_file(resource: Resource) -> None:
    """The names of the events are published ones, where the file publishes any for the resource."""
    known = schemas.definitions(resource.api.number)
    kinds = {"created": "create", "changed": "patch", "deleted": "delete"}
    for kind, operation in kinds.items():
        name = resource.event_name(kind)
        if operation in resource.operations and f"{resource.type_name}CreateEvent" in known:
            assert name in known or deviates(resource, f"no {name}"), name


def test_deviations_are_documented() -> None:
    """Every row of the table stands in the document, and the document has no others."""
    text = (Path(__file__).parents[2] / "docs" / "deviations.md").read_text(encoding="utf-8")
    listed = [line.split(" | ") for line in text.splitlines() if line.startswith("| TMF")]
    told = {(one[0].strip("| "), one[-1].strip("| ")) for one in listed}
    assert told == {(number, reason) for number, _, reason in DEVIATIONS}


@pytest.mark.parametrize("status", [404, 400])
def test_errors_fit_the_published_definition(site: Site, status: int) -> None:
    """A refusal has the published `Error` form in every API."""
    for resource in PUBLISHED:
        if "Error" not in schemas.definitions(resource.api.number):
            continue
        path = address(resource)
        answer = (
            site.admin.get(path, query_string="nope=1")
            if status == 400
            else site.admin.get(f"{path}/01a20000-0000-7000-8000-000000000000")
        )
        if answer.status_code == status:
            assert schemas.faults(resource.api.number, "Error", answer.json) == []
