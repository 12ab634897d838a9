"""Codes: how the keys look that people give records."""

from __future__ import annotations

CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
"""A letter or digit first; a `/` joins codes to paths, so it is in none."""
