"""Pages in the menu: what the pages of installed modules say about their entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from trunkline.kernel.actor import Actor
from trunkline.kernel.module import load_modules


@dataclass(frozen=True)
class Page:
    """A page with an entry in the menu, for those who may open it.

    `section` is the title of a group: one that there is (`Work`, `Customers`), or one of its own.
    `models` are the ways of working that need it, all where none is named.
    """

    address: str
    label: str
    section: str
    may_open: Callable[[Actor], bool]
    icon: str = "box"
    models: tuple[str, ...] = ()


@cache
def pages_of_modules() -> tuple[Page, ...]:
    """Return the entries that the pages of installed modules declare, each by its `PAGES`."""
    return tuple(
        page
        for module in load_modules()
        for name in module.pages
        for page in getattr(import_module(name), "PAGES", ())
    )
