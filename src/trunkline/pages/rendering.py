"""Rendering: the templates of a package, escaped by default, in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any

import minijinja

from trunkline.documents.shape import Json
from trunkline.pages.assets import Assets
from trunkline.pages.language import Language, language, spoken
from trunkline.pages.periods import how_often
from trunkline.workspace.preferences import LANGUAGES


class Renderer:
    """Renders the templates of a folder and `more`; a name that one asks for and lacks is an error.

    `more` maps the names of further templates to their texts. Each language has an environment of
    its own, in which `_` is a text of that language, `ngettext` its form for a number, `told` the
    message of a refusal, `inside` a title in the middle of a sentence and `how_often` a period.
    """

    def __init__(
        self, folder: Traversable, assets: Assets, more: Mapping[str, str] | None = None
    ) -> None:
        own = {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()}
        self._templates = {**(more or {}), **own}
        self._assets = assets
        self._environments: dict[int, tuple[Language, Any]] = {}
        for code in LANGUAGES:
            self._environment(language(code))

    def html(self, template: str, values: dict[str, Json]) -> str:
        """Return the text of a page or of a part of one."""
        text: str = self._environment(spoken()).render_template(template, **values)
        return text

    def _environment(self, read_in: Language) -> Any:
        """Return what renders in a language; it is made once."""
        known = self._environments.get(id(read_in))
        if known is None:
            made = minijinja.Environment(
                templates=self._templates,
                debug=False,
                undefined_behavior="strict",
                trim_blocks=True,
                lstrip_blocks=True,
                globals={
                    "asset": self._assets.address,
                    "_": read_in.text,
                    "ngettext": read_in.several,
                    "told": read_in.told,
                    "inside": read_in.inside,
                    "how_often": how_often,
                },
            )
            # The language is kept beside what renders in it: its id stays its own.
            known = self._environments[id(read_in)] = (read_in, made)
        return known[1]
