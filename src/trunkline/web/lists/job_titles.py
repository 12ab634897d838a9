"""Titles of jobs: kept as a text with what stands in it, and said in the language of who reads."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.documents.shape import Json
from trunkline.kernel.resource import Registry
from trunkline.pages.language import ENGLISH, language, say, speaking
from trunkline.web.values import number
from trunkline.web.wording import inside, plural
from trunkline.workspace.job import Job

COUNTED_MAX = 10_000
CHANGE, REMOVAL = "Change of %(what)s", "Removal of %(what)s"
IMPORT, EXPORT = "Import of %(what)s", "Export of %(what)s"
ACTION, UNDO = "%(action)s: %(what)s", "Undo of: %(title)s"


def told_title(text: str, kind: str, count: int | None, *, action: str = "") -> dict[str, Json]:
    """Return a title as it is kept; a count of None is more than are counted."""
    return {"text": text, "kind": kind, "count": count, "action": action}


def english_title(registry: Registry, told: Mapping[str, Json]) -> str:
    """Return a title for those who do not read it on a page."""
    with speaking(language(ENGLISH)):
        return said_title(registry, told)


def title_of(registry: Registry, job: Job) -> str:
    """Return what a job is called, in the language of the request."""
    told = job.asked.get("told")
    return said_title(registry, told) if isinstance(told, dict) else say(job.title)


def said_title(registry: Registry, told: Mapping[str, Json]) -> str:
    """Return a title that is kept, in the language of the request."""
    if "undoes" in told:
        inner = told["undoes"]
        title = said_title(registry, inner) if isinstance(inner, dict) else say(inner)
        return say(UNDO, title=title)
    resource = registry.resources.get(told["kind"])
    title = resource.title if resource is not None else told["kind"]
    return say(told["text"], what=counted(title, told["count"]), action=say(told["action"]))


def counted(title: str, count: int | None) -> str:
    """Return a number of records with what they are; None is more than are counted."""
    if count == 1:
        return f"1 {inside(title)}"
    more = say("more than %(count)s", count=number(COUNTED_MAX))
    return f"{more if count is None else number(count)} {inside(plural(title))}"
