"""Rendering: the templates of a package, escaped by default."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any

import minijinja

from trunkline.documents.shape import Json
from trunkline.pages.assets import Assets


class Renderer:
    """Renders the templates of a folder and `more`; a name that one asks for and lacks is an error.

    `more` maps the names of further templates to their texts.
    """

    def __init__(
        self, folder: Traversable, assets: Assets, more: Mapping[str, str] | None = None
    ) -> None:
        own = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()}
        self._environment: Any = minijinja.Environment(
            templates={**(more or {}), **own},
            debug=False,
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            globals={"asset": assets.address, "_": _untranslated},
        )

    def html(self, template: str, values: dict[str, Json]) -> str:
        """Return the text of a page or of a part of one."""
        text: str = self._environment.render_template(template, **values)
        return text


def _untranslated(text: str, **values: Any) -> str:
    """Return a text as it is, with `%(name)s` filled in."""
    return text % values if values else text
