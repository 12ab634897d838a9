"""Heads of files to import: what the fields of a kind of record are called, in every language."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.pages.language import language, speaking
from trunkline.web.governed import Governed
from trunkline.web.lists.address import path_words
from trunkline.web.wording import nested
from trunkline.workspace.import_fields import Field
from trunkline.workspace.preferences import LANGUAGES


def field_label(field: Field) -> str:
    """Return what a field is called where a column is mapped."""
    one = field.element
    if one is None:
        return path_words(field.path)
    return nested(one.value, one.below.rpartition(".")[2])


def head_names(fields: Sequence[Field], known: Governed) -> dict[str, list[str]]:
    """Return what each field may be called, by its path: as pages call it in any language."""
    found: dict[str, list[str]] = {one.path: [] for one in fields}
    for code in LANGUAGES:
        with speaking(language(code)):
            for one in fields:
                own = known.label(one.path)
                plain = field_label(one)
                found[one.path] += [own] if own else [plain, language(code).text(plain)]
    return found
