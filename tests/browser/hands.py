"""Two hands at a page: what they press, click and type is done and counted.

The focus is where the page and the keys that were pressed have brought it; nothing else moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ROW = """([panel, link]) => [...document.querySelector(panel).querySelectorAll(
  'tbody tr, .home-lines > li, .lines > li, .product')].findIndex(row => row.querySelector(link))"""
FOCUSED = """([panel, link]) => document.activeElement.closest(`${panel} :is(tr, li, .product)`)
  ?.querySelector(link)"""


@dataclass
class Hands:
    """Does what a person does, as it is counted: a click or a chord is 1 c, a text typed 1 t."""

    page: Any
    actions: int = 0
    texts: int = 0

    def click(self, selector: str) -> None:
        """Click on the first that a selector finds, once it can be seen."""
        self.actions += 1
        self._wait()
        self.page.locator(selector).first.click()

    def press(self, chord: str) -> None:
        """Press a key or a chord where the focus is."""
        self.actions += 1
        self._wait()
        self.page.keyboard.press(chord)

    def chord(self, *keys: str) -> None:
        """Press keys of a chord, one after the other, such as G and then O: one action."""
        self.press(keys[0])
        for one in keys[1:]:
            self.page.keyboard.press(one)

    def follow(self, by: str, selector: str, *keys: str) -> None:
        """Follow a link or press a button once it can be seen: by its key, or with the mouse."""
        self._wait()
        self.page.locator(selector).first.wait_for()
        if by == "keys":
            self.chord(*keys)
        else:
            self.click(selector)

    def go_to(self, panel: str, link: str) -> None:
        """Go to the row of a panel that has a link, by the number that stands at the panel.

        The number leads to its first row; with the number of the row after it that is a chord.
        """
        self._wait()
        self.page.locator(f"{panel} {link}").first.wait_for()
        number = self.page.locator(f"{panel} h2[data-number]").get_attribute("data-number")
        at = self.page.evaluate(ROW, [panel, link])
        self.chord(number, *([str(at + 1)] if at else []))
        self.page.wait_for_function(FOCUSED, arg=[panel, link])

    def type(self, text: str) -> None:
        """Type a text where the focus is, in place of what stands there."""
        self.texts += 1
        self._wait()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    @property
    def count(self) -> tuple[int, int]:
        """What was done so far: clicks and chords, and texts."""
        return self.actions, self.texts

    def _wait(self) -> None:
        """Wait for the scripts of a page that has only just come."""
        self.page.wait_for_load_state()

    def needed_at_most(self, actions: int, texts: int = 0) -> None:
        """Fail where it took more than the target."""
        assert self.actions <= actions, f"{self.actions} clicks or keys, {actions} are allowed"
        assert self.texts <= texts, f"{self.texts} texts, {texts} are allowed"
