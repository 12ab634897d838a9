"""Rendering: the templates of the package, escaped by default."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import minijinja

from trunkline.documents.shape import Json
from trunkline.web.assets import Assets


class Renderer:
    """Renders the package's templates; a name that a template asks for and lacks is an error."""

    def __init__(self, assets: Assets) -> None:
        folder = files("trunkline.web") / "templates"
        self._environment: Any = minijinja.Environment(
            templates={one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()},
            debug=False,
            undefined_behavior="strict",
            trim_blocks=True,
            lstrip_blocks=True,
            globals={"asset": assets.address},
        )

    def html(self, template: str, values: dict[str, Json]) -> str:
        """Return the text of a page or of a part of one."""
        text: str = self._environment.render_template(template, **values)
        return text
