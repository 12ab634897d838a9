"""Screens of the privacy module: erasures, what holds them up, and what is kept how long."""

from __future__ import annotations

from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.keeping import KeepingRule
from trunkline.privacy.legal_hold import LegalHold
from trunkline.screens.screen import Declared, Section, screen

screen(
    ErasureRequest,
    Declared(
        columns=("person", "pseudonym", "ground", "state", "dueDate", "endedAt"),
        filters=("state", "ground", "dueDate"),
        sort="dueDate",
        form=(Section("Erasure", ("person", "ground")),),
        facts=("state", "person", "ground", "dueDate", "askedBy", "checkedBy", "decidedBy",
               "decidedAt", "endedAt"),
        search=("pseudonym",),
    ),
)  # fmt: skip
screen(
    LegalHold,
    Declared(
        form=(Section("Legal hold", ("person", "reference", "until")),),
        facts=("person", "reference", "until"),
    ),
)
screen(
    KeepingRule,
    Declared(
        form=(Section("Keeping rule", ("kind", "years", "reason")),),
        facts=("kind", "years", "reason"),
    ),
)
