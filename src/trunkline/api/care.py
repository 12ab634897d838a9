"""Care's own verbs: contacts, callers, requests given to people, and the files of documents."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.api.acts import Acts
from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    mention,
    only_parameters,
    optional_text,
    sent_moment,
)
from trunkline.api.ordering import text_of
from trunkline.api.workspace_notes import content_of, day_of, must_be_for_records
from trunkline.care.api import CARE
from trunkline.care.assignment import assign_request, release_request
from trunkline.care.caller import Caller, Stranger, customers_of, take_in
from trunkline.care.contact import Contact, customer_of, follow_up, log_contact, openers
from trunkline.care.filing import file_version
from trunkline.care.interaction import PartyInteraction
from trunkline.care.request import CustomerRequest
from trunkline.care.verification import standing_of
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.workspace import attachments
from trunkline.workspace.notes import Told
from trunkline.workspace.tasks import ME, TaskText

BODY_EXTRA = 4_096
ASKED = ("number", "email", "key")


class Contacts(Acts):
    """`/contact` and `/partyInteraction/{id}/followUp`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Log a contact, and what it led to."""
        said = _contact(self.sent(req))

        def act(work: Work) -> tuple[Json, Told | None]:
            logged = log_contact(work, said)
            body: dict[str, Json] = {"interaction": mention(req, logged.interaction)}
            if logged.request is not None:
                body["customerRequest"] = mention(req, logged.request)
            for name, made in logged.opened.items():
                body[name] = mention(req, made)
            body["followUp"] = [one.raw for one in logged.interaction.follow_up]
            return body, logged.told

        self.acted(req, resp, act, status=falcon.HTTP_201)

    def on_post_follow_up(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Promise something in a contact that there is."""
        said = _promise(self.sent(req), "")

        def act(work: Work) -> tuple[Json, Told | None]:
            interaction, told = follow_up(work, ident, said)
            body = {
                "interaction": mention(req, interaction),
                "followUp": [one.raw for one in interaction.follow_up],
            }
            return body, told

        self.acted(req, resp, act, status=falcon.HTTP_201)


class Callers(Acts):
    """`/caller`: who calls, and taking in somebody new."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the customers whom a number, an address or a key belongs to."""
        only_parameters(req, *ASKED)
        caller = Caller(**{name: req.get_param(name) or "" for name in ASKED})
        if not caller.said:
            message = "name the caller by number, email or key"
            raise Invalid.of([Fault("number", "required", message)])

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                found = [mention(req, one) for one in customers_of(work, caller)]
            answer_list(resp, found)

        self.as_known(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make a person and a prospect of somebody unknown, and begin the contact."""
        sent = self.sent(req)
        said = Stranger(
            *(optional_text(sent, one) for one in ("familyName", "givenName", "number", "email"))
        )  # fmt: skip

        def act(work: Work) -> tuple[Json, None]:
            customer, interaction = take_in(
                work, said,
                channel=optional_text(sent, "channel") or "phone",
                reason=optional_text(sent, "reason") or "other",
            )  # fmt: skip
            body = {"customer": mention(req, customer), "interaction": mention(req, interaction)}
            return body, None

        self.acted(req, resp, act, status=falcon.HTTP_201)


class Standing(Asked):
    """`/customer/{id}/verification`: whether it is sure who somebody is, and until when."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer how the customer stands now."""

        def answer(known: Known) -> None:
            with self.work(req, known) as work:
                found = standing_of(work, customer_of(work, ident).id)
            body: dict[str, Json] = {
                "isVerified": found.until is not None,
                "method": list(found.by),
                "missing": list(found.missing),
            }
            if found.until is not None:
                body["validUntil"] = format_instant(found.until)
            answer_json(resp, body)

        self.as_known(req, answer)


class Assignment(Acts):
    """`/customerRequest/{id}/assign` and `/release`."""

    def on_post_assign(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give a request to somebody, whoever has it."""
        login = text_of(self.sent(req), "login")
        self.acted(req, resp, lambda work: (_held(assign_request(work, [ident], login)[0]), None))

    def on_post_release(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give a request back."""
        self.acted(req, resp, lambda work: (_held(release_request(work, [ident])[0]), None))


class Files(Acts):
    """`/document/{id}/file`: the next version of a document."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Keep it; the older versions stay."""
        most = attachments.bytes_max(self.services) * 4 // 3 + BODY_EXTRA
        sent = self.sent(req, bytes_max=most)
        content = content_of(sent)

        def act(work: Work) -> tuple[Json, None]:
            must_be_for_records(work.actor)
            paper, file = file_version(work, ident, name=sent.get("name"), content=content)
            told = {"id": file.id, "mediaType": file.media_type, "size": file.size,
                    "version": paper.version, "document": mention(req, paper)}  # fmt: skip
            return told, None

        self.acted(req, resp, act, status=falcon.HTTP_201)


def _held(one: CustomerRequest) -> dict[str, Json]:
    body: dict[str, Json] = {"id": one.id, "key": one.key, "status": one.status}
    if one.assignee is not None:
        body["assignee"] = one.assignee.raw
    return body


def _contact(sent: dict[str, Json]) -> Contact:
    """Return the contact that was sent, or refuse what is wrong with its form."""
    related = sent.get("relatedEntity", [])
    request = sent.get("customerRequest", {})
    faults = []
    if not isinstance(related, list) or not all(isinstance(one, dict) for one in related):
        faults.append(Fault("relatedEntity", "badType", "is a list of records with id and kind"))
    if not isinstance(request, dict):
        faults.append(Fault("customerRequest", "badType", "is an object with a requestType"))
    opened = {name: sent[name] for name in openers() if sent.get(name)}
    for name, body in opened.items():
        if not isinstance(body, dict):
            faults.append(Fault(name, "badType", "is an object with what is to be opened"))
    if faults:
        raise Invalid.of(faults)
    return Contact(
        customer=text_of(sent, "customer"),
        reason=text_of(sent, "reason"),
        channel=optional_text(sent, "channel") or "phone",
        direction=optional_text(sent, "direction") or "inbound",
        note=optional_text(sent, "note"),
        wrap_up=optional_text(sent, "wrapUpCode"),
        wrap_up_note=optional_text(sent, "wrapUpNote"),
        begun=optional_text(sent, "interaction"),
        related=related,
        follow_up=_promise(sent["followUp"], "followUp.") if sent.get("followUp") else None,
        request=request,
        opened=opened,
        started_at=sent_moment(sent, "startedAt"),
    )


def _promise(sent: Json, above: str) -> TaskText:
    held = sent if isinstance(sent, dict) else {}
    if not isinstance(held.get("title"), str) or not held.get("due"):
        message = "says what is promised and by which day (title and due)"
        raise Invalid.of([Fault(f"{above}title", "required", message)])
    return TaskText(held["title"], day_of(held), optional_text(held, "assignee") or ME)


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add their addresses."""
    base = CARE.base
    contacts, held = Contacts(services, doorman), Assignment(services, doorman)
    app.add_route(f"{base}/contact", contacts)
    followed = f"{base}/{PartyInteraction.resource.path}/{{ident}}/followUp"
    app.add_route(followed, contacts, suffix="follow_up")
    app.add_route(f"{base}/caller", Callers(services, doorman))
    standing = f"{base}/{Customer.resource.path}/{{ident}}/verification"
    app.add_route(standing, Standing(services, doorman))
    for name in ("assign", "release"):
        path = f"{base}/{CustomerRequest.resource.path}/{{ident}}/{name}"
        app.add_route(path, held, suffix=name)
    app.add_route(f"{base}/document/{{ident}}/file", Files(services, doorman))
