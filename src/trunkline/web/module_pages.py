"""Pages that installed modules bring: their addresses and templates; `page` has their entries."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from typing import Any

import falcon

from trunkline.kernel.module import Module, load_modules
from trunkline.web.desk import Desk


def add_module_pages(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Let every page that a module names add its routes, by its `add_routes(app, desk)`."""
    for module in load_modules():
        for name in module.pages:
            import_module(name).add_routes(app, desk)


def module_templates() -> dict[str, str]:
    """Return the templates of the modules with pages; a name begins with its module's name."""
    return {
        f"{module.name}/{name}": text
        for module in load_modules()
        if module.pages
        for name, text in _templates(module).items()
    }


def _templates(module: Module) -> dict[str, str]:
    folder = files(module.package) / "templates"
    if not folder.is_dir():
        return {}
    return {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir() if one.is_file()}
