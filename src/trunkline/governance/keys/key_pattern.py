"""Key patterns: how the operator numbers new records of a kind; old keys stay as they are.

The number itself comes from one sequence for each kind and never from the pattern, so a change
makes no key anew. Parts before it are letters, and a year: what people read in a key they type,
too, so there is nothing between the parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from trunkline.documents.errors import Fault
from trunkline.documents.paths import walk_path
from trunkline.documents.shape import Limits, Shape, many
from trunkline.governance.api import GOVERNANCE
from trunkline.governance.configured import configures
from trunkline.governance.packaged_records import named, packaged
from trunkline.governance.register_rules import hold_name
from trunkline.kernel.behaviour import on, rule
from trunkline.kernel.resource import Document, Promoted, event, resource
from trunkline.kernel.work import Work

DIGITS_MAX = 12
CODE = Limits(pattern="^[A-Z]{1,4}$")


class SegmentCode(Shape):
    """The letters that stand in keys for a value of the attribute that divides records."""

    value: Annotated[str, Limits(length_max=60)]
    code: Annotated[str, CODE]


@configures
@resource(
    api=GOVERNANCE,
    path="keyPattern",
    prefix="KEY",
    immutable=("record_type",),
    promote=(Promoted("recordType"),),
    columns=("key", "recordType", "prefix", "year", "digits", "start"),
)
class KeyPattern(Document):
    """How new records of a kind are numbered: `prefix`, segment, year, and digits at least.

    `segment` is a path at the top of a record (or into an object of it); `segment_code` says which
    letters each value has, and one that is not there has none. `start` is the least next number.
    """

    record_type: Annotated[str, Limits(length_max=60)]
    prefix: Annotated[str, Limits(pattern="^[A-Z]{1,8}$")]
    digits: Annotated[int | None, Limits(minimum=3)] = None
    year: Literal["none", "two", "four"] | None = None
    segment: Annotated[str | None, Limits(length_max=120)] = None
    segment_code: list[SegmentCode] = many()
    start: Annotated[int | None, Limits(minimum=1)] = None


@rule(KeyPattern)
def one_pattern_for_each_kind(
    work: Work, old: KeyPattern | None, new: KeyPattern
) -> Iterator[Fault]:
    """Refuse a kind that there is not, and a second pattern of one kind."""
    if old is not None:
        return
    kind = work.services.registry.resources.get(new.record_type)
    if kind is None or not kind.published:
        message = f"there is no kind of record {new.record_type}; name one such as Individual"
        yield Fault("recordType", "badValue", message)
        return
    hold_name(work, "KeyPattern", new.record_type)
    for one in work.find(KeyPattern, {"recordType": new.record_type}, limit=1):
        message = f"{kind.title} is numbered by {one.key} already; change that"
        yield Fault("recordType", "conflictName", message)


@rule(KeyPattern)
def prefixes_tell_kinds_apart(
    work: Work, _old: KeyPattern | None, new: KeyPattern
) -> Iterator[Fault]:
    """Refuse a prefix by which another kind is known."""
    others = {one.prefix: one.record_type for one in work.find(KeyPattern, {})}
    others |= {one.prefix: one.name for one in work.services.registry}
    for text in (new.prefix, *(f"{new.prefix}{one.code}" for one in new.segment_code)):
        if others.get(text, new.record_type) != new.record_type:
            message = f"{text} stands for {others[text]}; choose other letters"
            yield Fault("prefix", "conflictPrefix", message)


@rule(KeyPattern)
def numbers_have_a_sane_length(
    _work: Work, _old: KeyPattern | None, new: KeyPattern
) -> Iterator[Fault]:
    """Refuse more digits than a number can have, and a start beyond them."""
    if new.digits is not None and new.digits > DIGITS_MAX:
        yield Fault("digits", "badValue", f"takes 3 to {DIGITS_MAX} digits")
    if new.start is not None and new.start >= 10**DIGITS_MAX:
        yield Fault("start", "badValue", f"has more than {DIGITS_MAX} digits")


@rule(KeyPattern)
def segments_are_attributes(
    work: Work, _old: KeyPattern | None, new: KeyPattern
) -> Iterator[Fault]:
    """Refuse a segment that is no single text of the kind, and codes without or for two values."""
    kind = work.services.registry.resources.get(new.record_type)
    if new.segment_code and not new.segment:
        yield Fault("segment", "missing", "say by which attribute records are divided")
    if new.segment and kind is not None:
        try:
            steps = walk_path(kind.type, new.segment)
        except KeyError as error:
            yield Fault("segment", "badValue", f"{kind.title} has no attribute {error.args[0]}")
        else:
            if any(one.is_list for one in steps) or steps[-1].attribute.shape is not None:
                yield Fault("segment", "badValue", "must be one value, not a list or an object")
    values = [one.value for one in new.segment_code]
    for index, one in enumerate(values):
        if one in values[:index]:
            yield Fault(f"segmentCode[{index}].value", "conflictValue", f"{one} is there twice")


@on(event(KeyPattern, "created"), event(KeyPattern, "changed"))
def numbers_go_on_from_the_start(work: Work, pattern: KeyPattern) -> None:
    """Let the next number of a kind be the start of its pattern, where that is higher."""
    kind = work.services.registry.resources.get(pattern.record_type)
    if kind is not None and pattern.start is not None:
        work.connection.execute("select go_on_from(%s, %s)", [kind.table, pattern.start])


packaged(KeyPattern, "keyPatterns", "Key patterns", key=named("recordType"), order=35)
