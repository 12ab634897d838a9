"""Event names: what an event and the resource inside it are called, in each version."""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.kernel.resource import EVENT_SUFFIX, Api, Registry, Resource, View

ANY_API = "*"
KINDS = tuple(EVENT_SUFFIX)


def event_type(resource: Resource, kind: str, view: View | None = None) -> str:
    """Return the published name of an event (`ThingCreateEvent`)."""
    name = resource.event_name(kind)
    return view.event(name) if view else name


def property_name(resource: Resource, view: View | None = None) -> str:
    """Return the name under which an event holds the resource (`thing`)."""
    created = event_type(resource, "created", view)
    name = created.removesuffix(EVENT_SUFFIX["created"])
    return first_small(name if view and name != created else resource.type_name)


def first_small(name: str) -> str:
    """Return a type name as the name of an attribute or address."""
    return name[:1].lower() + name[1:]


def listener_url(callback: str, name: str) -> str:
    """Return where an event of this name goes: `{callback}/listener/{eventName}`."""
    return f"{callback.rstrip('/')}/listener/{first_small(name)}"


def resources_of(registry: Registry, api_number: str) -> list[Resource]:
    """Return the resources of a published interface, or all of them for `*`."""
    return [one for one in registry if api_number in (ANY_API, one.api.number)]


def apis_of(registry: Registry) -> list[Api]:
    """Return the published interfaces, each once, in the order of their numbers."""
    found = {one.api.base: one.api for one in registry}
    return sorted(found.values(), key=lambda api: (api.number, api.base))


def view_of(resources: Iterable[Resource], version: str | None) -> View | None:
    """Return the view of a version, or None for the version that is stored."""
    if version is None:
        return None
    views = (view for one in resources for view in one.api.views)
    return next((view for view in views if view.version == version), None)
