"""Texts that messages to people begin with: each in its languages, changed and looked at."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.identity.rights import ADMINISTER
from trunkline.pages.language import say
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit, must_operate
from trunkline.web.forms import Form
from trunkline.workspace.message_texts import (
    MessageText,
    filled,
    in_language,
    keep_message_text,
    message_texts,
    remove_message_text,
)
from trunkline.workspace.preferences import LANGUAGES

ADDRESS = f"{BASE}/texts"
NEW = "new"
FIELDS = ("name", "title", "subject", "content")
SAMPLE = {"name": "Ada Lovelace", "order": "ORD000123", "request": "REQ000123",
          "date": "2026-05-06"}  # fmt: skip


class TextsPage:
    """`/administration/texts`, and `…/{name}?language=…` of one."""

    needs = "identity:administer"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List them with the languages that each is said in."""
        self._desk.answer(req, resp, self._list)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Show one in a language, with what it reads like."""
        self._desk.answer(req, resp, partial(self._form, name=name))

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Keep it, look at it, or take it away."""
        self._desk.act(req, resp, partial(self._do, name=name))

    # --- inside --------------------------------------------------------------------------------

    def _texts(self, visit: Visit) -> list[MessageText]:
        must_operate(visit.actor, ADMINISTER)
        return message_texts(self._desk.services, visit.actor)

    def _list(self, visit: Visit) -> Answer:
        found = self._texts(visit)
        rows = [
            {
                "name": one.name,
                "title": one.title,
                "subject": one.subject,
                "languages": _languages(found, one.name),
            }
            for one in in_language(found, "")
        ]
        return Shown("admin_texts.html", {"rows": rows})

    def _form(
        self, visit: Visit, *, name: str, typed: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:
        found = self._texts(visit)
        language = _language(visit, typed)
        own = [one for one in found if one.name == name]
        if not own and name != NEW:
            raise NotFound("notFound", f"there is no text {name}")
        held = next((one for one in own if one.language == language), None)
        base = held or next(iter(in_language(own, "")), MessageText("", "", "", ""))
        values: dict[str, str] = {one: getattr(base, one) for one in FIELDS}
        if typed is not None:
            values |= {one: typed.text(one) for one in FIELDS if one != "name" or name == NEW}
        shown = SAMPLE | {"step": say("Access line")}
        told: dict[str, Json] = {
            "address": f"{ADDRESS}/{name}",
            "is_new": name == NEW,
            "is_said": held is not None,
            "language": language,
            "languages": _languages(found, name),
            "text": values,
            "preview": {one: filled(values[one], shown) for one in ("subject", "content")},
            "places": [*SAMPLE, "step"],
            "is_wrong": refusal is not None,
            "wrong": dict.fromkeys(FIELDS, "")
            | {one.path: one.message for one in (refusal.faults if refusal else ())},
        }
        return Shown("admin_text.html", told, refusal.status if refusal else 200)

    def _do(self, visit: Visit, form: Form, *, name: str) -> Answer:
        must_operate(visit.actor, ADMINISTER)
        services, language = self._desk.services, _language(visit, form)
        if form.text("do") == "look":
            return self._form(visit, name=name, typed=form)
        if form.text("do") == "remove":
            remove_message_text(services, visit.actor, name, language or None)
            return Moved(f"{ADDRESS}?done=removed")
        own = form.text("name") if name == NEW else name
        title, subject, content = (form.text(one) for one in FIELDS[1:])
        text = MessageText(own, title, subject, content, language)
        try:
            keep_message_text(services, visit.actor, text)
        except Refusal as refusal:
            if refusal.status != 400:
                raise
            return self._form(visit, name=name, typed=form, refusal=refusal)
        return Moved(f"{ADDRESS}?done=kept")


def _language(visit: Visit, form: Form | None) -> str:
    asked = form.text("language") if form is not None else visit.req.get_param("language") or ""
    return asked if asked in LANGUAGES else ""


def _languages(found: list[MessageText], name: str) -> list[dict[str, Any]]:
    """Return every language with whether a text is said in it; the one for all others first."""
    said = {one.language for one in found if one.name == name}
    return [
        {"code": code, "title": title, "is_said": code in said}
        for code, title in [("", "All other languages"), *LANGUAGES.items()]
    ]
