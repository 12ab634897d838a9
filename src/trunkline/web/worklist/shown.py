"""What the page of a worklist shows: tabs, groups with their rows, clocks and what can be done."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Invalid, Refusal
from trunkline.kernel.work import Work
from trunkline.web.desk import Desk, Visit
from trunkline.web.values import instant, number, span
from trunkline.web.worklist.glance import glance_at
from trunkline.web.worklist.view import viewed, views_shown
from trunkline.web.worklist.worklist import (
    TAB_TITLES,
    Deed,
    Group,
    Grouping,
    Key,
    Look,
    Row,
    Worklist,
)

CODE = re.compile(r"[a-z]{2,}(?:[A-Z][a-z]+)*")
"""A code that reads as words; another one, such as `E-17`, is told as it came."""
ROWS_IN_GROUP = 50
FILTER_MAX = 100
SOON = timedelta(hours=4)


def look_of(worklist: Worklist, req: falcon.Request) -> Look:
    """Return what of a worklist an address asks for."""
    tab = next((one for one in worklist.tabs if one == req.get_param("tab")), worklist.tabs[0])
    grouping = worklist.grouping(req.get_param("by") or "")
    narrowed = narrowed_by(worklist, lambda name: req.get_param(name) or "")
    return Look(tab, grouping, key_of(req.get_param("group")), narrowed=narrowed)


def narrowed_by(worklist: Worklist, said: Callable[[str], str]) -> dict[str, str]:
    """Return by what a queue is narrowed, as `said(name)` has it of each filter."""
    found = {one.name: said(one.name).strip()[:FILTER_MAX] for one in worklist.filters}
    return {name: value for name, value in found.items() if value}


def key_of(text: str | None) -> Key | None:
    """Return the key of a group as an address or a form says it; refuses (400) what is none."""
    if not text:
        return None
    try:
        found = decode(text.encode())
    except Refusal as error:
        raise Invalid("badGroup", "there is no such group; open the queue again") from error
    if not isinstance(found, list) or not all(one is None or isinstance(one, str) for one in found):
        raise Invalid("badGroup", "there is no such group; open the queue again")
    return tuple(one if isinstance(one, str) else None for one in found)


def key_text(key: Key) -> str:
    """Return the key of a group as addresses and forms say it."""
    return encode(list(key)).decode()


def worklist_values(
    desk: Desk, visit: Visit, work: Work, worklist: Worklist, *, back: str = ""
) -> dict[str, Any]:
    """Return the values of `worklist_parts.html`; `back` is the page that it stands in."""
    found = viewed(desk, visit, worklist, look_of(worklist, visit.req))
    look, edited = found.look, found.view.slug if found.view is not None else ""
    grouping = look.grouping
    assert grouping is not None
    glance = glance_at(
        desk, worklist.source, work, look, limit=ROWS_IN_GROUP, is_spread=worklist.is_spread
    )
    counts, groups = glance.counts, glance.groups
    opened = [each for some in glance.found.values() for each in some]
    rows = {one.ident: one for one in worklist.source.rows(desk, work, opened)}
    deeds = [one for one in worklist.deeds if one.may(work.actor)]
    return {
        "name": worklist.name,
        "base": worklist.address,
        "queue_title": worklist.title,
        "under": worklist.under,
        "empty": worklist.empty,
        "what": worklist.what,
        "about": worklist.about,
        "shows": list(worklist.shows),
        "above": worklist.above,
        "is_spread": worklist.is_spread,
        "below": worklist.below,
        "tabs": [
            {"name": one, "title": TAB_TITLES[one], "count": number(counts[one]),
             "some": counts[one] > 0, "query": _query(look, tab=one, edited=edited),
             "current": one == look.tab}
            for one in worklist.tabs
        ],
        "by": grouping.name,
        "by_title": grouping.title,
        "groupings": [
            {"title": one.title, "query": _query(look, by=one.name, edited=edited),
             "current": one.name == grouping.name}
            for one in worklist.groupings
        ],
        **views_shown(work.actor, worklist, found),
        "tab": look.tab,
        "total": counts[look.tab],
        "since": work.now.isoformat(),
        "filters": _filters(work, worklist, look),
        "narrowed": dict(look.narrowed),
        "narrowed_query": urlencode(look.narrowed),
        "unnarrowed": _query(replace(look, narrowed={}), edited=edited),
        "groups": [
            group_values(desk, work, worklist, look, one, [
                rows[each.id] for each in glance.found[one.key] if each.id in rows
            ] if one.key in glance.found else None)
            for one in groups
        ],
        "deeds": deed_values(deeds),
        "quick": [one for one in deed_values(deeds) if one["first"]],
        "back": back or worklist.address + _query(look),
        "has_peek": worklist.peek is not None,
        **(worklist.beside(work) if worklist.beside is not None else {}),
    }  # fmt: skip


def _filters(work: Work, worklist: Worklist, look: Look) -> list[dict[str, Any]]:
    """Return the filters as fields of a form."""
    offered = worklist.options(work) if worklist.options is not None else {}
    return [
        {"name": one.name, "title": one.title, "kind": one.kind,
         "value": look.narrowed.get(one.name, ""),
         "options": [{"value": value, "title": title}
                     for value, title in one.options or offered.get(one.name, ())]}
        for one in worklist.filters
    ]  # fmt: skip


def deed_values(deeds: Sequence[Deed]) -> list[dict[str, Any]]:
    """Return what can be done as buttons."""
    return [
        {"name": one.name, "title": one.title, "key": one.key, "first": one.is_first,
         "danger": one.danger}
        for one in deeds
        if one.in_bar
    ]  # fmt: skip


def _heading(grouping: Grouping | None, parts: Sequence[str]) -> tuple[str, str, list[str]]:
    """Return what a group is called, its first value where that is another, and those after it."""
    lead = grouping.led_by if grouping is not None else 0
    if not any(parts[lead : lead + 1]):
        lead = 0
    title = parts[lead] if parts else ""
    first = parts[0] if lead else ""
    if title and grouping is not None and grouping.as_words:
        told = grouping.told
        title = told(title) if not lead or CODE.fullmatch(title) else title
        first = told(first) if first else ""
    return title, first, [text for text in parts[1:] if text and text != title]


def group_values(
    desk: Desk, work: Work, worklist: Worklist, look: Look, one: Group, rows: Sequence[Row] | None
) -> dict[str, Any]:
    """Return one group; an open one with its first rows."""
    grouping = look.grouping
    title, first, more = _heading(grouping, one.parts)
    own = replace(look, group=one.key)
    is_open, rows = rows is not None, rows or ()
    page = worklist.group_page
    return {
        "page": page(grouping, one.key) if page is not None and grouping is not None else "",
        "key": key_text(one.key),
        "title": title,
        "first": first,
        "more": more,
        "is_state": grouping is not None and grouping.name == "state",
        "count": number(one.count),
        "many": one.count,
        "oldest": ago(one.oldest, work.now),
        "oldest_at": instant(one.oldest, desk.zone),
        "owners": list(one.owners),
        "overdue": one.overdue,
        "is_open": is_open,
        "open": _query(own),
        "rows": rows_values(desk, work, worklist, rows),
        "left": one.count - len(rows) if is_open else 0,
    }


def rows_values(
    desk: Desk, work: Work, worklist: Worklist, rows: Sequence[Row]
) -> list[dict[str, Any]]:
    """Return rows with their clocks."""
    return [
        {
            "row": one,
            "peek": f"{worklist.address}/{one.ident}/peek" if worklist.peek is not None else "",
            "clock": clock_of(desk, work.now, one.due),
            "since": ago(one.since, work.now),
            "since_at": instant(one.since, desk.zone),
        }
        for one in rows
    ]


def clock_of(desk: Desk, now: datetime, due: datetime | None) -> dict[str, Any] | None:
    """Return how long there is until a moment, in words and as a tone."""
    if due is None:
        return None
    late = due < now
    tone = "bad" if late else "warn" if due - now < SOON else "idle"
    return {"late": late, "span": span(abs(due - now)), "tone": tone,
            "at": instant(due, desk.zone)}  # fmt: skip


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was, in one short unit; empty where there is none."""
    return span(max(now - moment, timedelta())) if moment is not None else ""


def _query(look: Look, **changed: str) -> str:
    """Return the query of an address that differs in something from what is looked at."""
    grouping = look.grouping.name if look.grouping is not None else ""
    said = {"tab": look.tab, "by": grouping} | dict(look.narrowed) | changed
    if "tab" not in changed and "by" not in changed and look.group is not None:
        said["group"] = key_text(look.group)
    return "?" + urlencode({name: value for name, value in said.items() if value})


def done_words(deeds: Sequence[Deed], done: str) -> dict[str, str] | None:
    """Return what to say of what was done just before, as an address says it (`retry-3`)."""
    name, _, count = done.rpartition("-")
    deed = next((one for one in deeds if one.name == name), None)
    if deed is None or not count.isdecimal():
        return None
    return {"text": deed.done, "count": count}
