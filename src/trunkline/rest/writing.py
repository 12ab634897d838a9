"""Writing: a new record and a change as a client sends them, for the interfaces and the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.masks import hidden_paths
from trunkline.kernel.resource import Document, Resource, View
from trunkline.kernel.work import Work
from trunkline.rest.aliases import remember_aliases
from trunkline.rest.first_state import first_state_faults
from trunkline.rest.own_names import remember_own_name
from trunkline.rest.patching import (
    META_NAMES,
    hidden_faults,
    patch_faults,
    patched,
    put_back,
    refuse_positions,
    said_outside,
    unexplained,
)
from trunkline.rest.unseen import counted, kept_shut, with_room

OWN_ID_MAX = 255
Fill = Callable[[Work, Resource, dict[str, Json]], Iterable[Fault] | None]
Amend = Callable[[Work, Document, dict[str, Json]], dict[str, Json]]
Read = Callable[[Work, dict[str, Json]], None]
_fills: list[Fill] = []
_reads: dict[str, Read] = {}
_amendments: dict[str, Amend] = {}


@dataclass(frozen=True)
class Unnamed:
    """A record that was just written, but is not found yet by the names that it has now.

    `given` is the id that its sender gave a new one, `before` what a changed one was.
    """

    document: Document
    given: str | None = None
    before: Json = None


def fills(fill: Fill) -> Fill:
    """Let `fill(work, resource, sent)` add what new records of any kind leave out.

    It may return faults; they are told together with all that is wrong.
    """
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


def is_amended(resource: Resource) -> bool:
    """Tell whether something takes over what patches of a kind change."""
    return resource.name in _amendments


def create(work: Work, resource: Resource, sent: Json, view: View | None = None) -> Document:
    """Write a new record as it was sent; refuses all that is wrong with it at once.

    An `id` of the sender's is remembered as an alias. `sent` is in the words of the view.
    """
    made = create_unnamed(work, resource, sent, view)
    give_names(work, [made])
    return made.document


def create_unnamed(work: Work, resource: Resource, sent: Json, view: View | None = None) -> Unnamed:
    """Write a new record as `create` does; it is found by its names after `give_names`."""
    if not isinstance(sent, dict):
        raise Invalid("badType", "the body must be an object")
    if view is not None:
        sent = view.inward(resource.name, sent)
    own_id = sent.pop("id", None)
    wrong: list[Fault] = []
    if own_id is not None and len(str(own_id)) > OWN_ID_MAX:
        wrong.append(Fault("id", "badValue", f"may have {OWN_ID_MAX} characters"))
    for name in META_NAMES:
        sent.pop(name, None)
    own = resource.type.attributes()
    for name in (own[one].json_name for one in resource.server_sets):
        if sent.pop(name, None) is not None:
            wrong.append(Fault(name, "notWritable", "is set by the server; leave it out"))
    wrong += first_state_faults(resource, sent)
    sent, hidden = said_outside(resource, work.actor, sent)
    wrong += hidden
    for fill in _fills:
        wrong += fill(work, resource, sent) or ()
    if resource.name in _reads:
        _reads[resource.name](work, sent)
    document = work.add(resource.type.wrap(sent), known=wrong)
    given = None if own_id is None or isinstance(own_id, (dict, list)) else str(own_id)
    return Unnamed(document, given)


def change(
    work: Work, document: Document, patch: Json, kind: str, view: View | None = None
) -> None:
    """Write what a patch makes of a locked record; `kind` is the patch's media type.

    A value that is hidden from the writer is neither removed nor replaced.
    """
    give_names(work, [change_unnamed(work, document, patch, kind, view)])


def change_unnamed(
    work: Work, document: Document, patch: Json, kind: str, view: View | None = None
) -> Unnamed:
    """Write a change as `change` does; the record's names follow with `give_names`."""
    resource = document.resource
    before = document.raw
    hidden = hidden_paths(resource, work.actor.must(resource, "update").sees)
    roomy = before
    if hidden is not None:
        refuse_positions(patch, kind, hidden)
        roomy = with_room(hidden, before, patch)
        refuse(hidden_faults(resource, view, roomy, patch, kind, hidden))
    after = patched(resource, view, roomy, patch, kind)
    if hidden is not None:
        after = kept_shut(hidden, before, after)
    wrong = patch_faults(resource, before, after)
    for one in wrong:
        put_back(one.path.partition(".")[0], before, after)
    wrong += unexplained(work.actor, resource, before, after)
    if resource.name in _amendments:
        refuse(wrong)
        after = _amendments[resource.name](work, document, after)
    object.__setattr__(document, "raw", after)
    try:
        work.save(document, before, wrong)
    except Invalid as refusal:
        if hidden is None or not refusal.faults:
            raise
        raise Invalid.of([counted(hidden, after, one) for one in refusal.faults]) from None
    return Unnamed(document, before=before)


def give_names(work: Work, written: Sequence[Unnamed]) -> None:
    """Let written records of a kind be found by their names; refuses (409) where one is taken."""
    remember_aliases(work, [(one.document, one.given) for one in written if one.given is not None])
    for one in written:
        remember_own_name(work, one.document, one.before)
