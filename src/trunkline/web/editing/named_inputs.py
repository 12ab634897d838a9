"""Named inputs: the inputs of values that another record defines, such as its kinds and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from trunkline.documents.shape import Json
from trunkline.screens.asked_value import AskedValue
from trunkline.web.editing.nodes import Input, Option
from trunkline.web.editing.reading import flat_values, named_kind
from trunkline.web.editing.texts import text_of
from trunkline.web.wording import words

RADIOS_MAX = 4


def named_inputs(
    asked: Sequence[AskedValue], path: str, held: Sequence[Json], zone: ZoneInfo, *,
    with_defaults: bool,
) -> Iterator[tuple[AskedValue, Input]]:  # fmt: skip
    """Yield an input for each value that is asked for by its name."""
    for one in asked:
        entries = [each for each in held if isinstance(each, dict) and each.get("name") == one.name]
        values = flat_values(entries)
        if not entries and with_defaults:
            values = list(one.defaults)
        kind = named_kind(one)
        texts = [text_of(kind, value, zone) for value in values]
        yield one, _input(one, f"c:{path}:{one.name}", kind, texts, zone)


def _input(one: AskedValue, name: str, kind: str, texts: list[str], zone: ZoneInfo) -> Input:
    required = one.least > 0 and not one.fixed
    options = _options(one, kind, texts, zone)
    input_type = kind if kind != "json" else "long"
    if options:
        input_type = "radio" if len(options) <= RADIOS_MAX else "choice"
    if one.is_many:
        input_type = "boxes" if options else "lines"
        options = [option for option in options if option.value]
    value = "\n".join(texts) if one.is_many else (texts[0] if texts else "")
    return Input(
        name, words(one.name), input_type, value, options, required,
        hint=one.hint, pattern=one.pattern, low=one.low, high=one.high, unit=one.unit,
        fixed=one.fixed,
    )  # fmt: skip


def _options(one: AskedValue, kind: str, texts: list[str], zone: ZoneInfo) -> list[Option]:
    pairs = [(text_of(kind, choice.value, zone), choice.label) for choice in one.choices]
    if kind == "boolean":
        pairs = [("true", "Yes"), ("false", "No")]
    if not pairs:
        return []
    known = {value for value, _ in pairs}
    pairs += [(text, text) for text in texts if text not in known]
    if one.least == 0 and not one.is_many:
        pairs.insert(0, ("", ""))
    return [Option(value, label, value in texts or (not texts and not value))
            for value, label in pairs]  # fmt: skip
