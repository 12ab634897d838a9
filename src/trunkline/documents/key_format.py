"""Formats of keys: what stands before a number, and how many digits it has at least."""

from __future__ import annotations

KEY_DIGITS = 6
LONGER = "9" * 12


def key_format(start: str, digits: int = KEY_DIGITS) -> str:
    """Return the format (`to_char`) of keys that begin so; a longer number keeps its digits."""
    return f'"{start}"FM{LONGER}{"0" * digits}'
