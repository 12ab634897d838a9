"""Two hands at a page: what they press, click and type is done and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
