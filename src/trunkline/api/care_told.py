"""Care's own verbs, described: what each operation takes and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from trunkline.care.api import CARE
from trunkline.rest.verb import Object, Verb, shape

DAY: Object = {"type": "string", "format": "date"}
ONE = {"id": "text", "key": "text", "href": "text", "@referredType": "text"}
SCHEMAS: Mapping[str, Object] = {
    "RecordMention": shape("A record by its id, key, kind and address.", ONE, "id key"),
    "Promise": shape(
        "What is promised by which day; without an assignee the one who asks keeps it.",
        {"title": "text", "due": DAY, "assignee": "text"}, "title due",
    ),
    "KeptPromise": shape(
        "A promise and the task that it became.", {"id": "text", "title": "text", "due": DAY}, "id"
    ),
    "NewContact": shape(
        "A contact with a customer: how, why, what was said, how it ended and what it led to. "
        "`interaction` is the one that it goes on from; with `wrapUpCode` it is over.",
        {"customer": "text", "reason": "text", "channel": "text",
         "direction": {"enum": ["inbound", "outbound"]}, "note": "text", "wrapUpCode": "text",
         "wrapUpNote": "text", "startedAt": "instant", "interaction": "text",
         "relatedEntity": "list object", "followUp": "Promise",
         "customerRequest": "object", "troubleTicket": "object"},
        "customer reason",
    ),
    "LoggedContact": shape(
        "The interaction, and the request, the ticket and the promises that came of it.",
        {"interaction": "RecordMention", "customerRequest": "RecordMention",
         "troubleTicket": "RecordMention", "followUp": "list KeptPromise"},
        "interaction followUp",
    ),
    "UnknownCaller": shape(
        "What is known of somebody new: a name, and how to reach them.",
        {"familyName": "text", "givenName": "text", "number": "text", "email": "text",
         "channel": "text", "reason": "text"},
        "familyName",
    ),
    "TakenIn": shape(
        "The new prospect and the contact that began.",
        {"customer": "RecordMention", "interaction": "RecordMention"}, "customer interaction",
    ),
    "VerificationStanding": shape(
        "Whether it is sure who a customer is, by which methods, until when, or what lacks.",
        {"isVerified": "flag", "method": "list text", "missing": "list text",
         "validUntil": "instant"},
        "isVerified method missing",
    ),
    "HeldRequest": shape(
        "A request and who works on it, if anybody does.",
        {"id": "text", "key": "text", "status": "text", "assignee": "object"}, "id key status",
    ),
    "RequestHolder": shape(
        "Who is to work on it, by login; `me` is the asker.", {"login": "text"}, "login"
    ),
    "NewDocumentFile": shape(
        "The file of a document's next version; its content in Base64.",
        {"name": "text",
         "content": {"type": "string", "format": "byte", "examples": ["SGVsbG8="]}},
        "name content",
    ),
    "DocumentFile": shape(
        "A file that was kept, and the version that it is.",
        {"id": "text", "mediaType": "text", "size": "integer", "version": "text",
         "document": "RecordMention"},
        "id mediaType size version document",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    post = partial(Verb, api=CARE, method="post", parameters="Idempotency-Key", conflicts=True)
    logged = partial(post, about="LoggedContact", answers="LoggedContact", status="201")
    yield logged(
        path="/contact", name="logContact", scope="PartyInteraction:create", takes="NewContact",
        summary="Log a contact with a customer, all it led to in one go",
    )  # fmt: skip
    yield logged(
        path="/partyInteraction/{id}/followUp", name="promiseFollowUp", takes="Promise",
        scope="PartyInteraction:update", summary="Promise something; it becomes a task",
    )  # fmt: skip
    yield Verb(
        api=CARE, method="get", path="/caller", name="findCaller", scope="Customer:read",
        summary="List the customers whom a number, an address or a key belongs to",
        about="RecordMention", answers="RecordMention", is_list=True,
        filters={"number": "A phone number.", "email": "An e-mail address.",
                 "key": "The key of a customer."},
    )  # fmt: skip
    yield post(
        path="/caller", name="takeInCaller", scope="Individual:create", takes="UnknownCaller",
        about="TakenIn", answers="TakenIn", status="201",
        summary="Make a prospect of an unknown caller and begin the contact",
    )  # fmt: skip
    yield Verb(
        api=CARE, method="get", path="/customer/{id}/verification", name="retrieveStanding",
        scope="IdentityVerification:read", about="VerificationStanding",
        answers="VerificationStanding",
        summary="Return whether it is sure who a customer is, and until when",
    )  # fmt: skip
    held = partial(post, about="HeldRequest", answers="HeldRequest", scope="CustomerRequest:update")
    one = "/customerRequest/{id}"
    yield held(
        path=f"{one}/assign", name="assignRequest", takes="RequestHolder",
        summary="Give a request to somebody, whoever has it",
    )  # fmt: skip
    yield held(path=f"{one}/release", name="releaseRequest", summary="Give a request back")
    yield post(
        path="/document/{id}/file", name="fileVersion", scope="PaperDocument:update",
        takes="NewDocumentFile", about="DocumentFile", answers="DocumentFile", status="201",
        summary="Keep a file as a document's next version; the older ones stay",
    )  # fmt: skip
