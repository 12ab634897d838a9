"""Contacts on pages: logged from a customer, popped up by a link, and asked for in a queue."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import overrides_above  # noqa: F401 - the body of a correction
from tests.support.overrides import offering_on_sale
from tests.support.program import Site
from tests.support.samples import OVERRIDES
from tests.support.sql_counter import counted
from tests.web.browser import Browser, source_of, words_of
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.workspace.search_index import catch_up

PARTY = "/tmf-api/party/v4/individual"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
INTERACTION = "/tmf-api/partyInteraction/v4/partyInteraction"
CARE = "/api/care/v1"
DOCUMENT = "/tmf-api/document/v4/document"
STATEMENTS_MAX = 3
SIGN_IN = ("begin", "set local", "commit", "rollback", "select number from generation")
ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
BILLS = "/tmf-api/customerBillManagement/v4/customerBill"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
ALL = Grant("all", EVERY_CLASS)


def customer(site: Site, name: str, number: str = "") -> dict[str, Any]:
    given, family = name.split()
    person: dict[str, Any] = {"givenName": given, "familyName": family}
    if number:
        medium = {"mediumType": "phone", "characteristic": {"phoneNumber": number}}
        person["contactMedium"] = [medium]
    party = site.admin.post(PARTY, person).json["id"]
    body = {"name": name, "status": "active", "engagedParty": {"id": party}}
    made: dict[str, Any] = site.admin.post(CUSTOMER, body).json
    return made


@pytest.fixture(scope="module")
def ada(site: Site) -> dict[str, Any]:
    return customer(site, "Ada Lovelace")


@pytest.fixture(scope="module")
def request_type(site: Site) -> str:
    body = {"name": "Copy of a bill", "targetProcess": "information", "dueDays": 2,
            "handledBy": "administrator"}  # fmt: skip
    return str(site.admin.post(f"{CARE}/requestType", body).json["id"])


def contacts(site: Site, ident: str) -> list[dict[str, Any]]:
    answer = site.admin.get(INTERACTION, query_string=f"relatedParty.id={ident}&sort=-id")
    found: list[dict[str, Any]] = answer.json
    return found


@pytest.mark.accepts("C360-05", "C360-06")
def test_a_contact_is_logged_from_the_customer(
    site: Site, admin: Browser, ada: dict[str, Any], request_type: str
) -> None:
    """From the page of a customer: log contact, reason, save. What it was about, what was asked
    for and what was promised go along; the promise stands on the customer's page with its day. By
    the interface a contact is about a bill as well; what it cannot be about is refused by kind."""
    page = source_of(admin.get(f"/customer/{ada['key']}"))
    form = f"/customer/{ada['key']}/contact"
    assert f'href="{form}"' in page
    assert "Why" not in words_of(admin.get(form).text)
    draft = {
        "state": "pending", "relatedParty": [{"id": ada["id"], "role": "customer"}],
        "productOrderItem": [{"id": "1", "action": "add", "quantity": 1,
                              "productOffering": {"id": offering_on_sale(site.admin)}}],
    }  # fmt: skip
    order = site.admin.post(ORDER, draft).json
    said = {
        "channel": "chat", "direction": "inbound", "reason": "bill", "note": "Too high again.",
        "other": order["key"].lower(),
        "type": request_type, "asked": "The one of March", "promise": "Send the copy",
        "due": "2099-03-01", "wrap_up": "promised", "wrap_up_note": "by mail", "then": "close",
    }  # fmt: skip
    answer = admin.post(form, said)
    assert answer.status_code == 303, words_of(answer.text)
    contact = contacts(site, ada["id"])[0]
    assert answer.headers["Location"] == f"/customer/{ada['key']}?done=contact-{contact['key']}"
    assert (contact["status"], contact["wrapUpCode"]) == ("completed", "promised")
    assert contact["channel"][0]["id"] == "chat"
    asked = site.admin.get(f"{CARE}/customerRequest?interaction.id={contact['id']}").json
    assert [one["description"] for one in asked] == ["The one of March"]
    about = [one["item"]["id"] for one in contact["interactionItem"]]
    assert about == [order["id"], asked[0]["id"]]
    assert contact["key"] in words_of(admin.get(f"/r/productOrder/{order['key']}/timeline").text)
    account = site.admin.post(ACCOUNT, {"name": "Talk", "relatedParty": draft["relatedParty"]}).json
    bill = site.admin.post(BILLS, {"billNo": "TALK-1", "state": "sent",
                                   "paymentDueDate": "2026-01-20T00:00:00Z",
                                   "taxIncludedAmount": {"unit": "EUR", "value": 5},
                                   "billingAccount": {"id": account["id"]}}).json  # fmt: skip
    spoken = {"customer": ada["key"], "reason": "bill", "wrapUpCode": "resolved",
              "relatedEntity": [{"id": bill["id"], "@referredType": "CustomerBill"}]}  # fmt: skip
    answer = site.admin.post(f"{CARE}/contact", spoken)
    assert answer.status_code == 201, answer.json
    about = contacts(site, ada["id"])[0]["interactionItem"]
    assert [one["item"]["id"] for one in about] == [bill["id"]]
    rule = {"id": request_type, "@referredType": "RequestType"}
    answer = site.admin.post(f"{CARE}/contact", spoken | {"relatedEntity": [rule]})
    assert "is a RequestType, not a ProductOrder or " in answer.json["message"]
    timeline = words_of(admin.get(f"/r/customer/{ada['key']}/timeline").text)
    assert "To do" in timeline
    assert "Send the copy" in timeline
    assert re.search(r"due 1 Mar 2099", timeline)
    assert "Bill" in timeline
    assert "Chat · Inbound · Follow-up promised" in timeline


@pytest.mark.accepts("CIM-02")
def test_contact_data_is_corrected_inside_any_flow(site: Site, admin: Browser) -> None:
    """Looking at the customer, logging a contact and taking an order: each page has the numbers
    and addresses at hand, to be corrected without leaving what one is at."""
    who = customer(site, "Mary Somerville", "+49 30 5550001")
    reach = f"/customer/{who['key']}/reach"
    for page in (
        f"/customer/{who['key']}/panel/contacts", f"/customer/{who['key']}/contact",
        f"/order/new?customer={who['key']}",
    ):  # fmt: skip
        assert f'hx-get="{reach}"' in source_of(admin.get(page)), page
    assert "+49305550001" in source_of(admin.get(reach))
    form = {"kind": "phone", "former": "+49305550001", "value": "+49 30 5550002"}
    again = admin.post(reach, form, **{"HX-Request": "true"})
    assert "+49305550002" in source_of(again)
    added = {"kind": "email", "former": "", "value": "mary@example.com"}
    admin.post(reach, added, **{"HX-Request": "true"})
    party = site.admin.get(f"{PARTY}/{who['engagedParty']['id']}").json
    said = [one["characteristic"] for one in party["contactMedium"]]
    assert len(said) == 2
    assert said[0]["phoneNumber"].replace(" ", "") == "+49305550002"
    assert said[1]["emailAddress"] == "mary@example.com"
    late = admin.post(reach, form, **{"HX-Request": "true"})
    assert "changed it meanwhile" in words_of(late.text)


def test_what_is_missing_is_said_at_its_field(
    site: Site, admin: Browser, ada: dict[str, Any]
) -> None:
    """Without a wrap-up nothing is closed and nothing is lost; a record that is not there is named
    where it was typed."""
    before = len(contacts(site, ada["id"]))
    form = f"/customer/{ada['key']}/contact"
    said = {"channel": "phone", "reason": "order", "note": "Keep this text", "then": "close"}
    answer = admin.post(form, said)
    assert answer.status_code == 409
    assert "Keep this text" in answer.text
    assert 'id="wrap_up-wrong"' in answer.text
    answer = admin.post(form, said | {"wrap_up": "ordered", "other": "ORD999999"})
    assert answer.status_code == 400
    assert 'id="other-wrong"' in answer.text
    assert len(contacts(site, ada["id"])) == before


@pytest.mark.accepts("CIM-14")
def test_what_is_made_in_a_contact_leads_back_to_it(
    site: Site, admin: Browser, ada: dict[str, Any], request_type: str
) -> None:
    """A contact that goes on leads to the order page, which keeps it until the order is sent; the
    pages of request, correction and contact lead to each other."""
    answer = admin.post(
        f"/customer/{ada['key']}/contact",
        {"channel": "phone", "reason": "order", "type": request_type, "then": "order"},
    )
    contact = contacts(site, ada["id"])[0]
    assert contact["status"] == "inProgress"
    place = answer.headers["Location"]
    assert place == f"/order/new?customer={ada['key']}&interaction={contact['key']}"
    hidden = f'name="interaction" value="{contact["key"]}"'
    assert hidden in source_of(admin.get(place))
    draft = admin.post(
        "/order/new",
        {"customer": ada["id"], "customer.text": ada["name"], "customer.shown": ada["name"],
         "for": ada["id"], "place": "capture:", "interaction": contact["key"], "step": "save",
         "line": "1", "line.1.action": "add", "line.1.offering": offering_on_sale(site.admin)},
    )  # fmt: skip
    assert draft.status_code == 303, words_of(draft.text)
    order = site.admin.get(f"{ORDER}?interaction.id={contact['id']}&internalState=draft").json[0]
    assert order["key"] in draft.headers["Location"]
    assert order["key"] in source_of(admin.get(f"/r/partyInteraction/{contact['key']}/panel/0"))
    assert contact["key"] in source_of(admin.get(f"/r/productOrder/{order['key']}"))
    request = site.admin.get(f"{CARE}/customerRequest?interaction.id={contact['id']}").json[0]
    of_contact = source_of(admin.get(f"/r/partyInteraction/{contact['key']}/panel/1"))
    assert request["key"] in of_contact
    body = OVERRIDES["Correction"](site.admin) | {"interaction": {"id": contact["id"]}}
    lowered = site.admin.post("/api/billing/v1/correction", body).json
    assert lowered["interaction"]["id"] == contact["id"]
    of_contact = source_of(admin.get(f"/r/partyInteraction/{contact['key']}/panel/3"))
    assert lowered["key"] in of_contact
    assert contact["key"] in source_of(admin.get(f"/r/correction/{lowered['key']}"))
    assert contact["key"] in source_of(admin.get(f"/r/customerRequest/{request['key']}"))


def test_a_call_pops_up(site: Site, admin: Browser) -> None:
    """One customer with the number: the form of the contact opens. Several: a choice. None: the
    form for somebody new, which makes the prospect and goes on with the contact."""
    one = customer(site, "Hedy Lamarr", "+49 30 7001001")
    for name in ("Radia Perlman", "Linus Perlman"):
        customer(site, name, "+49 30 7002002")
    catch_up(site.services)
    popped = admin.get("/pop?number=0307001001")
    assert popped.status_code == 303
    assert popped.headers["Location"].startswith(f"/customer/{one['key']}/contact")
    assert contacts(site, one["id"]) == []
    choice = words_of(admin.get("/pop?number=%2B49307002002").text)
    assert "Radia Perlman" in choice
    assert "Linus Perlman" in choice
    unknown = admin.get("/pop?number=%2B49309999999")
    assert "+49309999999" in unknown.text
    refused = admin.post("/pop", {"number": "+49309999999", "familyName": ""})
    assert refused.status_code == 400
    assert 'id="familyName-wrong"' in refused.text
    said = {"number": "+49309999999", "familyName": "Hopper"}
    for name in ("reason", "channel"):
        assert f'id="{name}-wrong"' in admin.post("/pop", said | {name: "smoke"}).text
        asked = {"customer": one["id"], "reason": "bill", name: "smoke"}
        for path, body in ((f"{CARE}/contact", asked), (f"{CARE}/caller", said | {name: "smoke"})):
            assert [each["path"] for each in site.admin.post(path, body).json["fault"]] == [name]
    taken = admin.post("/pop", said)
    assert taken.status_code == 303
    made = site.admin.get(CUSTOMER, query_string="name=Hopper").json[0]
    assert made["status"] == "prospect"
    begun = contacts(site, made["id"])[0]
    assert f"interaction={begun['key']}" in taken.headers["Location"]
    on = admin.post(
        f"/customer/{made['key']}/contact",
        {"interaction": begun["key"], "reason": "information", "wrap_up": "resolved",
         "then": "close"},
    )  # fmt: skip
    assert on.status_code == 303
    assert [one["status"] for one in contacts(site, made["id"])] == ["completed"]


def test_contacts_are_narrowed_by_channel(site: Site, admin: Browser) -> None:
    """The timeline shows contacts alone, and of these the ones on one channel."""
    grace = customer(site, "Grace Hopper")
    for channel, note in (("phone", "fault"), ("letter", "complaint")):
        said = {"channel": channel, "reason": note, "wrap_up": "resolved", "then": "close"}
        assert admin.post(f"/customer/{grace['key']}/contact", said).status_code == 303
    base = f"/r/customer/{grace['key']}/timeline?kind=interaction"
    both = words_of(admin.get(base).text)
    assert "Fault Phone" in both
    assert "Complaint Letter" in both
    letters = words_of(admin.get(f"{base}&channel=letter").text)
    assert "Complaint Letter" in letters
    assert "Fault Phone" not in letters


def test_a_badge_says_who_is_verified(site: Site, admin: Browser) -> None:
    """Verified by a method until its end; afterwards not any more."""
    who = customer(site, "Joan Clarke")
    body = {"name": "Code by text", "validMinutes": 15}
    method = site.admin.post(f"{CARE}/verificationMethod", body).json["id"]
    path = f"/customer/{who['key']}/verification"
    assert "Not verified" in words_of(admin.get(path).text)
    form = {"method": method, "evidence": "1 of 1 codes"}
    said = admin.post(path, form, **{"HX-Request": "true"})
    assert said.status_code == 200
    assert "Code by text, until" in words_of(said.text)
    site.move_clock(16 * 60)
    assert "Not verified" in words_of(admin.get(path).text)


def test_requests_stand_in_a_queue(
    site: Site, admin: Browser, ada: dict[str, Any], request_type: str
) -> None:
    """What waits is taken on and completed with a word on what became of it."""
    body = {"requestType": {"id": request_type}, "channel": "shop",
            "relatedParty": [{"id": ada["id"], "role": "customer"}]}  # fmt: skip
    made = site.admin.post(f"{CARE}/customerRequest", body).json
    page = words_of(admin.get("/requests").text)
    assert "Copy of a bill" in page
    assert ada["key"] in page
    assert admin.post("/requests", {"verb": "take", "chosen": [made["id"]]}).status_code == 303
    path = f"{CARE}/customerRequest/{made['id']}"
    assert site.admin.get(path).json["assignee"]["name"] == "Admin"
    done = {"verb": "complete", "chosen": [made["id"]], "sure": "yes", "note": "Sent by post"}
    assert admin.post("/requests", done).status_code == 303
    assert site.admin.get(path).json["resolution"] == "Sent by post"


def test_a_document_shows_its_versions(site: Site, admin: Browser, ada: dict[str, Any]) -> None:
    """The page of a document's files lists each version as a download; no file is kept as the
    content of an attachment that would not be kept as a file."""
    body = {"name": "Contract",
            "relatedParty": [{"id": ada["id"], "role": "customer"}]}  # fmt: skip
    paper = site.admin.post(DOCUMENT, body).json
    for content in ("SGVsbG8=", "SGVsbG8gYWdhaW4="):
        file = {"name": "contract.txt", "content": content}
        assert site.admin.post(f"{CARE}/document/{paper['id']}/file", file).status_code == 201
    for name, said in (("a.html", "SGVsbG8="), ("a.txt", "TVqQAAM="), ("a.txt", "no base 64!")):
        sent = {**body, "attachment": [{"name": name, "content": said}]}
        (fault,) = site.admin.post(DOCUMENT, sent).json["fault"]
        assert fault["path"] == "attachment[0].content"
    page = source_of(admin.get(f"/document/{paper['key']}/files"))
    links = re.findall(r'href="(/r/document/[^"]+/files/[^"]+)" download', page)
    assert [admin.get(one).content for one in links] == [b"Hello again", b"Hello"]
    assert "Documents" in words_of(admin.get(f"/r/customer/{ada['key']}/timeline").text)


def test_pages_of_care_ask_the_database_little(
    site: Site, admin: Browser, ada: dict[str, Any]
) -> None:
    """At most three statements each after the sign-in."""
    for path in (
        f"/customer/{ada['key']}/contact", f"/customer/{ada['key']}/verification",
        f"/customer/{ada['key']}/reach",
        f"/r/customer/{ada['key']}/timeline?kind=interaction", "/requests",
        f"/customer/{ada['key']}/repeats", "/care/figures", "/care/figures/alarms",
    ):  # fmt: skip
        for _ in range(2):
            with counted() as sent:
                assert admin.get(path).status_code == 200
        own = [" ".join(one.split())[:90] for one in sent if not one.lower().startswith(SIGN_IN)]
        assert len(own) <= STATEMENTS_MAX, (path, own)


def test_who_may_not_log_contacts_is_refused(
    signed_in: Callable[..., Browser], ada: dict[str, Any]
) -> None:
    """Reading customers is not enough for a contact, a call pop or a verification."""
    reader = signed_in("care-reader", {"Customer:read": ALL})
    assert "Log contact" not in words_of(reader.get(f"/customer/{ada['key']}").text)
    assert reader.get(f"/customer/{ada['key']}/contact").status_code == 403
    assert reader.get("/pop?number=0307001001").status_code == 403
    assert reader.get(f"/customer/{ada['key']}/verification").status_code == 403
    assert reader.get("/requests").status_code == 403


@pytest.mark.accepts("CIM-07")
def test_figures_are_read_each_morning(
    site: Site, admin: Browser, signed_in: Callable[..., Browser]
) -> None:
    """Contacts by reason, channel, day and hour with repeats and what was settled at the first
    one, the same on the page and by the interface; who calls too often stands there by name, and
    on the page of the customer. Who may not watch over care sees neither."""
    site.move_clock(300 * 86_400)
    who, other = customer(site, "Lise Meitner"), customer(site, "Otto Hahn")
    said = {"channel": "letter", "reason": "payment", "wrap_up": "resolved", "then": "close"}
    for _ in range(3):
        assert admin.post(f"/customer/{who['key']}/contact", said).status_code == 303
    once = said | {"channel": "shop", "reason": "move"}
    assert admin.post(f"/customer/{other['key']}/contact", once).status_code == 303
    told = words_of(admin.get("/care/figures?days=7").text)
    assert "Contacts 4 Repeats 50 % 2 Settled at the first contact 50 % 1" in told
    assert "Payment 3 67 % 0 %" in told
    assert "Letter 3 67 % 0 %" in told
    assert "Move 1 0 % 100 %" in told
    assert "Shop 1 0 % 100 %" in told
    found = site.admin.get(f"{CARE}/figures/contact").json
    assert (found["total"]["count"], found["total"]["repeatShare"]) == (4, 50)
    assert [one["count"] for one in found["day"]] == [4]
    alarms = words_of(admin.get("/care/figures/alarms?days=7").text)
    assert "Lise Meitner" in alarms
    assert "Otto Hahn" not in alarms
    badge = words_of(admin.get(f"/customer/{who['key']}/repeats").text)
    assert "contact 3 for the same reason: Payment" in badge
    assert not words_of(admin.get(f"/customer/{other['key']}/repeats").text).strip()
    reader = signed_in("care-clerk", {"Customer:read": ALL, "PartyInteraction:read": ALL})
    assert reader.get("/care/figures").status_code == 403
    assert reader.get("/care/figures/alarms").status_code == 403
    assert "Figures of care" not in words_of(reader.get("/").text)


def test_tags_are_put_on_many_and_filtered_by(site: Site, admin: Browser) -> None:
    """A tag goes on customers in one job, narrows the list by its name and by its id, and reads
    as it is called now everywhere. A customer does not label himself."""
    tag = site.admin.post(f"{CARE}/tag", {"name": "Winback 2027"}).json
    wanted = [customer(site, name) for name in ("Alan Turing", "Emmy Noether")]
    customer(site, "Kurt Untagged")
    job = site.admin.post(
        "/api/workspace/v1/jobs",
        {"kind": "change", "resource": "Customer", "id": [one["id"] for one in wanted],
         "elements": [{"path": "tag", "do": "add", "element": {"id": tag["id"]}}]},
    )  # fmt: skip
    assert job.status_code in {200, 201, 202}, job.json
    site.work()
    found = site.admin.get(CUSTOMER, query_string=f"tag.id={tag['key']}").json
    assert {one["id"] for one in found} == {one["id"] for one in wanted}
    site.admin.patch(f"{CARE}/tag/{tag['id']}", {"name": "Winback 2028"})
    read = site.admin.get(f"{CUSTOMER}/{wanted[0]['id']}").json
    assert [one["name"] for one in read["tag"]] == ["Winback 2028"]
    page = words_of(admin.get(f"/r/customer?tag.id={tag['id']}").text)
    assert "Alan Turing" in page
    assert "Kurt Untagged" not in page
    site.role("self", {"*:*": Grant("own", EVERY_CLASS)})
    party = wanted[0]["engagedParty"]["id"]
    alan = site.user("alan", roles=["self"], party=party, scopes=("*:*",))
    path = f"{CUSTOMER}/{wanted[0]['id']}"
    refused = alan.patch(path, {"tag": None})
    assert {one["code"] for one in refused.json["fault"]} == {"notYours"}
