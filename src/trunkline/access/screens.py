"""Screens of the access module: the topics of events that others listen to."""

from __future__ import annotations

from trunkline.access.topic import Topic
from trunkline.screens.screen import Declared, Section, screen

screen(
    Topic,
    Declared(form=(Section("Topic", ("name", "headerQuery", "contentQuery")),), facts=("name",)),
)
