"""Places: where somebody subscribes to events, and whether what they send there can be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.documents.errors import Fault, Forbidden, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.hub.delivery import must_hear
from trunkline.hub.event_name import resources_of
from trunkline.hub.guard import AllowList, TargetRefused, check_url
from trunkline.hub.query import parse_query
from trunkline.hub.subscription import NewSubscription
from trunkline.kernel.actor import Actor
from trunkline.kernel.masks import hidden_paths, is_hidden
from trunkline.kernel.resource import Registry, Resource, View
from trunkline.settings import Settings, SettingsError


@dataclass(frozen=True)
class Place:
    """Where somebody subscribes: an interface in a version, or a topic."""

    api_number: str
    address: str
    view: View | None = None
    topic: str | None = None
    topic_query: str = ""

    @property
    def version(self) -> str | None:
        """The version of the view, None for the version that is stored."""
        return self.view.version if self.view else None


def asked_for(
    registry: Registry, actor: Actor, place: Place, sent: Mapping[str, Json], allow: AllowList
) -> NewSubscription:
    """Return the subscription that somebody asks for by `callback` and `query`.

    Refuses who may hear or read nothing there (403), a callback that is not to be called, and a
    query for what is not there or hidden (400).
    """
    must_hear(actor, place.api_number)
    resources = resources_of(registry, place.api_number)
    if not any(actor.grant(one, "read") for one in resources):
        raise Forbidden("notAllowed", f"{actor.name} may read nothing of {place.api_number}")
    callback, query = sent.get("callback"), sent.get("query")
    faults = []
    if not isinstance(callback, str):
        faults.append(Fault("callback", "missing", "is required; send the listener's address"))
    if query is not None and not isinstance(query, str):
        faults.append(Fault("query", "badType", "must be of type string"))
    refuse(faults)
    try:
        check_url(str(callback), allow=allow)
    except TargetRefused as refusal:
        raise Invalid.of([Fault("callback", refusal.code.value, str(refusal))]) from refusal
    query = str(query or "")
    parse_query(
        query, resources=resources, view=place.view,
        may_filter=lambda resource, path: _may_filter(actor, resource, path),
    )  # fmt: skip
    return NewSubscription(
        actor.id, actor.scopes, place.api_number, place.version, str(callback), query,
        joined(place.topic_query, query), place.topic,
    )  # fmt: skip


def joined(*queries: str | None) -> str:
    """Return queries as one that holds where all of them do."""
    return "&".join(one.strip("&") for one in queries if one and one.strip("&"))


def allow_list(settings: Settings) -> AllowList:
    """Return which listeners beyond the public ones the operator opened.

    Raises SettingsError where an entry would open more than a listener can be.
    """
    try:
        return AllowList.parse(", ".join(settings.callback_allow))
    except ValueError as error:
        raise SettingsError([f"TRUNKLINE_CALLBACK_ALLOW: {error}."]) from error


def _may_filter(actor: Actor, resource: Resource, path: str) -> bool:
    grant = actor.grant(resource, "read")
    if grant is None:
        return False
    hidden = hidden_paths(resource, grant.sees)
    return hidden is None or not is_hidden(hidden, path)
