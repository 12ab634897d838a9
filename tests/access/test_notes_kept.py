"""Shows that no patch of an outsider takes a note of the staff away, or tells that there is one."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import psycopg
import pytest

from tests.access.test_internal_notes import NOTES, ORGANIZATION, TICKET, reader
from tests.sales.test_quotes import Shop
from tests.support.program import Client, Site
from tests.support.samples import address, body_for
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.kernel.resource import registry

CART = "/tmf-api/shoppingCart/v4/shoppingCart"
UNOWNED = registry["Category"]
BESIDE = "/api/workspace/v1/notes"
MIGRATION = files("trunkline.workspace") / "migrations" / "0009_notes_of_partners.sql"


def test_wrong_patches_neither_drop_comments_nor_tell_of_hidden_notes(site: Site) -> None:
    """They are answered alike whether the staff has noted something or not, and change nothing."""
    body = body_for(registry["TroubleTicket"], site.admin)
    told: list[list[tuple[int, str]]] = []
    for notes in (NOTES, [NOTES[1]]):
        ticket = site.admin.post(TICKET, body | {"note": notes}).json
        (owner,) = site.rows("select owner::text from record where id = %s", ticket["id"])[0]
        client, one = reader(site, "own", owner), f"{TICKET}/{ticket['id']}"
        refused = [client.patch(one, {"note": wrong}) for wrong in ("x", 7)]
        for asked in (
            {"op": "test", "path": "/note", "value": client.get(one).json["note"]},
            {"op": "test", "path": "", "value": client.get(one).json},
            {"op": "copy", "from": "/note", "path": "/copied"},
            {"op": "move", "from": "/note", "path": "/moved"},
        ):
            headers = {"Content-Type": "application/json-patch+json"}
            refused.append(client.patch(one, [asked], headers=headers))
        told.append([(answer.status_code, answer.json["code"]) for answer in refused])
        paths = [answer.json["fault"][0]["path"] for answer in refused[:2]]
        assert paths == ["note", "note"]
        kept = site.admin.get(one).json
        assert [each["text"] for each in kept["note"]] == [each["text"] for each in notes]
    assert told[0] == told[1] == [(400, "badType")] * 2 + [(400, "positionHidden")] * 4


def test_a_line_that_comes_without_its_id_keeps_the_note_of_the_staff(site: Site) -> None:
    """An owner who writes the lines of a cart anew takes no note from those that stay."""
    shop = Shop(site.admin)
    bare: dict[str, Any] = {
        "action": "add",
        "quantity": 1,
        "productOffering": {"id": shop.offering},
    }
    body = {"relatedParty": [shop.party], "billingAccount": {"id": shop.account}}
    made = site.admin.post(CART, body | {"cartItem": [bare | {"note": NOTES}, bare]})
    assert made.status_code == 201, made.json
    one = f"{CART}/{made.json['id']}"
    (owner,) = site.rows("select owner::text from record where id = %s", made.json["id"])[0]
    client = reader(site, "own", owner)
    for lines in ([bare | {"quantity": 2}, bare], [bare | {"quantity": 3}]):
        answer = client.patch(one, {"cartItem": lines})
        assert answer.status_code == 200, answer.json
        first = site.admin.get(one).json["cartItem"][0]
        assert first["quantity"] == lines[0]["quantity"]
        assert [note["text"] for note in first["note"]] == [
            note["text"] for note in NOTES if note is not NOTES[1]
        ]
    wrong = client.patch(one, {"cartItem": [bare | {"note": "x"}]})
    assert wrong.json["fault"][0]["path"] == "cartItem[0].note"


@pytest.fixture
def dealer(site: Site) -> Client:
    """A partner's person who reads everything of the partner, and writes notes."""
    house = site.admin.post(ORGANIZATION, {"tradingName": "Dealer"}).json["id"]
    role = site.role("dealer", {"*:*": Grant("partner", EVERY_CLASS)})
    return site.user("dealer", roles=[role], party=house, partner=house)


def test_a_partner_reads_its_own_notes_only_on_what_belongs_to_nobody(
    site: Site, dealer: Client
) -> None:
    """So it is with notes that were written before notes knew whose people they are by, too."""
    made = site.admin.post(address(UNOWNED), body_for(UNOWNED, site.admin))
    assert made.status_code == 201, made.json
    about = {"record": {"id": made.json["id"], "@referredType": UNOWNED.name}}
    staffs = site.admin.post(BESIDE, about | {"text": "Not for dealers"})
    own = dealer.post(BESIDE, about | {"text": "Ours"})
    assert (staffs.status_code, own.status_code) == (201, 201), own.json
    asked = {"record": made.json["id"], "type": UNOWNED.name}
    assert [one["text"] for one in dealer.get(BESIDE, params=asked).json] == ["Ours"]
    assert dealer.get(f"{BESIDE}/{staffs.json['id']}").status_code == 404
    assert len(site.admin.get(BESIDE, params=asked).json) == 2
    whose = "select partner is not null from staff_note where id = any(%s) order by at"
    ids = [staffs.json["id"], own.json["id"]]
    with psycopg.connect(site.dsn) as connection:
        connection.execute("set role trunkline_owner")
        connection.execute("drop policy about on staff_note")
        connection.execute("alter table staff_note drop column partner")
        connection.execute("create policy about on staff_note to trunkline_scoped using (true)")
        connection.execute(MIGRATION.read_text().encode())
        connection.execute("reset role")
        assert connection.execute(whose, [ids]).fetchall() == [(False,), (True,)]
        forced = "select relforcerowsecurity from pg_class where relname = 'staff_note'"
        assert connection.execute(forced).fetchone() == (True,)
        connection.rollback()
