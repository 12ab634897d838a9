"""Topics (TMF688): events that belong together, by name and content, to read or subscribe to."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.access.api import TMF688
from trunkline.documents.errors import Fault, Invalid
from trunkline.hub.envelope import load_events
from trunkline.hub.place import joined
from trunkline.hub.query import parse_query
from trunkline.hub.subscription import remove_of_topic
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import Document, Promoted, event, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible


@resource(
    api=TMF688,
    path="topic",
    prefix="TOP",
    operations=("list", "retrieve", "create", "delete"),
    promote=(Promoted("name"),),
    columns=("key", "name", "headerQuery", "contentQuery"),
)
class Topic(Extensible, Document):
    """A channel of events: those whose name fits one query and whose content fits another."""

    name: str | None = None
    header_query: str | None = None
    content_query: str | None = None

    @property
    def query(self) -> str:
        """Both queries as one."""
        return joined(self.header_query, self.content_query)


@rule(Topic)
def queries_can_be_asked(work: Work, _old: Topic | None, new: Topic) -> Iterator[Fault]:
    """Refuse queries that name events or attributes which no resource has."""
    resources = list(work.services.registry)
    for name, text in (("headerQuery", new.header_query), ("contentQuery", new.content_query)):
        try:
            parse_query(text or "", resources=resources)
        except Invalid as refusal:
            yield Fault(name, refusal.code, refusal.message)


@on(event(Topic, "deleted"))
def end_subscriptions(work: Work, _topic: Topic | None) -> None:
    """A topic that is gone ends the subscriptions on it."""
    cause = load_events(work.connection, [work.cause["event"]])
    for one in cause.values():
        remove_of_topic(work.connection, one.subject)
