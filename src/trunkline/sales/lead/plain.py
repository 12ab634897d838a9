"""Leads in plain words: flat attributes for forms and campaigns, taken leniently.

What is optional and wrong is left out rather than refused: an attribute or a filter that nobody
knows, a reference to what is not there. What a lead must have, and how somebody is reached, is
checked as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.patch import ABSENT, copied
from trunkline.documents.shape import DataClass, Json, Shape
from trunkline.kernel.filters import Schema
from trunkline.kernel.reading import Found
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Asked, Document, Resource, View
from trunkline.kernel.schema import validators
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.rest.query import RESERVED, split_piece
from trunkline.sales.api import SALES
from trunkline.sales.lead.lead import PUBLISHED, SalesLead

NAMES = {"lastName": "familyName", "firstName": "givenName", "company": "companyName",
         "campaign": "marketingCampaign"}  # fmt: skip
REACHED = {"email": ("email", "emailAddress"), "phone": ("phone", "phoneNumber")}
PARTIES = {"account": ("customer", "Customer"), "consumer": ("customer", "Customer"),
           "contact": ("contact", "Individual")}  # fmt: skip
KINDS: Mapping[str, type[Document]] = {"Customer": Customer, "Individual": Individual}
LINES, STORED_LINES = "lineItem", "salesLeadItem"
ASKED = {
    **dict.fromkeys(PARTIES, "relatedParty.id"),
    "campaign": "marketingCampaign.id",
    "email": "prospectContact.characteristic.emailAddress",
    "phone": "prospectContact.characteristic.phoneNumber",
}
"""What filters by plain words mean, beside those that are named otherwise only."""
OWN = frozenset({"number", *NAMES, *REACHED})


def _told(_name: str, document: Json) -> Json:
    """Return a lead with its plain words beside the standard's."""
    found = dict(document)
    for plain, stored in NAMES.items():
        if stored in found:
            found[plain] = found[stored]
    if "key" in found:
        found["number"] = found["key"]
    for plain, (kind, attribute) in REACHED.items():
        value = _reached(found.get("prospectContact"), kind, attribute)
        if value:
            found[plain] = value
    return found


def _reached(media: Json, kind: str, attribute: str) -> Json:
    for one in media if isinstance(media, list) else ():
        said = one.get("characteristic") if isinstance(one, dict) else None
        if isinstance(said, dict) and said.get(attribute):
            return said[attribute]
    del kind
    return None


def _stored(_name: str, document: Json) -> Json:
    return {name: value for name, value in document.items() if name not in OWN}


def _path(_name: str, path: str) -> str:
    head, dot, rest = path.partition(".")
    return ("key" if head == "number" else NAMES.get(head, head)) + dot + rest


def _asked(_name: str, path: str, _operator: str, values: Sequence[str]) -> Asked:
    return Asked(ASKED.get(path) or _path(_name, path), tuple(values))


def _shown(_name: str, path: str) -> str:
    """Return where a fault stands in the words of who sent the lead."""
    for plain, (_, attribute) in REACHED.items():
        if path.startswith("prospectContact[") and path.endswith(attribute):
            return plain
    head, dot, rest = path.partition(".")
    words = {stored: plain for plain, stored in NAMES.items()}
    return words.get(head, head) + dot + rest


PLAIN = View(
    "1.0.0", SALES.base, _told, _stored, _path, lambda name: name, shown=_shown, ask=_asked
)


class Lenient:
    """Takes leads and questions about them in plain words, and leaves out what nobody knows."""

    def shown(
        self, _work: Work, _resource: Resource, _sees: frozenset[DataClass], rows: Sequence[Found]
    ) -> Sequence[Found]:
        """Return the records as they are."""
        return rows

    def taken(self, work: Work, resource: Resource, sent: dict[str, Json]) -> None:
        """Bring a new lead into the standard's words; refuses one without a last name."""
        stored = _in_store_words(work, sent, {})
        if not str(stored.get("familyName") or "").strip():
            message = "say whose lead it is: the last name is enough"
            raise Invalid.of([Fault("lastName", "required", message)])
        stage = stored.pop("stage", None)
        if stage is not None:
            stored["status"] = _published(stage)
        kept = _known(work, resource, stored)
        sent.clear()
        sent.update(kept)

    def patched(self, work: Work, document: Document, patch: Json, kind: str) -> tuple[Json, str]:
        """Return a patch in the standard's words; refuses an empty one."""
        if not isinstance(patch, dict):
            return patch, kind
        if not patch:
            raise Invalid("emptyBody", "say what is to be changed")
        stored = _in_store_words(work, patch, document.raw)
        stage = stored.pop("stage", None)
        if stage is not None and stage != document.raw.get("stage"):
            stored["status"] = _published(stage)
        gone = {name: None for name, value in stored.items() if value is None}
        wanted = {name: value for name, value in stored.items() if value is not None}
        return {**_known(work, document.resource, wanted), **gone}, kind

    def asked(self, work: Work, resource: Resource, query: str) -> str:
        """Return a query without the filters that the resource does not know."""
        schema = Schema(resource, {name: one.kind for name, one in work.defined(resource).items()})
        return "&".join(one for one in query.split("&") if one and _is_known(schema, one))


def _is_known(schema: Schema, piece: str) -> bool:
    name, operator, _ = split_piece(piece)
    if name in RESERVED and operator == "eq":
        return name != "filter"
    try:
        return schema.leaf(_asked("", name, operator, ()).path)[1] != "object"
    except KeyError:
        return False


def _published(stage: Json) -> str:
    if not isinstance(stage, str) or stage not in PUBLISHED:
        words = tuple(PUBLISHED)
        message = f"must be one of: {', '.join(words)}"
        raise Invalid.of([Fault("stage", "badValue", message, words)])
    return PUBLISHED[stage]


def _in_store_words(
    work: Work, sent: Mapping[str, Json], before: Mapping[str, Json]
) -> dict[str, Json]:
    """Return what was sent with the standard's names, media and parties; shares nothing."""
    said: dict[str, Json] = load(encode(dict(sent)))
    stored = {name: said.pop(plain) for plain, name in NAMES.items() if plain in said}
    if isinstance(stored.get("marketingCampaign"), str):
        stored["marketingCampaign"] = {"id": stored["marketingCampaign"]}
    for plain, (kind, attribute) in REACHED.items():
        if plain in said:
            media = stored.get("prospectContact", said.get("prospectContact"))
            held = media if isinstance(media, list) else before.get("prospectContact")
            stored["prospectContact"] = _media(held, kind, attribute, said.pop(plain))
    if said.get("account") and said.get("consumer"):
        for name in PARTIES:
            said.pop(name, None)
    for plain, (role, kind) in PARTIES.items():
        named = said.pop(plain, None)
        ident = named.get("id") if isinstance(named, dict) else named
        if isinstance(ident, str) and _is_there(work, kind, ident):
            held = stored.get("relatedParty", said.get("relatedParty"))
            others = held if isinstance(held, list) else before.get("relatedParty") or []
            rest = [one for one in others if not _plays(one, role)]
            party = {"id": ident, "role": role, "@referredType": kind}
            stored["relatedParty"] = [*rest, party]
    if LINES in said:
        stored[STORED_LINES] = _lines(said.pop(LINES))
    return {**said, **stored}


def _is_there(work: Work, kind: str, ident: str) -> bool:
    """Tell whether a party that is named can be referred to; else the one before stays."""
    return bool(ident) and "\0" not in ident and work.get(KINDS[kind], ident) is not None


def _plays(party: Json, role: str) -> bool:
    return isinstance(party, dict) and party.get("role") == role


def _media(held: Json, kind: str, attribute: str, value: Json) -> list[Json]:
    """Return the ways to reach somebody with one attribute set where it first stands, or taken out
    of all. What else is said of a way stays; one that says nothing any more goes."""
    found: list[Json] = []
    for one in copied(held or []):
        if not _has(one, attribute):
            found.append(one)
            continue
        said = one["characteristic"]
        said.pop(attribute)
        if value not in (None, ""):
            said[attribute], value = value, None
        if said:
            found.append(one)
    if value in (None, ""):
        return found
    return [*found, {"mediumType": kind, "characteristic": {attribute: value}}]


def _has(medium: Json, attribute: str) -> bool:
    said = medium.get("characteristic") if isinstance(medium, dict) else None
    return isinstance(said, dict) and attribute in said


def _lines(sent: Json) -> Json:
    """Return lines whose offerings may be said by their id alone."""
    if not isinstance(sent, list):
        return sent
    found = []
    for one in sent:
        line = dict(one) if isinstance(one, dict) else one
        offering = line.get("productOffering", ABSENT) if isinstance(line, dict) else ABSENT
        if isinstance(offering, str):
            line["productOffering"] = {"id": offering}
        found.append(line)
    return found


def _leave_out_malformed(resource: Resource, lead: dict[str, Json]) -> None:
    """Take references out that name nothing at all, as those to what is not there are."""
    for one in resource.type.attributes().values():
        value, shape = lead.get(one.json_name), one.shape
        if value is None or shape is None or not _is_reference(shape):
            continue
        if not one.is_list:
            if not _names(value):
                lead.pop(one.json_name)
        elif isinstance(value, list) and any(map(_names, value)):
            lead[one.json_name] = [each for each in value if _names(each)]
        elif value != []:
            lead.pop(one.json_name)


def _is_of_somebody(work: Work, assignee: Json) -> bool:
    """Tell whether an assignee is a user here."""
    ident = assignee.get("id") if isinstance(assignee, dict) else None
    if not isinstance(ident, str) or not UUID.match(ident):
        return False
    text = "select 1 from kinds_of_writers(array[%s::uuid])"
    return work.connection.execute(text, [ident]).fetchone() is not None


def _is_reference(shape: type[Shape]) -> bool:
    """Tell whether a shape does nothing but name a record."""
    ident = shape.by_json_name().get("id")
    return bool(shape.targets) and ident is not None and ident.required


def _names(reference: Json) -> bool:
    ident = reference.get("id") if isinstance(reference, dict) else None
    return isinstance(ident, str) and bool(ident.strip()) and "\0" not in ident


def _known(work: Work, resource: Resource, stored: dict[str, Json]) -> dict[str, Json]:
    """Return a lead without attributes that nobody declared and references to what is not there."""
    declared = {one.json_name for one in resource.type.attributes().values()}
    declared |= work.defined(resource).keys() | {"id"}
    kept = {name: value for name, value in stored.items() if name in declared}
    _leave_out_malformed(resource, kept)
    if not _is_of_somebody(work, kept.get("assignee")):
        kept.pop("assignee", None)  # of a user it is refused: who works on a lead is assigned
    if any(one.code == "badType" for one in validators.of(resource).faults(kept)):
        return kept  # it is refused for that
    copy: dict[str, Json] = copied(kept)
    copy.pop("id", None)
    lead = SalesLead.wrap(copy)
    gone: dict[str, set[int]] = {}
    for fault in work.settle_references(lead):
        head, bracket, rest = fault.path.partition("[")
        head = head.partition(".")[0]
        if head != STORED_LINES:
            gone.setdefault(head, set()).update([int(rest.partition("]")[0])] if bracket else ())
    for name, places in gone.items():
        if places and isinstance(kept[name], list):
            left = [one for at, one in enumerate(kept[name]) if at not in places]
            kept[name] = left
            if not left:
                kept.pop(name)
        else:
            kept.pop(name)
    return kept
