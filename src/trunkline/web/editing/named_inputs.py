"""Named inputs: the inputs of values that another record defines, such as its kinds and bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.screens.asked_value import AskedValue
from trunkline.web.editing.nodes import Input, Members, Named, Option, Row, Several
from trunkline.web.editing.reading import flat_values
from trunkline.web.editing.structures import (
    BARE,
    NAMED,
    REST,
    Place,
    clear_of,
    field_of,
    members_of,
    named_kind,
    opened,
)
from trunkline.web.editing.texts import text_of
from trunkline.web.wording import words

RADIOS_MAX = 4
ROWS_MAX = 200
WORDS = {"radio": True, "list": False}
"""Names of types that say how one of a few is chosen: all in sight, or from a list."""
TICKED = "checkbox"
Dress = Callable[[Named, str], Named]
"""Gives what stands at a place (`Equipment[0].size`) its problems and its mark on the page."""


def named_inputs(
    asked: Iterable[AskedValue], path: str, held: Sequence[Json], zone: ZoneInfo, dress: Dress, *,
    with_defaults: bool,
) -> Iterator[Named]:  # fmt: skip
    """Yield what asks for each value that is asked for by its name."""
    for one in asked:
        entries = [each for each in held if isinstance(each, dict) and each.get("name") == one.name]
        values = flat_values(entries)
        if not entries and (with_defaults or one.kind == "label"):
            values = list(one.defaults)
        maker = _Maker(zone, dress)
        yield maker.named(one, [path, one.name], values, one.name, is_needed=True)


@dataclass(frozen=True)
class _Maker:
    """Makes the inputs of one value, and of its members."""

    zone: ZoneInfo
    dress: Dress

    def named(
        self, one: AskedValue, at: Place, values: Sequence[Json], place: str, *, is_needed: bool
    ) -> Named:
        """Return what asks for all values at a place."""
        kind = named_kind(one)
        if not one.is_many:  # a box that is ticked stands behind what it is without that
            values = values[-1:]
        texts = [text for each in values if (text := text_of(kind, each, self.zone)).strip()]
        needed = is_needed and one.least > 0 and not one.fixed
        options = _options(one, kind, texts, self.zone, needed=needed)
        is_top = len(at) == 2
        if one.fixed:
            node: Named = Input(
                self._name(at), called(one), "text", ", ".join(texts), hint=one.hint,
                unit=one.unit, fixed=True,
            )  # fmt: skip
        elif one.is_many and one.choices and is_top:
            options = [option for option in options if option.value]
            node = self._input(one, self._name(at), "boxes", "\n".join(texts), options, needed)
        elif one.is_many:
            return self._several(one, at, [each for each in values if each not in (None, "")],
                                 place, needed=needed)  # fmt: skip
        elif members_of(one):
            value = next(iter(values), None)
            where = [*at, 0] if is_top else at
            return self._whole(one, where, value, place, needed=needed)
        else:
            node = self._single(one, self._name(at), values, needed=needed)
        return self.dress(node, place)

    def _name(self, at: Place) -> str:
        return f"{NAMED}{at[0]}:{at[1]}" if len(at) == 2 else field_of(at)

    def _several(
        self, one: AskedValue, at: Place, values: Sequence[Json], place: str, *, needed: bool
    ) -> Named:
        """Return a row for each value, and for one more where there may be more."""
        rows = []
        spare = 1 if one.most is None or len(values) < one.most else 0
        count = max(len(values) + spare, min(one.least, ROWS_MAX))
        for index in range(count):
            value = values[index] if index < len(values) else None
            must = needed and index < one.least
            where, spot = [*at, index], f"{place}[{index}]"
            if members_of(one):
                node = self._whole(one, where, value, spot, needed=must)
            else:
                name = self._name(at) if len(at) == 2 else field_of(where)
                single = self._single(one, name, [] if value is None else [value], needed=must)
                node = self.dress(replace(single, hint=""), spot)
            rows.append(Row(node, clear_of(where) if value is not None else ""))
        whole = Several(self._name(at), called(one), rows, needed, one.hint, grows=spare > 0)
        return self.dress(whole, place)

    def _whole(self, one: AskedValue, at: Place, value: Json, place: str, *, needed: bool) -> Named:
        """Return the members of one value; the text of what has none."""
        held = opened(value, BARE.get(one.kind, "")) if value not in (None, "") else {}
        if held is None:
            name = field_of(at)
            text = text_of("json", value, self.zone)
            return self.dress(self._input(one, name, "long", text, (), needed), place)
        nodes, told = [], {one.name for one in members_of(one) if not one.fixed}
        for each in members_of(one):
            mine = held.get(each.name)
            values = mine if isinstance(mine, list) else [] if mine is None else [mine]
            if mine is None and (each.fixed or (needed and value in (None, ""))):
                values = flat_values([{"value": one} for one in each.defaults])
            spot = f"{place}.{each.name}"
            nodes.append(self.named(each, [*at, each.name], values, spot, is_needed=needed))
        rest = {name: inner for name, inner in held.items() if name not in told}
        whole = Members(
            field_of([*at, REST]), called(one), nodes, encode(rest).decode() if rest else "",
            needed, one.hint, clear=clear_of(at) if held else "", file=one.kind == "attachment",
        )  # fmt: skip
        return self.dress(whole, place)

    def _single(self, one: AskedValue, name: str, values: Sequence[Json], *, needed: bool) -> Input:
        kind = named_kind(one)
        texts = [text for each in values if (text := text_of(kind, each, self.zone)).strip()]
        options = _options(one, kind, texts, self.zone, needed=needed)
        has_lines = kind == "text" and any("\n" in text for text in texts)
        input_type = "long" if kind == "json" or has_lines else kind
        if options:
            few = len(options) <= RADIOS_MAX and not one.is_many
            few = WORDS.get(word_of(one), few)
            input_type = "radio" if few else "choice"
        if word_of(one) == TICKED and name.startswith(NAMED) and not one.is_many:
            input_type, options = "tick", []
        return self._input(one, name, input_type, texts[0] if texts else "", options, needed)

    def _input(
        self, one: AskedValue, name: str, kind: str, text: str, options: Sequence[Option],
        needed: bool,
    ) -> Input:  # fmt: skip
        return Input(
            name, called(one), kind, text, options, needed,
            hint=one.hint, pattern=one.pattern, low=one.low, high=one.high, unit=one.unit,
        )  # fmt: skip


def called(one: AskedValue) -> str:
    """Return what a value is called where it is asked for."""
    return one.label or words(one.name)


def word_of(one: AskedValue) -> str:
    """Return the name of a value's type without case and punctuation."""
    return "".join(letter for letter in one.value_type.lower() if letter.isalpha())


def _options(
    one: AskedValue, kind: str, texts: list[str], zone: ZoneInfo, *, needed: bool
) -> list[Option]:
    """Return what may be chosen; nothing, too, where nothing has to be."""
    pairs = [(text_of(kind, choice.value, zone), choice.label) for choice in one.choices]
    if kind == "boolean" and not pairs:
        pairs = [("true", "Yes"), ("false", "No")]
    if not pairs:
        return []
    known = {value for value, _ in pairs}
    pairs += [(text, text) for text in texts if text not in known]
    if not needed or one.is_many:
        pairs.insert(0, ("", ""))
    return [Option(value, label, value in texts or (not texts and not value))
            for value, label in pairs]  # fmt: skip
