"""User roles and permissions (TMF672), described: no resource derives how they are served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from trunkline.access.api import TMF672
from trunkline.access.role import Permission, UserRole
from trunkline.kernel.resource import Resource
from trunkline.rest.openapi import record_schemas
from trunkline.rest.verb import Object, Verb

ALIKE = "The value itself, or several of which any will do, with commas between."
ROLE_FILTERS = {"id": ALIKE, "involvementRole": ALIKE}
PERMISSION_FILTERS = {"id": ALIKE, "user.id": ALIKE, "user.name": ALIKE}
SCHEMAS: Mapping[str, Object] = record_schemas(UserRole.resource) | record_schemas(
    Permission.resource
)


def verbs() -> Iterator[Verb]:
    """Yield the operations of both."""
    yield from _of(UserRole.resource, ROLE_FILTERS)
    yield from _of(Permission.resource, PERMISSION_FILTERS)


def _of(resource: Resource, filters: Mapping[str, str]) -> Iterator[Verb]:
    name, title, path = resource.name, resource.title, f"/{resource.path}"
    verb = partial(Verb, api=TMF672, about=name, answers=name)
    yield verb(
        method="get", path=path, name=f"list{name}", summary=f"{title}: list", is_list=True,
        scope="TMF672:read", parameters="fields offset limit sort after", filters=filters,
    )  # fmt: skip
    yield verb(
        method="post", path=path, name=f"create{name}", summary=f"{title}: create", status="201",
        scope="TMF672:create", parameters="Idempotency-Key", takes=f"{name}Create", conflicts=True,
    )  # fmt: skip
    yield verb(
        method="get", path=f"{path}/{{id}}", name=f"retrieve{name}", summary=f"{title}: retrieve",
        scope="TMF672:read", parameters="fields",
    )  # fmt: skip
    yield verb(
        method="patch", path=f"{path}/{{id}}", name=f"patch{name}", summary=f"{title}: change",
        scope="TMF672:update", parameters="If-Match", takes=f"{name}Change", conflicts=True,
    )  # fmt: skip
