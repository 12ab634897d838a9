"""Merges: two records made one, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Shape, many
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document, Promoted, Resource, resource
from trunkline.kernel.work import Work
from trunkline.matching.api import MATCHING
from trunkline.matching.reference import MATCHED_NAMES, MatchedRef
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.shared.extensible import Extensible
from trunkline.shared.own_hand import internal_note

MergeState: TypeAlias = Literal["asked", "running", "done", "undoing", "undone", "failed"]
Take: TypeAlias = Literal["survivor", "loser", "both"]
MERGE_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="asked",
    moves={
        "asked": ("running", "failed"),
        "running": ("done",),
        "done": ("undoing",),
        "undoing": ("undone", "done"),
        "undone": (),
        "failed": (),
    },
    on_request=frozenset({"asked", "undoing"}),
)
OPEN = ("asked", "running", "undoing")
BUSY = """
select m.key from party_merge m join matching_reference f on f.source = m.id
where f.type = 'PartyMerge' and f.target = any(%s::uuid[]) and m.p_state = any(%s) and m.id <> %s
limit 1
"""


class Choice(Shape):
    """Whose value of an attribute is kept; `both` joins two lists."""

    path: str
    take: Take


class Gone(Extensible):
    """The record that went: how it was found, and what it was called."""

    id: str
    key: str
    name: Annotated[str | None, PERSONAL] = None


class Stayed(Shape):
    """A record that was not given back when a merge was taken back, and why."""

    id: str
    key: str
    kind: str
    reason: str


@resource(
    api=MATCHING,
    data_class="personal",
    path="merge",
    prefix="MRG",
    operations=("list", "retrieve", "create", "patch"),
    lifecycle=MERGE_LIFECYCLE,
    server_sets=("gone", "moved", "stayed", "message", "asker", "asker_name", "because_of"),
    immutable=("survivor", "loser", "choice", "party_choice", "keep_parties"),
    promote=(Promoted("state"), Promoted("becauseOf")),
    label=("gone.name",),
    columns=("key", "gone.name", "survivor.name", "state", "moved"),
)
class PartyMerge(Extensible, Document):
    """Two records of a person, an organization or a customer made one.

    `survivor` stays and gets what `loser` had; then `gone` says what that was, and its id and key
    are other names of the survivor. Of two customers the parties are merged as well, except where
    `keep_parties` is set. `choice` says whose values are kept where they differ: without one lists
    are joined, and of a single value the survivor's is kept if there is one; `party_choice` says
    the same of the parties of two customers. `state` set to `undoing` takes it back.
    """

    survivor: MatchedRef
    loser: MatchedRef | None = None
    choice: list[Choice] = many()
    party_choice: list[Choice] = many()
    keep_parties: bool | None = None
    note: Annotated[str | None, PERSONAL] = None
    state: MergeState | None = None
    gone: Gone | None = None
    moved: int | None = None
    stayed: list[Stayed] = many()
    message: str | None = None
    asker: str | None = None
    asker_name: str | None = None
    because_of: str | None = None


internal_note(PartyMerge, "note")


@enrich(PartyMerge)
def merge_names_its_asker(work: Work, merge: PartyMerge) -> None:
    """Note who asked for it; the changes are that person's."""
    if merge.asker is None:
        merge.raw["asker"], merge.raw["askerName"] = work.actor.id, work.actor.name


@rule(PartyMerge)
def merge_is_of_two_of_a_kind(
    work: Work, old: PartyMerge | None, new: PartyMerge
) -> Iterator[Fault]:
    """Refuse a record with itself, with one of another kind, or with one that is being merged."""
    if old is not None:
        return
    if new.loser is None:
        yield Fault("loser", "missing", "is required; name the record that is to go")
        return
    one, other = new.survivor, new.loser
    if one.id == other.id:
        yield Fault("loser.id", "sameRecord", "is the survivor itself; name another record")
        return
    if one.referred_type != other.referred_type:
        message = f"is a {other.referred_type}, the survivor a {one.referred_type}"
        yield Fault("loser.id", "otherKind", f"{message}; merge two of a kind")
        return
    row = work.connection.execute(BUSY, [[one.id, other.id], list(OPEN), new.id]).fetchone()
    if row is not None:
        message = f"{row[0]} has one of these two in hand; wait until it has ended"
        yield Fault("loser.id", "conflictMerging", message)


@rule(PartyMerge)
def merge_needs_the_right_to_change(
    work: Work, old: PartyMerge | None, new: PartyMerge
) -> Iterator[Fault]:
    """Refuse (403) who may not change every record of the kind."""
    kind = str(new.survivor.referred_type)
    is_asked = old is None or (new.state == "undoing" and old.state != "undoing")
    if is_asked and kind in MATCHED_NAMES:
        work.actor.must(work.services.registry[kind], "update")
    yield from ()


@rule(PartyMerge)
def merge_is_taken_back_when_it_has_ended(
    work: Work, old: PartyMerge | None, new: PartyMerge
) -> Iterator[Fault]:
    """Refuse to take a merge back while the parties of the two are still being merged."""
    if old is None or new.state != "undoing" or old.state == "undoing":
        return
    for one in work.find(PartyMerge, {"becauseOf": new.id, "state": ["asked", "running"]}):
        yield Fault("state", "conflictMerging", f"{one.key} is still at work; wait until it ends")


@rule(PartyMerge)
def merge_takes_values_that_are_there(
    work: Work, old: PartyMerge | None, new: PartyMerge
) -> Iterator[Fault]:
    """Refuse a choice of an attribute that the kind does not have or that nobody may choose."""
    kind = str(new.survivor.referred_type)
    if old is not None or kind not in MATCHED_NAMES:
        return
    yield from _choice_faults("choice", new.choice, work.services.registry[kind])


@rule(PartyMerge)
def parties_are_chosen_of_two_customers(
    work: Work, old: PartyMerge | None, new: PartyMerge
) -> Iterator[Fault]:
    """Refuse choices of parties that are not merged, or that the asker may not change."""
    if old is not None or not new.party_choice:
        return
    kind, other = (
        kind_of_party(work, one) if one is not None else None for one in (new.survivor, new.loser)
    )
    if kind is None or kind is not other or new.keep_parties:
        message = "is for the parties of two customers that are merged with them; leave it out"
        yield Fault("partyChoice", "notApplicable", message)
        return
    work.actor.must(kind, "update")
    yield from _choice_faults("partyChoice", new.party_choice, kind)


def kind_of_party(work: Work, named: MatchedRef) -> Resource | None:
    """Return of which kind the party of a customer is, None for what is no customer."""
    customer = work.get(Customer, named.id) if named.referred_type == "Customer" else None
    party = customer.engaged_party.id if customer is not None else None
    for kind in (Individual, Organization) if party else ():
        if work.get(kind, party or "") is not None:
            return kind.resource
    return None


def _choice_faults(path: str, chosen: Sequence[Choice], kind: Resource) -> Iterator[Fault]:
    """Yield what is wrong with choices among the attributes of a kind."""
    own = kind.type.by_json_name()
    for index, one in enumerate(chosen):
        if one.path not in own or one.path == "engagedParty":
            message = f"is no attribute of a {kind.name.lower()} that can be chosen"
            yield Fault(f"{path}[{index}].path", "badValue", message)
        elif one.take == "both" and not own[one.path].is_list:
            message = f"{one.path} is one value; take it from the survivor or from the loser"
            yield Fault(f"{path}[{index}].take", "badValue", message)
