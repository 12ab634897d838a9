"""Shows that what the staff notes for itself reaches no customer and no partner."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

import tests.support.overrides
import tests.support.overrides_above  # noqa: F401 - bodies that keep the rules
from tests.sales.test_quotes import QUOTES, Shop
from tests.support.program import Client, Site
from tests.support.samples import address, body_for
from trunkline.documents.grant import told
from trunkline.documents.shape import Shape
from trunkline.kernel.actor import EVERY_CLASS, Grant, Reach
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.masks import hidden_paths, is_hidden, mask
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.shared.note import Note

load_modules()
SECRET, SAID = "Pays late, be careful", "Your router is on its way"
NOTES = [
    {"text": SECRET, "author": "Ben"},
    {"text": SAID, "author": "Ben", "isCustomerVisible": True},
    {"text": SECRET, "isCustomerVisible": False},
]
OUTSIDERS: tuple[Reach, ...] = ("own", "partner")
EVENT = "/tmf-api/event/v4/event"
ORGANIZATION = "/tmf-api/party/v4/organization"
TICKET = "/tmf-api/troubleTicket/v4/troubleTicket"


def noted(shape: type[Shape], above: tuple[type[Shape], ...] = ()) -> bool:
    """Tell whether a shape has notes, itself or in what it holds."""
    held = [one.shape for one in shape.attributes().values() if one.shape is not None]
    inner = [one for one in held if one not in (*above, shape)]
    return Note in held or any(noted(one, (*above, shape)) for one in inner)


SILENT = ("Customer", "Individual", "BillingAccount", "Product")
KINDS = [
    one for one in registry
    if one.name in SILENT or (one.published and noted(one.type) and "create" in one.operations)
]  # fmt: skip
"""Every kind with notes, and some that say nothing of notes and keep them all the same."""
numbers = count()


def with_notes(shape: type[Shape], body: Any) -> Any:
    """Return a body with notes wherever it has room for some."""
    more = dict(body)
    for name, one in shape.by_json_name().items():
        if one.shape is Note:
            more[name] = NOTES if one.is_list else NOTES[0]
        elif one.shape is not None and name in body:
            held = body[name]
            of = one.shape
            more[name] = (
                [with_notes(of, each) for each in held] if one.is_list else with_notes(of, held)
            )
    return more


def reader(site: Site, reach: Reach, party: str) -> Client:
    """Return somebody who does all that there is with what is a party's own, or a partner's."""
    number = next(numbers)
    role = site.role(f"reader{number}", {"*:*": Grant(reach, EVERY_CLASS)})
    return site.user(
        f"reader{number}", roles=[role], party=party if reach == "own" else None,
        partner=party if reach == "partner" else None,
    )  # fmt: skip


def answers(client: Client, resource: Resource, ident: str) -> Iterator[str]:
    """Yield all that somebody gets to read of a record: itself, in lists, its events."""
    yield client.get(f"{address(resource)}/{ident}").text
    yield client.get(address(resource), params={"id": ident}).text
    yield client.get(EVENT, params={"subject": ident}).text


@pytest.mark.accepts("ACV-05")
@pytest.mark.parametrize("resource", KINDS, ids=lambda one: one.name)
def test_internal_notes_never_reach_customer_or_partner(resource: Resource, site: Site) -> None:
    """On every kind with notes the owner and the partner read what is for them, nothing else.

    So it is in answers, lists and events, and nobody of them finds a record by what they do not
    see. The staff reads all of it.
    """
    own = resource.type.by_json_name().get("note")
    is_many = own is None or own.is_list
    body = with_notes(resource.type, body_for(resource, site.admin))
    body.setdefault("note", NOTES)
    made = site.admin.post(address(resource), body)
    assert made.status_code == 201, made.json
    ident = made.json["id"]
    more = [*NOTES, NOTES[0]] if is_many else NOTES[2]
    site.admin.patch(f"{address(resource)}/{ident}", {"note": more})
    whole = list(answers(site.admin, resource, ident))
    assert all(SECRET in one and (SAID in one or not is_many) for one in whole)
    (owner,) = site.rows("select owner::text from record where id = %s", ident)[0]
    assert (owner is not None) == is_scoped(resource)
    for reach in OUTSIDERS:
        client = reader(site, reach, owner or made.json["id"])
        seen = list(answers(client, resource, ident))
        assert not any(SECRET in one for one in seen), reach
        is_told = owner is not None and is_many
        assert [SAID in one for one in seen] == [is_told] * len(seen), reach
        found = client.get(address(resource), params={"note.text": SECRET})
        assert found.status_code >= 400 or found.json == [], reach


def test_notes_deep_in_what_nobody_declared_are_the_staffs_as_well(site: Site) -> None:
    """In a declared part that says nothing of notes and in one that nobody declared, however deep:
    owner and partner read what is for them alone, find nothing by it and take none of it away."""
    kind = registry["TroubleTicket"]
    body = body_for(kind, site.admin)
    body["relatedParty"] = [{**one, "note": NOTES} for one in body["relatedParty"]]
    body["visit"] = {"colour": "red", "days": [[{"note": NOTES[0], "at": 9}, 7]],
                     "van": {"note": NOTES, "crew": ["Ben"]}}  # fmt: skip
    ticket = site.admin.post(TICKET, body).json
    (owner,) = site.rows("select owner::text from record where id = %s", ticket["id"])[0]
    assert "".join(answers(site.admin, kind, ticket["id"])).count(SECRET) >= 5
    for reach in OUTSIDERS:
        client = reader(site, reach, owner)
        for seen in answers(client, kind, ticket["id"]):
            assert SECRET not in seen, reach
            assert reach == "partner" or SAID in seen
        for path in ("visit.van.note.text", "relatedParty.note.text", "visit.days.note.text"):
            found = client.get(TICKET, params={path: SECRET})
            assert found.status_code >= 400 or found.json == [], (reach, path)
    client = reader(site, "own", owner)
    seen = client.get(f"{TICKET}/{ticket['id']}").json
    assert seen["visit"] == {"colour": "red", "days": [[{"at": 9}, 7]],
                             "van": {"note": [NOTES[1]], "crew": ["Ben"]}}  # fmt: skip
    found = client.get(TICKET, params={"relatedParty.id": owner})
    assert [one["id"] for one in found.json] == [ticket["id"]]
    seen["visit"]["van"] |= {"note": [{"text": "Late"}], "crew": ["Ann"]}
    changed = client.patch(f"{TICKET}/{ticket['id']}", {"visit": seen["visit"]})
    assert changed.status_code == 200, changed.json
    kept = site.admin.get(f"{TICKET}/{ticket['id']}").json["visit"]["van"]
    assert kept["crew"] == ["Ann"]
    assert [one["text"] for one in kept["note"]] == [SECRET, "Late", SECRET]
    emptied = client.patch(f"{TICKET}/{ticket['id']}", {"visit": {"van": {"note": None}}})
    assert emptied.json["visit"]["van"] == {"crew": ["Ann"]}
    kept = site.admin.get(f"{TICKET}/{ticket['id']}").json["visit"]["van"]
    assert [one["text"] for one in kept["note"]] == [SECRET, SECRET]


def test_what_a_customer_says_is_for_both_and_takes_no_note_of_the_staff_away(site: Site) -> None:
    """A comment of a customer shows to the staff and to the customer; internal notes stay."""
    body = with_notes(
        registry["TroubleTicket"].type, body_for(registry["TroubleTicket"], site.admin)
    )
    ticket = site.admin.post(TICKET, body).json
    (owner,) = site.rows("select owner::text from record where id = %s", ticket["id"])[0]
    client = reader(site, "own", owner)
    one = f"{TICKET}/{ticket['id']}"
    said = client.get(one).json["note"]
    assert [note["text"] for note in said] == [SAID]
    answer = client.patch(one, {"note": [*said, {"text": "It came"}, {"text": SECRET}]})
    assert answer.status_code == 200, answer.json
    assert [note["text"] for note in answer.json["note"]] == [SAID, "It came", SECRET]
    for emptied in ([], None):
        assert "note" not in client.patch(one, {"note": emptied}).json
        assert [each["text"] for each in site.admin.get(one).json["note"]] == [SECRET, SECRET]
    own = client.post(TICKET, body | {"note": [{"text": "It is dark"}]})
    assert own.status_code == 201, own.json
    assert [note["text"] for note in own.json["note"]] == ["It is dark"]


PATCHES: tuple[tuple[str, Any], ...] = (
    ("remove", None), ("replace", []), ("replace", [{"text": SAID}]), ("add", []),
    ("add", [{"text": SAID}]), ("replace", {"text": SAID}),
)  # fmt: skip


def test_no_patch_tells_whether_the_staff_has_noted_something(site: Site) -> None:
    """Whatever is done to notes by a JSON patch is answered alike where the staff has noted
    something and where nobody has, and what the staff has noted stays."""
    body = body_for(registry["TroubleTicket"], site.admin)
    secret = site.admin.post(TICKET, {**body, "note": NOTES[:1]}).json
    (owner,) = site.rows("select owner::text from record where id = %s", secret["id"])[0]
    client = reader(site, "own", owner)
    headers = {"Content-Type": "application/json-patch+json"}
    for pointer in ("/note", "/note/-", "/note/-/text", "/note/0"):
        for op, value in (*PATCHES, ("add", {"text": SAID}), ("test", [])):
            bare = site.admin.post(TICKET, body).json
            patch = [{"op": op, "path": pointer} | ({} if value is None else {"value": value})]
            told = [client.patch(f"{TICKET}/{one['id']}", patch, headers=headers)
                    for one in (secret, bare)]  # fmt: skip
            first, second = (
                (one.status_code, one.json.get("code"), one.json.get("message"),
                 one.json.get("note")) for one in told
            )  # fmt: skip
            assert first == second, (op, pointer, value, first, second)
            kept = site.admin.get(f"{TICKET}/{secret['id']}").json["note"]
            assert SECRET in [each["text"] for each in kept]
            site.admin.patch(f"{TICKET}/{secret['id']}", {"note": NOTES[:1]})
    more = [{"op": "add", "path": "/note/-", "value": {"text": SAID}}]
    answer = client.patch(f"{TICKET}/{secret['id']}", more, headers=headers)
    assert [each["text"] for each in answer.json["note"]] == [SAID]


def test_the_only_note_of_the_staff_swallows_none(site: Site) -> None:
    """Where one note can stand, who sees none is refused one in the same words, whether one of the
    staff is there or not; the one that is seen is changed, and a new record says its own."""
    kind = registry["WorkOrder"]
    bodies = [with_notes(kind.type, body_for(kind, site.admin)) for _ in range(2)]
    for one in bodies:
        one["workOrderItem"] = [{**each, "note": None} for each in one["workOrderItem"]]
    open_note = {"text": SAID, "isCustomerVisible": True}
    found = [site.admin.post(address(kind), {**bodies[0], "note": note}).json
             for note in (NOTES[0], None, open_note)]  # fmt: skip
    (owner,) = site.rows("select coalesce(owner, partner)::text from record where id = %s",
                         found[0]["id"])[0]  # fmt: skip
    client = reader(site, "own", owner)
    written = {"note": {"text": "It came"}}
    shut, bare, seen = (client.patch(f"{address(kind)}/{one['id']}", written) for one in found)
    assert (shut.status_code, shut.json["fault"]) == (400, bare.json["fault"]), shut.json
    assert shut.json["fault"][0]["code"] == "hiddenValue"
    assert site.admin.get(f"{address(kind)}/{found[0]['id']}").json["note"] == NOTES[0]
    assert (seen.status_code, seen.json["note"]["text"]) == (200, "It came")


@pytest.mark.accepts("ACV-05")
def test_notes_inside_a_quote_are_read_by_the_staff_alone(site: Site) -> None:
    """Why a price was lowered by hand and who agreed reaches neither the customer nor a partner.

    The customer changes the lines of the quote all the same, and takes none of it away.
    """
    shop, kind = Shop(site.admin), registry["Quote"]
    partner = site.admin.post(ORGANIZATION, {"tradingName": "Partner"}).json["id"]
    lowered = {"percentage": -10, "reason": "competition", "note": SECRET}
    quote = shop.quote(
        shop.line(quantity=1, priceAdjustment=[lowered]),
        priceAdjustment=[lowered],
        relatedParty=[shop.party, {"id": partner, "role": "partner"}],
    )
    ident = quote["id"]
    shop.did(ident, "submit")
    shop.did(ident, "sendBack", reason=SAID)
    whole = list(answers(site.admin, kind, ident))
    assert all(seen.count(SECRET) >= 2 and "priceOverride" in seen for seen in whole)
    (owner,) = site.rows("select owner::text from record where id = %s", ident)[0]
    clients = {reach: reader(site, reach, owner if reach == "own" else partner)
               for reach in OUTSIDERS}  # fmt: skip
    for reach, client in clients.items():
        for seen in answers(client, kind, ident):
            assert "-10" in seen, (reach, seen)
            assert not any(word in seen for word in (SECRET, "priceOverride", "requestedBy"))
        for path in ("quoteItem.priceAdjustment.note", "priceOverride.requestedBy"):
            found = client.get(QUOTES, params={path: SECRET})
            assert found.status_code >= 400 or found.json == [], reach

    customer = clients["own"]
    one = f"{QUOTES}/{shop.quote(shop.line(priceAdjustment=[lowered]))['id']}"
    lines = customer.get(one).json["quoteItem"]
    lines[0]["quantity"] = 2
    answer = customer.patch(one, {"quoteItem": lines})
    assert answer.status_code == 200, answer.json
    assert SECRET not in answer.text
    (line,) = site.admin.get(one).json["quoteItem"]
    assert (line["quantity"], line["priceAdjustment"]) == (2, [lowered])
    lines[0]["priceAdjustment"][0]["note"] = SECRET
    assert customer.patch(one, {"quoteItem": lines}).json["code"] == "hiddenValue"


def texts(shape: type[Shape], above: tuple[type[Shape], ...] = ()) -> Iterator[str]:
    """Yield the path of each text that is called a note, in a shape or in what it holds."""
    for name, one in shape.by_json_name().items():
        if one.scalar == "text" and (name == "note" or name.endswith("Note")):
            yield name
        if one.shape is not None and one.shape not in (*above, shape):
            yield from (f"{name}.{inner}" for inner in texts(one.shape, (*above, shape)))


def is_shown(resource: Resource, path: str, reach: Reach) -> bool:
    """Tell whether those of a reach are shown what stands at a path."""
    grant = told(Grant(reach, EVERY_CLASS))
    hidden = hidden_paths(resource, grant.sees) if grant is not None else None
    return hidden is None or not is_hidden(hidden, path)


def test_every_text_that_is_called_a_note_has_its_readers() -> None:
    """A text called a note is kept from customers and partners, unless it is said to be theirs.

    So it is however deep in a record it stands.
    """
    theirs = {"GeographicSite.accessNote", "GeographicAddressValidation.answerNote"}
    called = [(one, path) for one in registry for path in texts(one.type)]
    assert "quoteItem.priceAdjustment.note" in [path for _, path in called]
    for one, path in called:
        assert is_shown(one, path, "all"), path
    for reach in OUTSIDERS:
        free = {f"{one.name}.{path}" for one, path in called if is_shown(one, path, reach)}
        assert free == theirs, reach
    for one in (each for each in registry if noted(each.type)):
        for reach in OUTSIDERS:
            grant = told(Grant(reach, EVERY_CLASS))
            hidden = hidden_paths(one, grant.sees) if grant is not None else None
            shown = mask({"note": NOTES}, hidden) if hidden is not None else {}
            assert shown == {"note": [NOTES[1]]}, one.name


@pytest.mark.parametrize("reach", OUTSIDERS)
def test_notes_of_lines_are_the_staffs_as_well(reach: Reach) -> None:
    """In the lines of orders, quotes and carts only what is marked for the customer shows."""
    grant = told(Grant(reach, EVERY_CLASS))
    assert grant is not None
    kinds = {"ProductOrder": "productOrderItem", "Quote": "quoteItem", "ShoppingCart": "cartItem"}
    for kind, lines in kinds.items():
        hidden = hidden_paths(registry[kind], grant.sees)
        assert hidden is not None
        seen = mask({lines: [{"id": "1", "note": NOTES}]}, hidden)
        assert seen == {lines: [{"id": "1", "note": [NOTES[1]]}]}, kind
