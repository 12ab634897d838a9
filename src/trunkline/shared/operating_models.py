"""The ways of working of telecom operators that the program knows by name."""

from __future__ import annotations

RETAIL = "retail"
WHOLESALE = "wholesale"
