"""Notifications in words: each said in the language of who reads it."""

from __future__ import annotations

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Registry
from trunkline.pages.language import say, told
from trunkline.web.lists.job_titles import said_title
from trunkline.web.wording import inside
from trunkline.workspace.notifications import WORDS, Notification


def words_of(registry: Registry, one: Notification) -> str:
    """Return what somebody was told; what no code is known of reads as it was written."""
    if one.code not in WORDS:
        return one.text
    values = {name: _value(registry, name, value) for name, value in one.said.items()}
    return say(WORDS[one.code], **values)


def _value(registry: Registry, name: str, value: Json) -> str:
    """Return one value: a record by its kind and key, a job by its title, a reason as told."""
    if not isinstance(value, dict):
        return told(str(value)) if name == "why" else str(value)
    title, resource = value.get("told"), registry.resources.get(str(value.get("kind")))
    if isinstance(title, dict):
        return said_title(registry, title)
    if resource is not None:
        return f"{inside(resource.title)} {value['key']}"
    return say(value["english"])
