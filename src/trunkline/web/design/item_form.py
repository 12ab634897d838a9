"""The form of an item of a plan: what was typed as an item, and an item as the form shows it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Fault, Refusal
from trunkline.documents.shape import Json
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.web.forms import Form

KINDS = {
    "automatic": "Set values",
    "activation": "Network activation",
    "callout": "Call an outside system",
    "event": "Wait for an event",
    "milestone": "Milestone",
    "manual": "Manual task",
    "timer": "Wait for a time",
    "fieldWork": "Field work",
}
SCOPES = ("line", "bundle", "order", "relatedOrder")
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
NO_RETURN = {
    "none": "No",
    "soft": "Soft: a fee and an approval",
    "hard": "Hard: no change any more",
}
FAR = "bundle"
"""How far a point of no return reaches where nothing is said."""
REACHES = {"line": "Its own line", FAR: "The whole bundle", "order": "The whole order"}
ON_CHANGE = {"update": "Bring it up to date", "redo": "Do it again", "undo": "Undo it",
             "undoThenRedo": "Undo it, then do it again", "nothing": "Leave it"}  # fmt: skip
ON_CANCEL = {"undo": "Undo it", "nothing": "Leave it"}
OF_ITEM = ("id", "title", "description", "condition", "role", "durationMinutes", "delaySeconds")
OF_CALLOUT = ("system", "successWhen", "pendingWhen", "businessErrorWhen", "errorCode",
              "errorMessage", "timeoutSeconds", "isRepeatable")  # fmt: skip
SLA = {"slaMinutes": "minutes", "slaWarnPercent": "warnPercent", "slaWarnLevel": "warnLevel",
       "slaBreachLevel": "breachLevel", "slaEscalateTo": "escalateTo"}  # fmt: skip
"""What is said of a service level, by the names of its inputs."""
LEVELS = {"": "", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}
PAUSED = ("technical", "unknown", "business")
HERE = "plan"
NAME_MAX = 30
Lines: TypeAlias = list[tuple[Json, Json]]
MORE = ("durationMinutes", "sla", "retry", "compensation", "pointOfNoReturn", "description")
CALLOUT_TEXTS = ("successWhen", "pendingWhen", "businessErrorWhen", "errorCode", "errorMessage")


def typed_item(form: Form) -> tuple[dict[str, Json], list[Fault]]:
    """Return the item that was typed, and a fault for each line and number that cannot be read."""
    faults: list[Fault] = []
    kind = form.text("kind")
    found: dict[str, Json] = {
        "id": form.text("id"), "title": form.text("title"), "kind": kind,
        "description": form.text("description"), "condition": form.text("condition"),
        "role": form.text("role"), "after": _after(form, faults),
        "pointOfNoReturn": form.text("pointOfNoReturn"),
        "pointOfNoReturnReaches": form.text("reaches") if form.text("reaches") != FAR else None,
        "durationMinutes": _number(form, "durationMinutes", faults),
        "compensation": _kept(
            {"onChange": form.text("onChange"), "onCancel": form.text("onCancel"),
             "insignificant": form.text("insignificant").replace(",", " ").split()}
        ),
        "retry": _kept({name: _pauses(form, name, faults) for name in PAUSED}),
    }  # fmt: skip
    found["sla"] = _kept(
        {
            name: _number(form, field, faults) if name in ("minutes", "warnPercent")
            else form.text(field)
            for field, name in SLA.items()
        }
    )  # fmt: skip
    if kind == "timer":
        found["delaySeconds"] = _number(form, "delaySeconds", faults)
    if kind == "automatic":
        found["assign"] = _mapping(form.text("assign"), "assign", faults)
    if kind == "callout":
        found["callout"] = _callout(form, faults)
    if kind == "event":
        found["event"] = _kept(
            {"type": form.text("eventType"), "correlation": form.text("correlation"),
             "mapping": _mapping(form.text("eventMapping"), "event.mapping", faults)}
        )  # fmt: skip
    if kind in {"manual", "fieldWork"}:
        found["form"] = _fields(form.text("form"))
    return _kept(found), faults


def short_name(title: str, known: Collection[str]) -> str:
    """Return a short name of a title that no item has yet: `Fit the button` is `fitTheButton`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = "".join(one if one.isalnum() else " " for one in plain).split()
    joined = "".join(one[:1].upper() + one[1:].lower() for one in words).lstrip("0123456789")
    made = (joined[:1].lower() + joined[1:])[:NAME_MAX] or "item"
    number = 2
    while (found := made if number == 2 else f"{made}{number - 1}") in known:
        number += 1
    return found


def sent_back(item: Mapping[str, Json], known: Collection[str]) -> Form:
    """Return what a browser posts of the form of an item when nobody changes anything.

    `known` are the items of the plan. An input of one line holds no line breaks.
    """
    shown = inputs_of(item)
    texts = {name: str(value).replace("\r", "").replace("\n", "")
             for name, value in shown["v"].items() if name != "isRepeatable"}  # fmt: skip
    same = ("body", "mapping", "assign", *PAUSED, *SLA, "insignificant", "form", "elsewhere")
    lines = {"undoBody": "undo_body", "eventMapping": "event_mapping"} | {one: one for one in same}
    fields = {name: [text] for name, text in texts.items()}
    fields |= {name: [shown[one]] for name, one in lines.items()}
    fields["after"] = [one for one in shown["within"] if one in known]
    return Form(fields | ({"isRepeatable": ["yes"]} if shown["v"]["isRepeatable"] else {}))


def lines_sent_back(name: str, listed: Iterable[Json], known: Collection[str]) -> Lines:
    """Return the elements of a list, each after what is read again of the line that shows it.

    That is None where the form does not show it.
    """
    found: Lines = []
    for one in listed:
        read: list[Json] = []
        if name == "form":
            read = _fields(_field_line(one))
        elif name in {"mapping", "assign"}:
            read = _mapping(_lines([one]), "", [])
        elif (one.get("scope") or HERE) == HERE:
            read = [{"item": one["item"]}] if one.get("item") in known else []
        else:
            read = _after(Form({"elsewhere": [_elsewhere(one)]}), [])
        found.append((read[0] if read else None, one))
    return found


def form_of(
    item: Mapping[str, Json], definition: PlanDefinition, systems: Sequence[str]
) -> dict[str, Any]:
    """Return what the form needs to show an item."""
    shown = inputs_of(item)
    called = [shown["v"]["system"]] if shown["v"]["system"] else []
    return shown | {
        "has_more": any(item.get(one) for one in MORE) or bool(shown["elsewhere"]),
        "kinds": KINDS, "no_returns": NO_RETURN, "on_changes": ON_CHANGE, "on_cancels": ON_CANCEL,
        "levels": LEVELS, "reaches": REACHES, "methods": METHODS,
        "systems": list(dict.fromkeys([*systems, *called])),
        "others": [{"id": one.id, "title": one.title, "is_before": one.id in shown["within"]}
                   for one in definition.item if one.id != item.get("id")],
    }  # fmt: skip


def inputs_of(item: Mapping[str, Json]) -> dict[str, Any]:
    """Return what the inputs of an item's form hold."""
    after = item.get("after") or ()
    callout, event = item.get("callout") or {}, item.get("event") or {}
    request, undo = callout.get("request") or {}, callout.get("undoRequest") or {}
    retry, compensation = item.get("retry") or {}, item.get("compensation") or {}
    return {
        "v": _texts(item),
        "within": [one.get("item") for one in after if (one.get("scope") or HERE) == HERE],
        "elsewhere": "\n".join(_elsewhere(one) for one in after
                               if (one.get("scope") or HERE) != HERE),
        "body": _text(request.get("body")), "undo_body": _text(undo.get("body")),
        "mapping": _lines(callout.get("mapping")), "assign": _lines(item.get("assign")),
        "event_mapping": _lines(event.get("mapping")),
        "technical": " ".join(str(one) for one in retry.get("technical") or ()),
        "unknown": " ".join(str(one) for one in retry.get("unknown") or ()),
        "business": " ".join(str(one) for one in retry.get("business") or ()),
        **{field: str((item.get("sla") or {}).get(name, "")) for field, name in SLA.items()},
        "insignificant": ", ".join(compensation.get("insignificant") or ()),
        "form": "\n".join(_field_line(one) for one in item.get("form") or ()),
    }  # fmt: skip


def _texts(item: Mapping[str, Json]) -> dict[str, Json]:
    """Return every single value of an item by the name of its input, empty where there is none."""
    callout, event = item.get("callout") or {}, item.get("event") or {}
    request, undo = callout.get("request") or {}, callout.get("undoRequest") or {}
    compensation = item.get("compensation") or {}
    found: dict[str, Json] = {name: item.get(name) for name in OF_ITEM}
    found |= {name: callout.get(name) for name in OF_CALLOUT}
    found |= {
        "kind": item.get("kind") or "manual", "method": request.get("method") or "POST",
        "path": request.get("path"), "undoMethod": undo.get("method") or "DELETE",
        "undoPath": undo.get("path"), "eventType": event.get("type"),
        "correlation": event.get("correlation"),
        "pointOfNoReturn": item.get("pointOfNoReturn") or "none",
        "reaches": item.get("pointOfNoReturnReaches") or FAR,
        "onChange": compensation.get("onChange") or "update",
        "onCancel": compensation.get("onCancel") or "undo",
    }  # fmt: skip
    return {name: "" if value is None else value for name, value in found.items()}


def _callout(form: Form, faults: list[Fault]) -> dict[str, Json]:
    undo_path = form.text("undoPath")
    undo = {"method": form.text("undoMethod"), "path": undo_path,
            "body": _json(form, "undoBody", faults)}  # fmt: skip
    return _kept(
        {
            "system": form.text("system"),
            "request": _kept({"method": form.text("method"), "path": form.text("path"),
                              "body": _json(form, "body", faults)}),
            "undoRequest": _kept(undo) if undo_path else None,
            **{name: form.text(name) for name in CALLOUT_TEXTS},
            "mapping": _mapping(form.text("mapping"), "callout.mapping", faults),
            "timeoutSeconds": _number(form, "timeoutSeconds", faults),
            "isRepeatable": True if form.text("isRepeatable") else None,
        }
    )  # fmt: skip


def _after(form: Form, faults: list[Fault]) -> list[Json]:
    found: list[Json] = [{"item": one} for one in form.all("after") if one]
    for line in _split(form.text("elsewhere")):
        scope, _, rest = line.partition(":")
        specification, _, item = rest.partition("/")
        if scope.strip() not in SCOPES or not specification.strip():
            message = f"{line} cannot be read; write it as order: Name of a specification / item"
            faults.append(Fault("after", "badValue", message))
            continue
        found.append(_kept({"scope": scope.strip(), "specification": specification.strip(),
                            "item": item.strip()}))  # fmt: skip
    return found


def _elsewhere(one: Mapping[str, Json]) -> str:
    item = f" / {one['item']}" if one.get("item") else ""
    return f"{one.get('scope')}: {one.get('specification')}{item}"


def _mapping(text: str, path: str, faults: list[Fault]) -> list[Json]:
    found: list[Json] = []
    for line in _split(text):
        name, sign, expression = line.partition("=")
        if not sign or not name.strip() or not expression.strip():
            message = f"{line} cannot be read; write it as name = expression"
            faults.append(Fault(path, "badValue", message))
        else:
            found.append({"characteristic": name.strip(), "expression": expression.strip()})
    return found


def _lines(mapping: Json) -> str:
    return "\n".join(
        f"{one['characteristic']} = {' '.join(str(one['expression']).splitlines())}"
        for one in mapping or ()
    )


def _fields(text: str) -> list[Json]:
    """Return the fields that lines name: `name*: type, Title`; a star asks for a value."""
    found: list[Json] = []
    for line in _split(text):
        head, _, title = line.partition(",")
        name, _, kind = head.partition(":")
        is_required = name.strip().endswith("*")
        found.append(
            _kept({"name": name.strip().rstrip("*").strip(), "title": title.strip(),
                   "valueType": kind.strip(), "isRequired": is_required or None})
        )  # fmt: skip
    return found


def _field_line(one: Mapping[str, Json]) -> str:
    star = "*" if one.get("isRequired") else ""
    title = f", {one['title']}" if one.get("title") else ""
    return f"{one['name']}{star}: {one.get('valueType') or 'string'}{title}"


def _pauses(form: Form, name: str, faults: list[Fault]) -> list[Json]:
    words = form.text(name).replace(",", " ").split()
    if not all(one.isdecimal() for one in words):
        faults.append(Fault("retry", "badValue", "write seconds apart by blanks, such as 5 60 300"))
        return []
    return [int(one) for one in words]


def _number(form: Form, name: str, faults: list[Fault]) -> int | None:
    text = form.text(name)
    if text and not text.isdecimal():
        faults.append(Fault(name, "badValue", "write a whole number"))
        return None
    return int(text) if text else None


def _json(form: Form, name: str, faults: list[Fault]) -> Json:
    text = form.text(name)
    if not text:
        return None
    try:
        return decode(text.encode())
    except Refusal as refusal:
        faults.append(Fault("callout.request", "badJson", f"the body is no JSON: {refusal}"))
        return None


def _text(body: Json) -> str:
    return encode(body).decode() if body is not None else ""


def _split(text: str) -> Iterable[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _kept(found: Mapping[str, Json]) -> dict[str, Json]:
    """Return what was filled in."""
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}
