"""Shown: happenings as the template of the timeline tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from trunkline.care.codes import CHANNELS, DIRECTIONS
from trunkline.care.registers import REASON, WRAP_UP, name_of
from trunkline.documents.decode import load
from trunkline.documents.patch import ABSENT, Change
from trunkline.documents.shape import Json
from trunkline.governance.profiles import needs_kind
from trunkline.kernel.work import Work
from trunkline.pages.language import say_count, spoken
from trunkline.screens.timeline import Family
from trunkline.web.desk import Desk
from trunkline.web.records import Record
from trunkline.web.timeline.happenings import Happening, families_for, happened
from trunkline.web.values import EMPTY, Cell, ago, cell, compound, day, instant, state
from trunkline.web.wording import called_by, path_called, words
from trunkline.workspace.about import may_note
from trunkline.workspace.attachments import bytes_max
from trunkline.workspace.file_kinds import type_name, type_names

CHANGES_SHOWN = 4
UNCHANNELLED = frozenset({"note", "task", "file", "state", "change"})
"""Kinds of happenings that come by no channel of a customer's."""
TITLE_MAX = 60
MENTION = re.compile(r"((?<![\w@.])@[\w][\w.+@-]*\w|(?<![\w@.])@\w)")
OWN_CHIPS = (("note", "Notes"), ("task", "Tasks"), ("file", "Files"))
CHANGE_CHIPS = (("state", "States"), ("change", "Changes"))
ICONS = {"note": "note", "pinned": "note", "task": "check", "todo": "check", "file": "file",
         "change": "clock", "state": "arrow"}  # fmt: skip


def timeline_of(
    desk: Desk,
    work: Work,
    record: Record,
    *,
    kind: str = "",
    before: str = "",
    channel: str = "",
    today: date,
) -> dict[str, Any]:
    """Return what the timeline of a record shows: chips, composer and one page of happenings."""
    readable = families_for(work, record)
    families = [family for family, _ in readable]
    about = record.resource.type.wrap(dict(record.document))
    needed = [
        family
        for family, kinds in readable
        if any(needs_kind(work, about, one.name) for one in kinds)
    ]
    mine = may_note(work.actor, record.resource)
    chips = [
        ("", "All"),
        *(OWN_CHIPS if mine else ()),
        *((one.name, one.title) for one in needed),
        *CHANGE_CHIPS,
    ]
    chosen = kind if kind in dict(chips) else ""
    by = channel if chosen not in UNCHANNELLED else ""
    found = happened(work, record, kind=chosen, before=before, channel=by)
    told = _Teller(desk, work, record, families, today)
    return {
        "base": desk.addresses.of_facts(record.resource, record.key),
        "chips": [{"name": name, "title": title} for name, title in chips],
        "kind": chosen,
        "channel": by,
        "channels": _channels(found.rest, by) if chosen not in UNCHANNELLED else [],
        "may_write": mine,
        "is_first": not before,
        "todo": [told.entry(one) for one in found.todo],
        "pinned": [told.entry(one) for one in found.pinned],
        "rest": [told.entry(one) for one in found.rest],
        "older": found.older,
        "file_megabytes": bytes_max(work.services) // (1024 * 1024),
        "file_types": [*type_names(work, spoken().code).items()] if mine else [],
        "today": today.isoformat(),
    }


def _channels(rest: Sequence[Happening], chosen: str) -> list[dict[str, str]]:
    """Return the channels of what is shown as chips, once there are several."""
    used = {str(one.more["channel"]) for one in rest
            if one.kind not in UNCHANNELLED and one.more.get("channel")} | {chosen}  # fmt: skip
    used.discard("")
    known = [one for one in CHANNELS if one in used]
    found = [
        {"name": one, "title": CHANNELS.get(one) or words(one)}
        for one in [*known, *sorted(used - set(known))]
    ]
    return [{"name": "", "title": "All channels"}, *found] if chosen or len(found) > 1 else []


class _Teller:
    """Tells happenings for one visitor."""

    def __init__(
        self, desk: Desk, work: Work, record: Record, families: Sequence[Family], today: date
    ) -> None:
        self._desk = desk
        self._work = work
        self._actor = work.actor
        self._registry = work.services.registry
        self._families = {one.name: one for one in families}
        self._subject = record.resource.title
        self._may_change = work.actor.grant(record.resource, "update") is not None
        self._today = today
        self._now = work.now

    def entry(self, one: Happening) -> dict[str, Any]:
        """Return what the template needs of a happening."""
        family = self._families.get(one.kind)
        entry: dict[str, Any] = {
            "kind": one.kind,
            "id": one.id,
            "at": ago(one.at, self._desk.zone, self._now),
            "who": called_by(one.actor_name, one.actor),
            "own": one.actor == self._actor.id,
            "icon": family.icon if family else ICONS.get(one.kind, "clock"),
            "erased": one.text is None and family is None,
        }
        if family is not None:
            return entry | {"kind": "record"} | self._record(one)
        if one.kind in {"note", "pinned"}:
            return entry | {"parts": _parts(one.text or ""), "text": one.text or ""} | one.more
        if one.kind in {"task", "todo"}:
            return entry | {"title": one.text or ""} | self._task(one)
        if one.kind == "file":
            may = entry["own"] or self._may_change
            code = one.more.get("fileType")
            return entry | {
                "name": one.text or "",
                "size": size(one.more["size"]),
                "may": may,
                "version": one.more.get("version") or 1,
                "type": type_name(self._work, str(code), spoken().code) if code else "",
            }
        return entry | self._change(one)

    def _record(self, one: Happening) -> dict[str, Any]:
        resource = self._registry[one.more["type"]]
        shown = one.more["state"]
        return {
            "title": resource.title,
            "key": one.more["key"],
            "address": self._desk.addresses.of_record(resource, one.more["key"]),
            "state": state(shown) if shown else None,
            "name": one.more.get("name") or "",
            "reason": self._called(REASON, one.more.get("reason")),
            "told": [*self._contact(one.more)],
            "agent": one.more.get("agent") or "",
            "amount": _amount(one.more.get("amount"), self._desk.zone),
        }

    def _contact(self, more: Mapping[str, Json]) -> Iterator[str]:
        """Yield what is told of a contact: the channel, the direction, how it ended."""
        for name, codes in (("channel", CHANNELS), ("direction", DIRECTIONS)):
            code = str(more.get(name) or "")
            if code:
                yield codes.get(code, code)
        if more.get("ended"):
            yield self._called(WRAP_UP, more["ended"])

    def _called(self, register: str, code: Json) -> str:
        return name_of(self._work, register, code, spoken().code) if isinstance(code, str) else ""

    def _task(self, one: Happening) -> dict[str, Any]:
        due = date.fromisoformat(one.more["due"]) if one.more["due"] else None
        return {
            "due": day(due.isoformat()) if due else None,
            "late": one.more["done"] is None and due is not None and due < self._today,
            "is_today": due == self._today,
            "for": one.more["assignee"],
            "mine": one.more["assignedTo"] == self._actor.id,
            "done": instant(one.more["done"], self._desk.zone) if one.more["done"] else None,
            "done_by": one.more["doneBy"] or "",
        }

    def _change(self, one: Happening) -> dict[str, Any]:
        title = one.more["title"]
        return {
            "action": one.more["action"],
            "of": title if title != self._subject else "",
            "channel": one.more["channel"],
            "changes": [_told(each, self._desk.zone) for each in one.changes[:CHANGES_SHOWN]],
            "more": max(0, len(one.changes) - CHANGES_SHOWN),
            "hidden": one.hidden,
        }


def size(count: int) -> str:
    """Return how large a file is, as people say it."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KB"
    return f"{count / 1024 / 1024:.1f} MB"


def _parts(text: str) -> list[dict[str, Json]]:
    """Return a text in pieces, those that name somebody marked."""
    found = MENTION.split(text)
    return [{"text": one, "who": index % 2 == 1} for index, one in enumerate(found) if one]


def _amount(said: Json, zone: ZoneInfo) -> Cell | None:
    """Return a sum of money that a record tells."""
    value = load(said.encode()) if isinstance(said, str) else None
    return compound(value, zone) if isinstance(value, dict) else None


def _told(one: Change, zone: ZoneInfo) -> dict[str, Any]:
    name = one.path.rpartition(".")[2]
    return {
        "label": path_called(one.path),
        "path": one.path,
        "old": _cell(name, one.old, zone),
        "new": _cell(name, one.new, zone),
    }


def _cell(name: str, value: Json, zone: ZoneInfo) -> Cell:
    if value is ABSENT or value is None:
        return EMPTY
    if isinstance(value, (dict, list)):
        return Cell("text", say_count("%(count)s value", "%(count)s values", len(value)))
    found = cell(name, value, zone)
    if found.kind in {"text", "long"} and len(found.text) > TITLE_MAX:
        return Cell("text", found.text[:TITLE_MAX] + "…")
    return found
