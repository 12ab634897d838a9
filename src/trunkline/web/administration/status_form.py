"""The form of a status rule: what was typed as a rule, and a rule as the form shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trunkline.documents.errors import Refusal
from trunkline.documents.shape import Json
from trunkline.governance.role_names import roles
from trunkline.governance.status_checks import checks_of
from trunkline.governance.status_moves import states_of
from trunkline.governance.status_rules import rules_of
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.web.details.moves import state_path
from trunkline.web.forms import Form
from trunkline.web.governed import governed
from trunkline.web.wording import words

EFFECTS = (
    ("require", "The move needs something", "Say below who may make it and what must be there."),
    ("forbid", "There is no such move", "Records of this kind do not go this way here."),
    ("add", "There is one more move", "Also into a state of your own, which needs a name only."),
)
MANY = ("fromStatus", "role", "requiredAttribute", "check")
TEXTS = ("name", "effect", "toStatus", "condition", "expression", "message", "description")


def typed_rule(form: Form) -> dict[str, Json]:
    """Return the rule that was typed; what was left empty is None: a change takes it out."""
    found: dict[str, Json] = {name: form.text(name) or None for name in TEXTS}
    for name in MANY:
        chosen = [one.strip() for one in form.all(name) if one.strip()]
        if name == "requiredAttribute":
            chosen += [one for one in form.text("paths").replace(",", " ").split() if one]
        found[name] = list(dict.fromkeys(chosen)) or None
    title = form.text("followUp.title")
    days = form.text("followUp.dueDays")
    found["followUp"] = None
    if title:
        task: dict[str, Json] = {"title": title, "role": form.text("followUp.role")}
        if days:
            task["dueDays"] = form.whole("followUp.dueDays")
        found["followUp"] = task
    return found


def without_gaps(rule: Mapping[str, Json]) -> dict[str, Json]:
    """Return a rule without what was left empty."""
    return {name: value for name, value in rule.items() if value is not None}


def form_values(
    work: Work, resource: Resource, rule: Mapping[str, Json], refusal: Refusal | None
) -> dict[str, Any]:
    """Return what the form needs: what may be chosen, and what is chosen already."""
    lifecycle = resource.lifecycle
    states = states_of(lifecycle, rules_of(work, resource)) if lifecycle else []
    is_open = bool(lifecycle and lifecycle.is_open)
    paths = _paths(work, resource)
    chosen = [str(one) for one in rule.get("requiredAttribute") or ()]
    task = rule.get("followUp") or {}
    known, state = governed(work, resource), state_path(resource)
    return {
        "effects": [
            {"name": name, "title": title, "text": text}
            for name, title, text in EFFECTS
            if is_open or name != "add"
        ],
        "states": [{"name": one, "title": known.named(state, one)} for one in states],
        "is_open": is_open,
        "roles": _roles(work),
        "attributes": [{"name": one, "title": known.label(one) or words(one)} for one in paths],
        "paths": ", ".join(one for one in chosen if one not in paths),
        "checks": [{"name": one.name, "title": one.title} for one in checks_of(resource).values()],
        "rule": {name: rule.get(name) or "" for name in TEXTS}
        | {name: [str(one) for one in rule.get(name) or ()] for name in MANY}
        | {"task": {name: str(task.get(name, "")) for name in ("title", "role", "dueDays")}},
        "wrong": _wrong(refusal),
        "problem": refusal.message if refusal is not None and not refusal.faults else "",
    }


def _paths(work: Work, resource: Resource) -> list[str]:
    """Return the attributes that may be asked for by a tick: those that people fill in."""
    lifecycle = resource.lifecycle
    left_out = {*resource.server_sets, *((lifecycle.attribute,) if lifecycle else ())}
    own = [
        one.json_name
        for name, one in resource.type.attributes().items()
        if name not in left_out and not one.json_name.startswith("@")
    ]
    return [*own, *work.defined(resource)]


def _roles(work: Work) -> list[dict[str, str]]:
    return [{"name": name, "title": title} for name, title in roles(work).titles.items()]


def _wrong(refusal: Refusal | None) -> dict[str, list[str]]:
    """Return what is wrong by field; a fault in a list or an object stands at its field."""
    found: dict[str, list[str]] = {}
    faults: Iterable[Any] = refusal.faults if refusal is not None else ()
    for one in faults:
        name = one.path.partition("[")[0].partition(".")[0] or "name"
        found.setdefault(name, []).append(one.message)
    return found
