"""Registers: the lists of codes, and the values of one: names, order, looks and when they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound, Refusal
from trunkline.documents.patch import same
from trunkline.documents.shape import Json, format_instant, parse_instant
from trunkline.governance.bindings import bound_to
from trunkline.governance.extra_attribute import ExtraAttribute
from trunkline.governance.extra_definitions import MERGE
from trunkline.governance.register import Register, RegisterValue
from trunkline.governance.registers import registers
from trunkline.kernel.work import Work
from trunkline.pages.language import ENGLISH, say, spoken
from trunkline.rest.writing import change, create
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.values import day
from trunkline.web.wording import words
from trunkline.workspace.preferences import LANGUAGES

ADDRESS = f"{BASE}/registers"
COLORS = ("grey", "blue", "green", "amber", "red", "violet", "teal")
ICONS = ("person", "people", "building", "home", "network", "box", "tag", "cart", "alert", "check",
         "clock", "lock", "pin", "note")  # fmt: skip
STEP = 10


class RegistersPage:
    """`/administration/registers` and `{code}`."""

    needs = "Register:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the registers."""
        self._desk.answer(req, resp, lambda visit: self._all(visit, Form(), {}))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make a register."""
        self._desk.act(req, resp, self._make)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, code: str) -> None:
        """Show the values of one."""
        self._desk.answer(req, resp, partial(self._one, code=code))

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, code: str) -> None:
        """Add, change, move or end a value, or rename the register."""
        self._desk.act(req, resp, partial(self._act, code=code))

    # --- all -----------------------------------------------------------------------------------

    def _all(
        self, visit: Visit, typed: Form, wrong: Mapping[str, str], status: int = 200
    ) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(Register.resource, "read")
            known = registers(work)
            extras = work.find(ExtraAttribute, {"kind": ["choice", "choices"]})
            rows = [
                {
                    "code": code, "name": one.called.within(spoken().code),
                    "address": f"{ADDRESS}/{code}",
                    "values": [self._cell(each) for each in one.chosen(work.now)[:8]],
                    "more": max(0, len(one.chosen(work.now)) - 8),
                    "ended": len(one.values) - len(one.chosen(work.now)),
                    "uses": self._uses(code, extras),
                }
                for code, one in known.items()
            ]  # fmt: skip
            may_make = work.actor.grant(Register.resource, "create") is not None
        rows.sort(key=lambda one: str(one["name"]).casefold())
        values: dict[str, Json] = {
            "rows": rows, "may_make": may_make, "wrong": dict(wrong),
            "code": typed.text("code"), "name": typed.text("name"),
        }  # fmt: skip
        return Shown("admin_registers.html", values, status)

    def _cell(self, one: Any) -> dict[str, str]:
        return {"kind": "coded", "text": one.called.within(spoken().code), "tone": one.color,
                "more": one.icon}  # fmt: skip

    def _uses(self, code: str, extras: Sequence[ExtraAttribute]) -> list[dict[str, str]]:
        registry = self._desk.services.registry
        named = [*bound_to(code), *((e.record_type, e.name) for e in extras if e.register == code)]
        found: dict[str, list[str]] = {}
        for kind, path in named:
            title = registry[kind].title if kind in registry.resources else kind
            found.setdefault(path.rpartition(".")[2], []).append(title)
        return [{"what": words(path), "of": ", ".join(say(one) for one in dict.fromkeys(kinds))}
                for path, kinds in found.items()]  # fmt: skip

    def _make(self, visit: Visit, form: Form) -> Answer:
        try:
            with self._desk.work(visit) as work:
                work.actor.must(Register.resource, "create")
                body = {"code": form.text("code"), "name": form.text("name")}
                create(work, Register.resource, body)
        except Refusal as refusal:
            return self._all(visit, form, _wrong(refusal), refusal.status)
        return Moved(f"{ADDRESS}/{form.text('code')}?done=defined")

    # --- one -----------------------------------------------------------------------------------

    def _one(
        self, visit: Visit, *, code: str, problem: str = "", typed: Form | None = None,
        status: int = 200,
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            work.actor.must(RegisterValue.resource, "read")
            register = _register(work, code)
            found = _ordered(work, register)
            extras = work.find(ExtraAttribute, {"register": code})
            may = {
                "change": work.actor.grant(RegisterValue.resource, "update") is not None,
                "add": work.actor.grant(RegisterValue.resource, "create") is not None,
            }
            now = work.now
        rows = [self._row(one, now) for one in found]
        values: dict[str, Json] = {
            "code": register.code, "key": register.key, "name": register.name,
            "called": registers_name(register),
            "names": _names(register.raw),
            "description": register.description or "",
            "rows": rows, "uses": self._uses(code, extras), "may": may,
            "languages": [{"code": one, "title": LANGUAGES[one]} for one in _languages()],
            "colors": list(COLORS), "icons": list(ICONS), "problem": problem,
            "typed": {one: typed.text(one) if typed else "" for one in ("code", "name")},
            "address": f"{ADDRESS}/{code}",
        }  # fmt: skip
        return Shown("admin_register.html", values, status)

    def _row(self, one: RegisterValue, now: datetime) -> dict[str, Any]:
        end = one.valid_for.end_date_time if one.valid_for else None
        start = one.valid_for.start_date_time if one.valid_for else None
        last = (end - timedelta(milliseconds=1)).astimezone(self._desk.zone) if end else None
        return {
            "id": one.id, "key": one.key, "code": one.code, "name": one.name,
            "names": _names(one.raw), "color": one.color or "", "icon": one.icon or "",
            "until": f"{last:%Y-%m-%d}" if last else "",
            "ended": end is not None and end <= now,
            "to_come": start is not None and start > now,
            "told": day(f"{last:%Y-%m-%dT00:00:00Z}").text if last else "",
            "edit": f"{self._desk.addresses.of_facts(RegisterValue.resource, one.key)}/edit",
        }  # fmt: skip

    def _act(self, visit: Visit, form: Form, *, code: str) -> Answer:
        deed = form.text("do")
        try:
            with self._desk.work(visit) as work:
                register = _register(work, code)
                if deed == "add":
                    self._add(work, register, form)
                elif deed == "rename":
                    work.actor.must(Register.resource, "update")
                    patch = {"name": form.text("name") or None,
                             "description": form.text("description") or None,
                             "translation": _translation(register.raw, form)}  # fmt: skip
                    change(work, work.lock(Register, register.id), patch, MERGE)
                else:
                    work.actor.must(RegisterValue.resource, "update")
                    self._change(work, register, form, deed)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            message = refusal.told
            return self._one(visit, code=code, problem=message, typed=form, status=refusal.status)
        return Moved(f"{ADDRESS}/{code}?done={'added' if deed == 'add' else 'changed'}")

    def _add(self, work: Work, register: Register, form: Form) -> None:
        work.actor.must(RegisterValue.resource, "create")
        places = [one.position or 0 for one in _ordered(work, register)]
        body: dict[str, Json] = {
            "register": {"id": register.id}, "code": form.text("code"), "name": form.text("name"),
            "position": max(places, default=0) + STEP,
        }  # fmt: skip
        said = {"color": form.text("color"), "icon": form.text("icon"),
                "translation": _translation({}, form)}  # fmt: skip
        create(
            work, RegisterValue.resource, body | {name: one for name, one in said.items() if one}
        )

    def _change(self, work: Work, register: Register, form: Form, deed: str) -> None:
        if deed in {"up", "down"}:
            _move(work, register, form.text("id"), -1 if deed == "up" else 1)
            return
        value = work.lock(RegisterValue, form.text("id"))
        if value.register.id != register.id:
            raise NotFound("notFound", "there is no such value in this register")
        period = dict(value.raw.get("validFor") or {})
        if deed == "end":
            period["endDateTime"] = format_instant(work.now)
        elif deed == "again":
            period.pop("endDateTime", None)
        patch: dict[str, Json] = {"validFor": period or None}
        if deed == "save":
            patch = {
                "name": form.text("name") or None, "color": form.text("color") or None,
                "icon": form.text("icon") or None,
                "translation": _translation(value.raw, form),
                "validFor": self._until(period, form.text("until")) or None,
            }  # fmt: skip
        change(work, value, patch, MERGE)

    def _until(self, period: dict[str, Json], text: str) -> dict[str, Json]:
        """Return a validity that ends with a day; what was said to the second stays."""
        former = period.get("endDateTime")
        if isinstance(former, str):
            last = parse_instant(former) - timedelta(milliseconds=1)
            if f"{last.astimezone(self._desk.zone):%Y-%m-%d}" == text:
                return period
        period.pop("endDateTime", None)
        if text:
            try:
                end = datetime.combine(datetime.fromisoformat(text).date(), time(),
                                       self._desk.zone) + timedelta(days=1)  # fmt: skip
            except ValueError:
                return period | {"endDateTime": text}
            period["endDateTime"] = format_instant(end.astimezone(UTC))
        return period


def registers_name(register: Register) -> str:
    """Return what a register is called in the reader's language."""
    return _names(register.raw).get(spoken().code) or register.name


def _register(work: Work, code: str) -> Register:
    found = work.find(Register, {"code": code}, limit=1)
    if not found:
        raise NotFound("notFound", f"there is no register {code}")
    return found[0]


def _ordered(work: Work, register: Register) -> list[RegisterValue]:
    found = work.find(RegisterValue, {"register.id": register.id})
    return sorted(found, key=lambda one: (one.position is None, one.position or 0, one.code))


def _move(work: Work, register: Register, ident: str, by: int) -> None:
    order = _ordered(work, register)
    at = next((index for index, one in enumerate(order) if one.id == ident), None)
    if at is None:
        raise NotFound("notFound", "there is no such value in this register")
    order.insert(max(0, at + by), order.pop(at))
    for index, one in enumerate(order, start=1):
        if one.position != index * STEP:
            change(work, work.lock(RegisterValue, one.id), {"position": index * STEP}, MERGE)


def _languages() -> list[str]:
    return [one for one in LANGUAGES if one != ENGLISH]


def _names(raw: Mapping[str, Json]) -> dict[str, str]:
    said = {one["language"]: one.get("name") or "" for one in raw.get("translation") or ()}
    return {one: said.get(one, "") for one in _languages()}


def _translation(raw: Mapping[str, Json], form: Form) -> Json:
    """Return the names in other languages as typed; what else is said there stays."""
    said = {one["language"]: dict(one) for one in raw.get("translation") or ()}
    for language in _languages():
        name = form.text(f"name_{language}")
        entry = said.get(language, {"language": language})
        if name:
            said[language] = {**entry, "name": name}
        else:
            entry.pop("name", None)
            said[language] = entry
    found = [one for one in said.values() if set(one) != {"language"}]
    return None if same(found, []) else found


def _wrong(refusal: Refusal) -> dict[str, str]:
    if refusal.status not in {400, 409}:
        raise refusal
    return {one.path: one.message for one in refusal.faults} or {"code": refusal.message}
