"""Writing: a new record and a change as a client sends them, for the interfaces and the pages."""

from __future__ import annotations

from collections.abc import Callable

from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.masks import hidden_paths
from trunkline.kernel.resource import Document, Resource, View
from trunkline.kernel.work import Work
from trunkline.rest.aliases import remember_alias
from trunkline.rest.own_names import remember_own_name
from trunkline.rest.patching import (
    META_NAMES,
    hidden_faults,
    must_explain,
    patch_faults,
    patched,
    refuse_positions,
    said_outside,
)
from trunkline.rest.unseen import kept_shut

OWN_ID_MAX = 255
Fill = Callable[[Work, Resource, dict[str, Json]], None]
Amend = Callable[[Work, Document, dict[str, Json]], dict[str, Json]]
Read = Callable[[Work, dict[str, Json]], None]
_fills: list[Fill] = []
_reads: dict[str, Read] = {}
_amendments: dict[str, Amend] = {}


def fills(fill: Fill) -> Fill:
    """Let `fill(work, resource, sent)` add what new records of any kind leave out."""
    _fills.append(fill)
    return fill


def reads_first(kind: type[Document]) -> Callable[[Read], Read]:
    """Let `read(work, sent)` read at once what the checks of a new record will look at.

    What was sent is not checked yet: it may be anything. A check reads for itself what it misses.
    """

    def attach(read: Read) -> Read:
        _reads[kind.resource.name] = read
        return read

    return attach


def amends(kind: type[Document]) -> Callable[[Amend], Amend]:
    """Let `amend(work, document, after)` take over what a patch changes, in whole or in part.

    The document is locked and still as it was; what is returned is written at once.
    """

    def attach(amend: Amend) -> Amend:
        _amendments[kind.resource.name] = amend
        return amend

    return attach


def create(work: Work, resource: Resource, sent: Json, view: View | None = None) -> Document:
    """Write a new record as it was sent; refuses all that is wrong with it at once.

    An `id` of the sender's is remembered as an alias. `sent` is in the words of the view.
    """
    if not isinstance(sent, dict):
        raise Invalid("badType", "the body must be an object")
    if view is not None:
        sent = view.inward(resource.name, sent)
    own_id = sent.pop("id", None)
    if own_id is not None and len(str(own_id)) > OWN_ID_MAX:
        refuse([Fault("id", "badValue", f"may have {OWN_ID_MAX} characters")])
    for name in META_NAMES:
        sent.pop(name, None)
    own = resource.type.attributes()
    refuse(
        [
            Fault(own[name].json_name, "notWritable", "is set by the server; leave it out")
            for name in resource.server_sets
            if sent.get(own[name].json_name) is not None
        ]
    )
    sent = said_outside(resource, work.actor, sent)
    for fill in _fills:
        fill(work, resource, sent)
    if resource.name in _reads:
        _reads[resource.name](work, sent)
    document = work.add(resource.type.wrap(sent))
    if own_id is not None and not isinstance(own_id, (dict, list)):
        remember_alias(work, document, str(own_id))
    remember_own_name(work, document)
    return document


def change(
    work: Work, document: Document, patch: Json, kind: str, view: View | None = None
) -> None:
    """Write what a patch makes of a locked record; `kind` is the patch's media type.

    A value that is hidden from the writer is neither removed nor replaced.
    """
    resource = document.resource
    before = document.raw
    hidden = hidden_paths(resource, work.actor.must(resource, "update").sees)
    if hidden is not None:
        refuse_positions(patch, kind, hidden)
        refuse(hidden_faults(resource, view, before, patch, kind, hidden))
    after = patched(resource, view, before, patch, kind)
    if hidden is not None:
        after = kept_shut(hidden, before, after)
    refuse(patch_faults(resource, before, after))
    must_explain(work.actor, resource, before, after)
    if resource.name in _amendments:
        after = _amendments[resource.name](work, document, after)
    object.__setattr__(document, "raw", after)
    work.save(document, before)
    remember_own_name(work, document, before)
