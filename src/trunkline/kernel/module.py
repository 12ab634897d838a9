"""Modules: what an installed package brings (resources, rules, reactions, migrations, pages)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable

from trunkline.kernel.resource import registry

GROUP = "trunkline.modules"


@dataclass(frozen=True)
class Module:
    """A module's face: the Python modules to import, and the package folders that it brings.

    `imports` are full names; importing them declares resources, rules and reactions. `package`
    is where `migrations/` and `templates/` are looked for. `pages` are full names imported by
    the web edge only, which calls the `add_routes(app, desk)` of each; a template is known there
    by the module's name and its own (`thing/list.html`).
    """

    name: str
    package: str
    imports: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    @property
    def migrations(self) -> Traversable | None:
        """The folder of numbered SQL files, where there is one."""
        folder = files(self.package) / "migrations"
        return folder if folder.is_dir() else None


_loaded: tuple[Module, ...] | None = None


def load_modules() -> tuple[Module, ...]:
    """Import every installed module once and check that all declared names resolve.

    The entry point of each names a Python module with a `MODULE` in it.
    """
    global _loaded  # noqa: PLW0603 - the modules of a process are loaded once
    if _loaded is None:
        found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
        modules = []
        for entry in found:
            module = import_module(entry.value).MODULE
            for name in module.imports:
                import_module(name)
            modules.append(module)
        registry.check()
        _loaded = tuple(modules)
    return _loaded
