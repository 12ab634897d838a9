"""Preferences: how a person wants the pages, kept in the database and read once a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services, bump_generation
from trunkline.workspace.shortcuts import Shortcuts, key_faults

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "ar": "العربية"}
"""Each language that pages come in, by its own name."""
RIGHT_TO_LEFT = frozenset({"ar"})
THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")
PEOPLE_MAX = 10_000


@dataclass(frozen=True)
class Preferences:
    """What a person chose; an empty language or time zone is the browser's or the operator's.

    `keys` are the keys of the actions whose keys were moved.
    """

    language: str = ""
    theme: str = "auto"
    density: str = "comfortable"
    shortcuts: bool = True
    time_zone: str = ""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone that was chosen, if one was."""
        return ZoneInfo(self.time_zone) if self.time_zone else None


DEFAULTS = Preferences()
NAMES: Mapping[str, str] = {one.name.replace("_z", "Z"): one.name for one in fields(Preferences)}
"""JSON names to those of the attributes."""


def shown(preferences: Preferences) -> dict[str, Json]:
    """Return preferences as they go out."""
    found = {name: getattr(preferences, own) for name, own in NAMES.items()}
    return found | {"keys": {name: list(keys) for name, keys in preferences.keys.items()}}


def read_preferences(connection: Any, principal: str) -> Preferences:
    """Return what a person chose, or the defaults."""
    row = connection.execute(
        "select chosen from preference where principal = %s", [principal]
    ).fetchone()
    return DEFAULTS if row is None else _of(load(row[0]))


def change_preferences(
    services: Services, connection: Any, principal: str, patch: Json, shortcuts: Shortcuts
) -> Preferences:
    """Write what a merge patch changes and return the result; null takes a choice back.

    Refuses, field by field, what is no choice, and keys that would do two things.
    """
    if not isinstance(patch, dict):
        refuse([Fault("", "badType", "preferences are an object")])
        return DEFAULTS
    former = read_preferences(connection, principal)
    refuse(list(_faults(patch)))
    chosen = shown(former)
    for name, value in patch.items():
        if name == "keys":
            chosen["keys"] = _moved(chosen["keys"], value)
        else:
            chosen[name] = getattr(DEFAULTS, NAMES[name]) if value is None else value
    wanted = _of(chosen)
    if "keys" in patch:  # what a new version declares is in nobody's way who changes another thing
        refuse(list(key_faults(shortcuts, wanted.keys)))
    if wanted != former:
        own = {name: one for name, one in shown(wanted).items() if one != shown(DEFAULTS)[name]}
        connection.execute(
            "insert into preference (principal, chosen, changed_at) values (%s, %s, %s) "
            "on conflict (principal) do update "
            "set chosen = excluded.chosen, changed_at = excluded.changed_at",
            [principal, encode(own).decode(), services.machine_now()],
        )
        bump_generation(connection)
    return wanted


def _moved(former: dict[str, Json], patch: Json) -> dict[str, Json]:
    if patch is None:
        return {}
    joined = former | patch
    return {name: keys for name, keys in joined.items() if keys is not None}


def _of(chosen: Mapping[str, Json]) -> Preferences:
    known = {NAMES[name]: value for name, value in chosen.items() if name in NAMES}
    found = replace(DEFAULTS, **known)
    return replace(found, keys={name: tuple(keys) for name, keys in found.keys.items()})


def _faults(patch: Mapping[str, Json]) -> Iterator[Fault]:
    for name, value in patch.items():
        if name not in NAMES:
            yield Fault(name, "unknownAttribute", f"there are {', '.join(NAMES)}")
        elif value is None:
            continue
        elif name == "shortcuts":
            if not isinstance(value, bool):
                yield Fault(name, "badType", "must be true or false")
        elif name == "keys":
            if not isinstance(value, dict) or not all(map(_is_keys, value.values())):
                yield Fault(name, "badType", "must be lists of keys, by action")
        elif not isinstance(value, str) or not CHOICES[name](value):
            yield Fault(name, "badValue", WANTED[name])


def _is_keys(value: Json) -> bool:
    return value is None or (
        isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    )


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """Return the names of all time zones, each region's together."""
    return tuple(sorted(one for one in available_timezones() if "/" in one or one == "UTC"))


CHOICES: Mapping[str, Callable[[str], bool]] = {
    "language": lambda value: not value or value in LANGUAGES,
    "theme": lambda value: value in THEMES,
    "density": lambda value: value in DENSITIES,
    "timeZone": lambda value: not value or value in time_zones(),
}
WANTED: Mapping[str, str] = {
    "language": f"must be one of {', '.join(LANGUAGES)}, or empty for the browser's",
    "theme": f"must be one of {', '.join(THEMES)}",
    "density": f"must be one of {', '.join(DENSITIES)}",
    "timeZone": "must be a time zone such as Europe/Berlin, or empty for the operator's",
}


class KnownPreferences:
    """What people chose, kept until the generation moves: most requests cost no statement."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[str, tuple[int, Preferences]] = {}
        self._lock = threading.Lock()

    def of(self, principal: str, generation: int) -> Preferences:
        """Return what a person chose, as of a generation or later."""
        found = self._known.get(principal)
        if found is not None and found[0] == generation:
            return found[1]
        with self._services.database.app.connection() as connection:
            preferences = read_preferences(connection, principal)
        with self._lock:
            if len(self._known) >= PEOPLE_MAX:
                self._known.clear()
            self._known[principal] = (generation, preferences)
        return preferences
