"""The interface of this module."""

from __future__ import annotations

from trunkline.kernel.resource import Api

MATCHING = Api("matching", "Duplicates and merges", "1.0.0", "/api/party/v1")
CHECK, FIND = "matching:check", "matching:find"
