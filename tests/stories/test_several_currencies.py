"""Each customer pays in the currency of the account, to the cent as people add up."""

from __future__ import annotations
