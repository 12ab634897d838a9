"""Customers are told by e-mail: by whom it concerns, once, and it is kept with what it is about."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.mail_server import MailServer, mail_server
from tests.support.operator import CUSTOMER, PARTY, Operator, Record, codes
from trunkline.adapters.mail import MailFolder, SmtpMailer, connect_mail, written
from trunkline.kernel.work import as_system
from trunkline.party.communication_message import CommunicationMessage
from trunkline.party.mail.mailer import Letter, NotMailed
from trunkline.party.mail.sending import follow_messages
from trunkline.party.receiving import address_of

MESSAGE = "/tmf-api/communicationManagement/v4/communicationMessage"
ROLE = "/tmf-api/partyRoleManagement/v4/partyRole"
OWN = "/api/workspace/v1"
CARE = "/api/care/v1"
FROM = "care@operator.example"


@pytest.fixture
def mail(operator: Operator) -> Iterator[MailServer]:
    """The operator's mail server, connected for one test."""
    with mail_server() as server:
        connect_mail(operator.site.services, SmtpMailer(server.url, FROM))
        yield server
    operator.site.services.fanout.remove(follow_messages)
    del operator.site.services.extra["mailer"]


def reached(address: str, **more: Any) -> Record:
    said = {"mediumType": "email", "characteristic": {"emailAddress": address}}
    return {"contactMedium": [said], **more}


def told(operator: Operator, customer: str, **more: Any) -> Record:
    body = {"messageType": "email", "subject": "Your order", "content": "It comes on Monday.",
            "sender": {"name": "Customer care"},
            "receiver": [{"party": {"id": customer, "role": "customer"}}], **more}  # fmt: skip
    return operator.make(MESSAGE, body)


@pytest.mark.accepts("NFR-08")
def test_notes_files_tasks_and_mail_on_all_main_records(
    operator: Operator, mail: MailServer
) -> None:
    """Each record of Ada takes a note, a file and a task, and gives them back. She is written to
    about her order: the letter leaves by the mail server, the next one belongs to the same thread
    in her mailbox and on the page of the order, and each message tells that it was sent."""
    ada = operator.ada()
    order = ada.has(ada.fibre())
    address = reached("ada@engines.example")
    operator.staff.patch(f"{PARTY}/individual/{ada.party}", address)
    product = order.product()["id"]
    asked = {"name": "Bill", "targetProcess": "dispute", "handledBy": "administrator"}
    kind = operator.make(f"{CARE}/requestType", asked)["id"]
    owner = [{"id": ada.id, "role": "customer"}]
    request = {"requestType": {"id": kind}, "relatedParty": owner}
    records = {
        "Individual": ada.party, "Customer": ada.id, "BillingAccount": ada.account,
        "GeographicSite": ada.places[0], "ProductOrder": order.id, "Product": product,
        "Service": next(iter(order.services.values()))["id"],
        "Resource": next(iter(order.resources.values()))["id"],
        "ServiceOrder": next(iter(order.service_orders.values()))["id"],
        "ProductOffering": operator.offerings["Fibre 1G"],
        "CustomerRequest": operator.make(f"{CARE}/customerRequest", request)["id"],
    }  # fmt: skip
    paper = base64.b64encode(b"%PDF-1.4 plan").decode()
    for kind, ident in records.items():
        about = {"record": {"id": ident, "@referredType": kind}}
        query = f"record={ident}&type={kind}"
        for what, more, shown in (
            ("notes", {"text": "Rang twice"}, "text"),
            ("attachments", {"name": "plan.pdf", "content": paper}, "name"),
            ("tasks", {"title": "Call back"}, "title"),
        ):
            made = operator.staff.post(f"{OWN}/{what}", {**about, **more})
            assert made.status_code == 201, (kind, what, made.json)
            listed = operator.staff.get(f"{OWN}/{what}", query_string=query).json
            assert [one[shown] for one in listed] == [more[shown]], (kind, what)
    first = told(operator, ada.id, relatedEntity=[{"id": order.key}])
    again = told(operator, ada.id, relatedEntity=[{"id": order.key}],
                 inReplyTo={"id": first["key"]}, subject="Your order: one hour later")  # fmt: skip
    operator.settle()
    one, two = mail.letters
    assert (one["To"], one["From"]) == ("ada@engines.example", f"Customer care <{FROM}>")
    assert one.get_content().strip() == "It comes on Monday."
    assert two["In-Reply-To"] == two["References"] == one["Message-ID"]
    for message in (first, again):
        now = operator.read(MESSAGE, message["id"])
        assert (now["state"], now["tryTimes"]) == ("completed", 1)
        assert now["sendTimeComplete"]
    listed = operator.find(MESSAGE, relatedEntity__id=order.id)
    assert {one["id"] for one in listed} == {first["id"], again["id"]}


def test_the_one_whom_it_concerns_is_written_to(operator: Operator, mail: MailServer) -> None:
    """A company is told of its order by its purchaser: while the role holds she is written to,
    afterwards whoever is the first contact, and where nobody is, the company."""
    engines = operator.company("Hall")
    operator.staff.patch(f"{CUSTOMER}/{engines.id}", reached("office@engines.example"))
    grace = operator.make(f"{PARTY}/individual", reached(
        "grace@engines.example", givenName="Grace", familyName="Hopper"))  # fmt: skip
    body = {"name": "Buys", "roleType": "sales", "engagedParty": {"id": grace["id"]},
            "relatedParty": [{"id": engines.id, "role": "customer"}]}  # fmt: skip
    role = operator.make(ROLE, body)
    receiver = [{"party": {"id": engines.id, "role": "customer"},
                 "contact": {"id": grace["id"], "role": "sales"}}]  # fmt: skip
    told(operator, engines.id, receiver=receiver)
    told(operator, engines.id)
    operator.settle()
    assert [one["To"] for one in mail.letters] == [
        "grace@engines.example", "office@engines.example"]  # fmt: skip
    refused = operator.staff.patch(
        f"{PARTY}/individual/{grace['id']}", {"contactPreference": {"doNotContact": True}}
    )
    assert refused.status_code == 200
    body = {"messageType": "email", "content": "x", "sender": {"name": "x"}, "receiver": receiver}
    answer = operator.staff.post(MESSAGE, body)
    assert answer.status_code == 400, "nobody is written to against her wish"
    assert role["id"]


def test_what_is_not_taken_is_tried_again_or_said(operator: Operator, mail: MailServer) -> None:
    """Busy: once more later, under the same id. No such receiver: failed with the reason, as where
    nobody has an address. Who wants nothing any more when the time comes is left alone."""
    ada = operator.ada()
    nowhere = told(operator, ada.id)
    to = {"receiver": [{"party": {"id": ada.id, "role": "customer"}, "email": "ada@x.example"}]}
    mail.next_answers = [451, 550]
    busy = told(operator, ada.id, **to)
    operator.settle()
    assert operator.read(MESSAGE, nowhere["id"])["state"] == "failed"
    waits = operator.read(MESSAGE, busy["id"])
    assert (waits["state"], waits["tryTimes"]) == ("inProgress", 1)
    assert "mail server" in waits["statusReason"]
    operator.hurry()
    assert mail.letters == []
    lost = operator.read(MESSAGE, busy["id"])
    assert (lost["state"], lost["statusReason"]) == (
        "failed", "the mail server takes no such receiver")  # fmt: skip
    sms = told(operator, ada.id, messageType="sms")
    later = told(operator, ada.id, scheduledSendTime="2099-01-01T00:00:00Z", **to)
    gone = told(operator, ada.id, **to)
    wish = {"contactPreference": {"doNotContact": True}}
    operator.staff.patch(f"{PARTY}/individual/{ada.party}", wish)
    operator.settle()
    assert mail.letters == []
    states = {name: operator.read(MESSAGE, one["id"])["state"]
              for name, one in {"sms": sms, "later": later, "gone": gone}.items()}  # fmt: skip
    assert states == {"sms": "initial", "later": "initial", "gone": "cancelled"}


def test_letters_into_a_folder(operator: Operator, mail: MailServer, tmp_path: Path) -> None:
    """Without a mail server letters are files; a name with a line break adds no head."""
    connect_mail(operator.site.services, MailFolder(tmp_path / "mail", FROM))
    ada = operator.ada()
    to = {"receiver": [{"party": {"id": ada.id, "role": "customer"}, "email": "ada@x.example"}]}
    made = told(operator, ada.id, sender={"name": "Care\r\nBcc: all@x.example"}, **to)
    operator.settle()
    (letter,) = (tmp_path / "mail").iterdir()
    assert letter.name == f"{made['id']}.eml"
    text = letter.read_bytes()
    assert b"\r\nBcc:" not in text
    assert b"To: ada@x.example\r\n" in text
    assert b"It comes on Monday." in text


def test_what_is_written_never_becomes_a_head(tmp_path: Path) -> None:
    """Words that stand coded in a subject or a name are read as they are, and what cannot be
    written as a letter is refused for good."""
    coded = "=?utf-8?q?Hi=0D=0AReply-To:_x@evil.example?="
    at = datetime(2026, 3, 2, tzinfo=UTC)
    made = written(Letter("1", ("ada@x.example",), coded, coded, "x", at), FROM).as_bytes()
    assert b"\r\nReply-To" not in made
    with pytest.raises(NotMailed) as caught:
        MailFolder(tmp_path, FROM).send(Letter("2", ("a@x.example",), "", "", "\ud800", at))
    assert caught.value.is_final


def test_what_the_server_says_at_the_end_or_of_some(operator: Operator, mail: MailServer) -> None:
    """A letter that was taken is sent, whatever is said to the goodbye. Of three receivers one is
    busy and one is refused: the busy one gets it later, alone, and the message says that it did
    not reach all. What is no address is refused, and no password goes where there is no TLS."""
    ada = operator.ada()
    party = {"id": ada.id, "role": "customer"}
    mail.goodbye = 421
    three = [{"party": party, "email": f"{one}@x.example"} for one in ("one", "two", "three")]
    taken = told(operator, ada.id, receiver=three[:1])
    operator.settle()
    assert operator.read(MESSAGE, taken["id"])["state"] == "completed"
    mail.next_answers = [250, 451, 550]
    some = told(operator, ada.id, receiver=three)
    operator.settle()
    waits = operator.read(MESSAGE, some["id"])
    assert (waits["state"], "three@x" in waits["statusReason"]) == ("inProgress", True)
    operator.hurry()
    assert operator.read(MESSAGE, some["id"])["state"] == "failed"
    assert mail.letters[-1]["To"] == "two@x.example"
    assert len(mail.letters) == 3
    body = {"messageType": "email", "content": "x", "sender": {"name": "x"},
            "receiver": [{"party": party, "email": "a@x.example\r\nBcc: b@x.example"}]}  # fmt: skip
    assert codes(operator.staff.post(MESSAGE, body)) == {("badEmailAddress", "receiver[0].email")}
    safe = SmtpMailer(mail.url.replace("//", "//ada@"), FROM, "secret")
    with pytest.raises(NotMailed, match="no TLS"):
        safe.send(Letter("3", ("a@x.example",), "", "", "x", datetime(2026, 3, 2, tzinfo=UTC)))


def test_customers_who_stand_for_each_other_end_somewhere(operator: Operator) -> None:
    """Two customers name each other as who they are: a message to one is taken all the same."""
    ada, bob = operator.ada(), operator.ada()
    for one, other in ((ada, bob), (bob, ada)):
        said = {"engagedParty": {"id": other.id, "@referredType": "Customer"}}
        assert operator.staff.patch(f"{CUSTOMER}/{one.id}", said).status_code == 200
    made = told(operator, ada.id)
    with as_system(operator.site.services, "test") as work:
        message = work.get(CommunicationMessage, made["id"])
        assert message is not None
        assert address_of(work, message.receiver[0]) is None
