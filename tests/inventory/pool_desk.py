"""A pool as its keeper sees it: made, loaded, asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.program import Client, Site

POOLS = "/api/pools/v1/resourcePool"


@dataclass
class Keeper:
    """One pool, and everything through the API."""

    site: Site
    client: Client
    id: str
    key: str

    @classmethod
    def opens(cls, site: Site, name: str, kind: str, characteristic: str, **more: Any) -> Keeper:
        body = {"name": name, "poolType": kind, "characteristic": characteristic, **more}
        answer = site.admin.post(POOLS, body)
        assert answer.status_code == 201, answer.json
        return cls(site, site.admin, answer.json["id"], answer.json["key"])

    def load(self, first: str, last: str) -> int:
        answer = self.client.post(f"{POOLS}/{self.id}/range", {"first": first, "last": last})
        assert answer.status_code == 201, answer.json
        return int(answer.json["loaded"])

    def does(self, verb: str, value: str, **more: Any) -> Any:
        return self.client.post(f"{POOLS}/{self.id}/{verb}", {"value": value, **more})

    def reserves(self, **wanted: Any) -> Any:
        return self.client.post(f"{POOLS}/{self.id}/reserve", wanted)

    def level(self) -> dict[str, int]:
        found: dict[str, int] = self.client.get(f"{POOLS}/{self.id}/level").json
        return found

    def states(self) -> dict[str, str]:
        answer = self.client.get(f"{POOLS}/{self.id}/value", query_string="limit=500")
        assert answer.status_code == 200, answer.json
        return {one["value"]: one["state"] for one in answer.json}

    def value(self, value: str) -> dict[str, Any]:
        found = self.client.get(f"{POOLS}/{self.id}/value", query_string=f"pattern={value}").json
        (one,) = [each for each in found if each["value"] == value]
        held: dict[str, Any] = one
        return held
