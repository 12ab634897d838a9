"""A form as a browser would send it: its fields with what is chosen in them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Reader(HTMLParser):
    def __init__(self, ident: str, action: str) -> None:
        super().__init__()
        self._ident = ident
        self._action = action
        self._text: list[str] | None = None
        self._inside = False
        self._select = self._area = ""
        self._options: list[tuple[str, bool]] = []
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "form":
            named = own.get("action") == self._action if self._action else False
            self._inside = own.get("id") == self._ident or named
        if not self._inside:
            return
        name = own.get("name", "")
        if tag == "select":
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((own.get("value", ""), "selected" in own))
            self._text = None if "value" in own else []
        elif tag == "textarea":
            self._area, self._text = name, []
        elif tag == "input" and name and "disabled" not in own and _counts(own):
            line = own.get("value", "").replace("\r", "").replace("\n", "")
            self.fields.setdefault(name, []).append(line)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        text = "".join(self._text or ())
        if tag == "option" and self._text is not None and self._options:
            self._options[-1] = (text.strip(), self._options[-1][1])
        if tag == "textarea" and self._text is not None and self._area:
            self.fields.setdefault(self._area, []).append(text.removeprefix("\n"))
        if tag in {"option", "textarea"}:
            self._text = None
        if tag == "select" and self._select:
            chosen = [value for value, is_chosen in self._options if is_chosen]
            first = [value for value, _ in self._options[:1]]
            self.fields.setdefault(self._select, []).extend((chosen or first)[:1])
            self._select = ""


def _counts(own: dict[str, str]) -> bool:
    return own.get("type") not in ("checkbox", "radio") or "checked" in own


def filled_form(answer: Any, ident: str = "form", action: str = "") -> dict[str, list[str]]:
    """Return the fields of a page's form, which is known by its id or by where it goes."""
    reader = _Reader(ident, action)
    reader.feed(answer.text)
    return reader.fields
