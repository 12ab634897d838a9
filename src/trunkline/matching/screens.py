"""Screens of duplicates and merges."""

from __future__ import annotations

from trunkline.matching.duplicate_pair import DuplicatePair
from trunkline.matching.party_merge import PartyMerge
from trunkline.screens.screen import Declared, Section, screen

screen(
    DuplicatePair,
    Declared(
        columns=("kind", "first", "second", "score", "state"),
        filters=("state", "kind"),
        form=(Section("Pair", ("first", "second", "note")),),
        facts=("state", "score", "first", "second"),
    ),
)
screen(
    PartyMerge,
    Declared(
        columns=("gone.name", "survivor", "state", "moved"),
        filters=("state",),
        form=(Section("Merge", ("survivor", "loser", "note")),),
        facts=("state", "survivor", "moved", "message"),
    ),
)
