"""Extra attributes: what the operator adds to kinds of records while the program runs.

The record of one is what the operator says of it; its row in `attribute_definition`, which a
trigger keeps, is what the store needs to check, mask and find the values.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from trunkline.documents.shape import Limits, many
from trunkline.governance.api import GOVERNANCE
from trunkline.governance.configured import configures, followed_by
from trunkline.governance.register import Translation
from trunkline.kernel.resource import Document, Promoted, resource

Kind = Literal["text", "number", "boolean", "instant", "date", "choice", "choices"]
STORED: dict[str, str] = {"date": "text", "choice": "text", "choices": "texts"}
"""As what the values of a kind are stored, where that is another; a migration has the same."""

RULE = Limits(length_max=2048)
TEXT = Limits(length_max=500)


@followed_by("define_attribute")
@configures
@resource(
    api=GOVERNANCE,
    path="extraAttribute",
    prefix="EXA",
    immutable=("record_type", "name"),
    promote=(Promoted("recordType"), Promoted("name")),
    columns=("key", "recordType", "name", "label", "kind", "required", "indexed"),
)
class ExtraAttribute(Document):
    """An attribute that the operator added to a kind of record.

    `condition` (CEL over `record`) says which records have it; `validation` (CEL over `value` and
    `record`) what must hold of a value, and `message` what people are told where it does not.
    `label` and `help` are what forms show, `translation` the same in other languages (the help as
    its description). `data_class` says who sees the values; personal where it says nothing. Of what
    is `searched` each word finds the record.
    """

    record_type: Annotated[str, Limits(length_max=60)]
    name: Annotated[str, Limits(length_max=60)]
    kind: Kind
    required: bool | None = None
    default_value: Any = None
    register: Annotated[str | None, Limits(length_max=60)] = None
    condition: Annotated[str | None, RULE] = None
    validation: Annotated[str | None, RULE] = None
    message: Annotated[str | None, TEXT] = None
    label: Annotated[str | None, Limits(length_max=120)] = None
    help: Annotated[str | None, TEXT] = None
    translation: list[Translation] = many()
    section: Annotated[str | None, Limits(length_max=60)] = None
    position: Annotated[int | None, Limits(minimum=0)] = None
    indexed: bool | None = None
    searched: bool | None = None
    data_class: Literal["internal", "personal", "sensitive"] | None = None
    description: Annotated[str | None, TEXT] = None
