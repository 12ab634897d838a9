"""Message texts: what messages to people begin with, kept as data that the operator changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.documents.errors import Fault, Forbidden, NotFound, refuse
from trunkline.identity.rights import ADMINISTER
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services
from trunkline.workspace.about import must_be_staff
from trunkline.workspace.preferences import LANGUAGES

TITLE_MAX, SUBJECT_MAX, CONTENT_MAX = 60, 200, 5_000
NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
PLACE = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True)
class MessageText:
    """One text; `{name}`, `{order}` and `{step}` in it are filled in.

    `language` is empty for the one that is read where a language has none of its own.
    """

    name: str
    title: str
    subject: str
    content: str
    language: str = ""


def message_texts(services: Services, actor: Actor) -> list[MessageText]:
    """Return the texts in their order, each in its languages; they are the staff's (403)."""
    must_be_staff(actor)
    with services.database.app.connection() as connection:
        return texts_in(connection)


def texts_in(connection: Any) -> list[MessageText]:
    """Return the texts that there are, in their order."""
    rows = connection.execute(
        "select name, title, subject, content, language from message_text t "
        "order by (select min(place) from message_text f where f.name = t.name), name, language"
    ).fetchall()
    return [MessageText(*row) for row in rows]


def text_named(connection: Any, name: str, language: str = "") -> MessageText | None:
    """Return a text in a language, else in the one that stands for all, else in the first."""
    found = [one for one in texts_in(connection) if one.name == name]
    return next(iter(in_language(found, language)), None)


def in_language(texts: Sequence[MessageText], language: str) -> list[MessageText]:
    """Return each text once: in a language, else in none, else in the first that it has."""
    found: dict[str, MessageText] = {}
    for one in texts:
        if one.name not in found or one.language == language:
            found[one.name] = one
    return list(found.values())


def keep_message_text(services: Services, actor: Actor, text: MessageText) -> None:
    """Make or change a text by its name; an administrator does that (403)."""
    _must_administer(actor)
    with services.database.app.connection() as connection:
        write_message_text(connection, text)


def write_message_text(connection: Any, text: MessageText) -> None:
    """Write a text within a transaction; refuses one that is none (400)."""
    said = (("title", text.title, TITLE_MAX), ("subject", text.subject, SUBJECT_MAX),
            ("content", text.content, CONTENT_MAX))  # fmt: skip
    faults = [
        Fault(name, "badValue", f"needs 1 to {most} characters")
        for name, value, most in said
        if not value.strip() or len(value) > most or "\0" in value
    ]
    if text.language and text.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        faults.append(Fault("language", "badValue", f"must be one of {known}, or empty"))
    if not NAME.fullmatch(text.name):
        faults.append(Fault("name", "badValue", "is of small letters, digits and hyphens"))
    refuse(faults)
    connection.execute(
        "insert into message_text (name, language, title, subject, content, place) values "
        "(%s, %s, %s, %s, %s, (select coalesce(max(place), 0) + 1 from message_text)) "
        "on conflict (name, language) do update set title = excluded.title, "
        "subject = excluded.subject, content = excluded.content",
        [text.name, text.language, text.title.strip(), text.subject.strip(), text.content],
    )


def remove_message_text(
    services: Services, actor: Actor, name: str, language: str | None = None
) -> None:
    """Remove a text, or what it says in one language; an administrator does that (403).

    What was written with it stays.
    """
    _must_administer(actor)
    with services.database.app.connection() as connection:
        done = connection.execute(
            "delete from message_text where name = %s and (%s::text is null or language = %s)",
            [name, language, language],
        )
    if not done.rowcount:
        raise NotFound("notFound", "there is no such text")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with what its places stand for; an unknown place stays as it is."""
    return PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def _must_administer(actor: Actor) -> None:
    grant = actor.may(ADMINISTER)
    if grant is None or grant.reach != "all":
        raise Forbidden("notAllowed", "texts for messages are changed by administrators")
