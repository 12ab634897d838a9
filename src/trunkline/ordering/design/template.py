"""Templates: JSON in whose texts CEL stands between `${` and `}`. Pure, and nothing but that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from trunkline.documents.condition import RuleFailed, RuleInvalid, compile_rule
from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json

PLACE = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")
DEPTH_MAX = 12
CODE = "templateInvalid"


def render(template: Json, context: Mapping[str, Json]) -> Json:
    """Return a template with its expressions carried out.

    A text that is one expression becomes its value, of whatever type. Raises RuleFailed, and
    ValueMissing where a value is needed that is not there.
    """
    if isinstance(template, Mapping):
        return {name: render(one, context) for name, one in template.items()}
    if isinstance(template, list):
        return [render(one, context) for one in template]
    if not isinstance(template, str):
        return template
    whole = PLACE.fullmatch(template)
    if whole is not None:
        return _value(whole[1], context)
    return PLACE.sub(lambda found: _text(_value(found[1], context)), template)


def render_path(template: str, context: Mapping[str, Json]) -> str:
    """Return the path of a request with its expressions carried out.

    A value in it is one part of it, whatever it holds: `7/8 Ω` becomes `7%2F8%20%CE%A9`. A path
    begins as an expression says that it begins with. Raises RuleFailed, also where a value before
    any `?` is empty, `.` or `..`: that would be the address of something else.
    """

    def put(found: re.Match[str]) -> str:
        text = _text(_value(found[1], context))
        is_part = "?" not in PLACE.sub("", template[: found.start()])
        if is_part and not text:
            raise RuleFailed(f"{found[1].strip()} is empty, and stands in the path {template}")
        if found.start() == 0:
            return text
        if is_part and text in {".", ".."}:
            raise RuleFailed(f"{found[1].strip()} is {text}, which is no part of a path")
        return quote(text, safe="")

    return PLACE.sub(put, template)


def template_faults(
    template: Json, path: str, variables: tuple[str, ...], *, depth: int = 0
) -> Iterator[Fault]:
    """Yield what of a template does not parse, each fault at its path."""
    if depth > DEPTH_MAX:
        yield Fault(path, CODE, f"is nested deeper than {DEPTH_MAX} levels; make it flatter")
    elif isinstance(template, Mapping):
        for name, one in template.items():
            yield from template_faults(one, f"{path}.{name}", variables, depth=depth + 1)
    elif isinstance(template, list):
        for index, one in enumerate(template):
            yield from template_faults(one, f"{path}[{index}]", variables, depth=depth + 1)
    elif isinstance(template, str):
        yield from _text_faults(template, path, variables)


def expression_faults(
    text: str | None, path: str, variables: tuple[str, ...], *, condition: bool
) -> Iterator[Fault]:
    """Yield what is wrong with one expression, nothing for none."""
    try:
        if text is not None:
            compile_rule(text, condition=condition, variables=variables)
    except RuleInvalid as error:
        yield Fault(path, "conditionInvalid" if condition else CODE, str(error))


def _text_faults(text: str, path: str, variables: tuple[str, ...]) -> Iterator[Fault]:
    if "${" in PLACE.sub("", text):
        yield Fault(path, CODE, "has a ${ that no } closes; close it")
    for found in PLACE.finditer(text):
        for fault in expression_faults(found[1], path, variables, condition=False):
            yield Fault(path, CODE, f"{found[1].strip()} {fault.message}")


def _value(text: str, context: Mapping[str, Json]) -> Json:
    rule = compile_rule(text, condition=False, variables=tuple(context))
    return rule.value(context)


def _text(value: Json) -> str:
    if value is None:
        return ""
    is_json = isinstance(value, (bool, list, Mapping))
    return encode(value).decode() if is_json else str(value)


def plain_text(value: Json) -> str:
    """Return one value as a text without blanks around it. Raises RuleFailed for none, or many."""
    text = "" if isinstance(value, (list, Mapping)) else _text(value).strip()
    if not text:
        raise RuleFailed("comes to no text")
    return text
