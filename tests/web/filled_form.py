"""A form as a browser would send it: its fields with what is chosen in them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Reader(HTMLParser):
    def __init__(self, ident: str) -> None:
        super().__init__()
        self._ident = ident
        self._inside = False
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = own.get("id") == self._ident
        if not self._inside:
            return
        name = own.get("name", "")
        if tag == "select":
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((own.get("value", ""), "selected" in own))
        elif tag == "input" and name and "disabled" not in own and _counts(own):
            self.fields.setdefault(name, []).append(own.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "select" and self._select:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            first = [value for value, _ in self._options[:1]]
            self.fields.setdefault(self._select, []).extend((chosen or first)[:1])
            self._select = ""


def _counts(own: dict[str, str]) -> bool:
    return own.get("type") not in ("checkbox", "radio") or "checked" in own


def filled_form(answer: Any, ident: str = "form") -> dict[str, list[str]]:
    """Return the fields of a page's form."""
    reader = _Reader(ident)
    reader.feed(answer.text)
    return reader.fields
