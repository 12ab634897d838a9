"""Every text has a German translation with the same placeholders, and the catalogs are current."""

from __future__ import annotations

import re
from io import BytesIO
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

from tests.support.messages import messages_tool

PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    return messages_tool()


@pytest.mark.parametrize("code", ["de", "ar"])
def test_the_catalogs_are_current(messages: ModuleType, code: str) -> None:
    """`python tools/messages.py` writes nothing new: nothing is missing, nothing is left over."""
    assert messages.catalog_path(code).read_bytes() == messages.updated(code, messages.texts()), (
        "run `python tools/messages.py` and translate what is new"
    )


def test_german_is_complete(messages: ModuleType) -> None:
    assert messages.untranslated(messages.catalog_path("de").read_bytes()) == []


@pytest.mark.parametrize("code", ["de", "ar"])
def test_translations_have_the_places_of_their_texts(messages: ModuleType, code: str) -> None:
    """A form for one or two things may say the number in words."""
    differing = []
    for one in read_po(BytesIO(messages.catalog_path(code).read_bytes()), locale=code):
        if not one.id or not one.string:
            continue
        is_counted = not isinstance(one.id, str)
        wanted = set(PLACEHOLDER.findall(" ".join(one.id) if is_counted else one.id))
        for string in one.string if is_counted else [one.string]:
            found = set(PLACEHOLDER.findall(string))
            missing = wanted - found - ({"%(count)s"} if is_counted else set())
            if string and (missing or found - wanted):
                differing.append((one.id, string))
    assert differing == []


def test_texts_are_found_where_they_are_made(messages: ModuleType) -> None:
    """In templates, in Python and in the messages of refusals, each in every way they come."""
    import ast

    template = """{{ _("One") }}{{ _('Two %(a)s', a=b) }}{{ ngettext("A", "As", n) }}"""
    assert set(messages.template_texts(template)) == {
        messages.Text("One"), messages.Text("Two %(a)s"), messages.Text("A", "As")
    }  # fmt: skip
    code = '''
def made(x):
    """Some docstring."""
    titles = [("name", "Shown title")]
    raise Conflict("code", f"{x.key} is {x.state}; try again")
    return say("in %(span)s", span=1), say_count("one", "many", x)
'''
    tree = ast.parse(code)
    assert set(messages.python_texts(tree)) == {
        messages.Text("Shown title"), messages.Text("in %(span)s"), messages.Text("one", "many")
    }  # fmt: skip
    assert set(messages.refusals(tree)) == {
        messages.Text("%(key)s is %(state)s; try again", context="refusal")
    }
