"""Every text is translated into each language with the same places, and catalogs are current."""

from __future__ import annotations

import re
from collections.abc import Iterator
from gettext import c2py
from io import BytesIO
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

from tests.support.messages import messages_tool
from trunkline.pages.language import Language

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?s")


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    return messages_tool()


def test_the_catalogs_are_current(messages: ModuleType) -> None:
    """`python tools/messages.py` writes nothing new: nothing is missing, nothing is left over."""
    wanted = messages.texts()
    for code in messages.CODES:
        assert messages.catalog_path(code).read_bytes() == messages.updated(code, wanted), (
            "run `python tools/messages.py` and translate what is new"
        )


@pytest.mark.parametrize("code", ["de", "ar"])
def test_no_text_is_missing_or_doubtful(messages: ModuleType, code: str) -> None:
    content = messages.catalog_path(code).read_bytes()
    assert messages.untranslated(content) == []
    assert [one.id for one in read_po(BytesIO(content), locale=code) if one.id and one.fuzzy] == []


@pytest.mark.parametrize("code", ["de", "ar"])
def test_a_translation_begins_and_ends_as_its_text_does(messages: ModuleType, code: str) -> None:
    """A blank too many would stand on the page; one too few would join two words."""
    differing = [
        (texts, string)
        for texts, strings in translations(messages, code)
        for string in strings
        if ends(string) != ends(texts[0])
    ]
    assert differing == []


def translations(messages: ModuleType, code: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each text in its forms, with the forms of its translation."""
    for one in read_po(BytesIO(messages.catalog_path(code).read_bytes()), locale=code):
        if one.id:
            texts = [one.id] if isinstance(one.id, str) else [*one.id]
            yield texts, [one.string] if isinstance(one.string, str) else [*(one.string or ())]


def ends(text: str) -> tuple[bool, bool]:
    """Tell whether a text begins and whether it ends with a blank."""
    return text[:1].isspace(), text[-1:].isspace()


@pytest.mark.parametrize("code", ["de", "ar"])
def test_a_count_takes_the_form_that_the_catalog_says(messages: ModuleType, code: str) -> None:
    """What translators' tools read in the head of the catalog is what pages go by."""
    head = messages.catalog_path(code).read_text(encoding="utf-8").split("\n\n", 1)[0]
    rule = head.split("plural=", 1)[1].split(";", 1)[0]
    forms = tuple(f"{place}" for place in range(6 if code == "ar" else 2))
    other = Language(code, counted={"one": forms})
    for count in (*range(130), 200, 1_000, 1_003, 1_011):
        assert other.several("one", "many", count) == str(c2py(rule)(count)), count


@pytest.mark.parametrize("code", ["de", "ar"])
def test_translations_have_the_places_of_their_texts(messages: ModuleType, code: str) -> None:
    """A form for one or two things may say the number in words."""
    differing = []
    for texts, strings in translations(messages, code):
        wanted = set(PLACEHOLDER.findall(" ".join(texts)))
        for string in strings:
            found = set(PLACEHOLDER.findall(string))
            missing = wanted - found - ({"%(count)s"} if len(texts) > 1 else set())
            if string and (missing or found - wanted):
                differing.append((texts, string))
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
    titles = [("name", "Shown title"), Deed("take", "%(count)s taken on."), "%(a)s: %(b)s"]
    message = f"{x.key} has no {x.part}; add it"
    yield Fault("path", "code", message)
    yield Fault("path", "code", f"{x.key} takes " + x.wanted)
    yield Finding("ok", "clock", "up to date")
    raise Conflict("code", f"{x.key} is {x.state}; try again")
    return say("in %(span)s", span=1), say_count("one", "many", x)
'''
    tree = ast.parse(code)
    assert set(messages.python_texts(tree)) == {
        messages.Text("Shown title"), messages.Text("%(count)s taken on."),
        messages.Text("in %(span)s"), messages.Text("one", "many"),
    }  # fmt: skip
    assert set(messages.refusals(tree)) == {
        messages.Text(one, context="refusal")
        for one in (
            "%(key)s is %(state)s; try again", "%(key)s has no %(part)s; add it",
            "%(key)s takes %(wanted)s", "up to date",
        )
    }  # fmt: skip
    assert set(messages.subjects(tree)) == {"clock"}
