"""Screens of what customers do by themselves: its policies and the terms of sale."""

from __future__ import annotations

from trunkline.sales.self_care.policy import SelfCarePolicy
from trunkline.sales.self_care.terms import TermsOfSale
from trunkline.screens.screen import Declared, Section, screen

screen(
    SelfCarePolicy,
    Declared(
        form=(
            Section("What it is about", ("name", "action", "productOffering", "isActive")),
            Section("What holds", ("isAllowed", "message", "mustConfirm", "timesMax", "withinDays",
                                   "monthlyRiseMax", "onceMax", "daysAheadMax", "range")),
        ),
        facts=("isActive", "isAllowed", "mustConfirm"),
    ),
)  # fmt: skip
screen(
    TermsOfSale,
    Declared(
        form=(
            Section("What is accepted", ("name", "version", "text")),
            Section("Where it holds", ("productOffering", "validFor", "isActive")),
        ),
        facts=("version", "isActive"),
    ),
)
