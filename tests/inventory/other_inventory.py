"""An inventory of somebody else: asked and told by TMF638 and TMF639, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from trunkline.ordering.command import Unavailable
from trunkline.ordering.design.answer import Response
from trunkline.ordering.design.outside_system import System


@dataclass
class OtherInventory:
    """Its records by id, and what it was told; while it is away it answers nobody."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)
    is_away: bool = False

    def send(
        self, system: System, request: Mapping[str, Any], *, key: str, timeout_s: float | None
    ) -> Response:
        if self.is_away:
            raise Unavailable("notConnected", "nobody is there")
        address = urlsplit(str(request["path"]))
        method, ident = str(request["method"]), address.path.rpartition("/")[2]
        if method == "GET" and address.query:
            asked = {name: int(found[0]) for name, found in parse_qs(address.query).items()}
            listed = list(self.records.values())
            return Response(200, listed[asked["offset"] :][: asked["limit"]])
        if method != "GET":
            if key in self.keys:
                return Response(200, self.keys[key])
            self.told.append((method, str(request["path"])))
        if method == "POST":
            ident = f"NEW-{len(self.records) + 1}"
            self.records[ident] = {**deepcopy(request["body"]), "id": ident}
            self.keys[key] = self.records[ident]
            return Response(201, self.records[ident])
        if ident not in self.records:
            return Response(404, {"message": f"no {ident}"})
        if method == "DELETE":
            del self.records[ident]
            return Response(204)
        if method == "PATCH":
            self.records[ident] |= deepcopy(dict(request["body"]))
        return Response(200, self.records[ident])
