"""Screens of governance: registers and their values, and the operator's own attributes."""

from __future__ import annotations

from trunkline.governance.extra_attribute import ExtraAttribute
from trunkline.governance.profile import Profile
from trunkline.governance.register import Register, RegisterValue
from trunkline.governance.spheres.sphere import Sphere
from trunkline.screens.screen import Declared, Panel, Section, screen

screen(
    Register,
    Declared(
        form=(
            Section("Register", ("code", "name", "description")),
            Section("In other languages", ("translation",)),
        ),
        facts=("code", "name"),
        panels=(
            Panel(
                "Values",
                "RegisterValue",
                "register.id",
                ("code", "name", "position", "validFor.endDateTime"),
                limit=50,
            ),
        ),
        inner=(("translation", ("language", "name", "description")),),
        found=False,
    ),
)
screen(
    RegisterValue,
    Declared(
        columns=("register.name", "code", "name", "position", "color", "validFor.endDateTime"),
        filters=("register.name", "code"),
        form=(
            Section("Value", ("register", "code", "name", "description", "position")),
            Section("Looks", ("color", "icon")),
            Section("Validity", ("validFor",)),
            Section("In other languages", ("translation",)),
            Section("Own values", ("attribute",), folded=True),
        ),
        facts=("register.name", "code", "name", "position"),
        inner=(("translation", ("language", "name", "description")),),
        found=False,
    ),
)
screen(
    ExtraAttribute,
    Declared(
        columns=("recordType", "name", "label", "kind", "required", "indexed"),
        filters=("recordType", "kind"),
        form=(
            Section("What it is", ("recordType", "name", "kind", "register", "required",
                                   "indexed", "dataClass")),
            Section("How forms ask for it", ("label", "help", "section", "position",
                                             "defaultValue")),
            Section("What must hold", ("condition", "validation", "message")),
            Section("In other languages", ("translation",), folded=True),
        ),
        facts=("recordType", "name", "kind"),
        inner=(("translation", ("language", "name", "description")),),
        found=False,
    ),
)  # fmt: skip
screen(
    Profile,
    Declared(
        advice="A profile that is on alone holds for every record, whatever its condition says. "
        "Of several that are on, each record goes by the first whose condition holds for it.",
    ),
)
screen(
    Sphere,
    Declared(
        form=(
            Section("Dimension", ("code", "name", "description")),
            Section("Where it is read", ("source",)),
            Section("In other languages", ("translation",), folded=True),
        ),
        facts=("code", "name", "description"),
        inner=(
            ("source", ("recordType", "path")),
            ("translation", ("language", "name", "description")),
        ),
        found=False,
    ),
)
