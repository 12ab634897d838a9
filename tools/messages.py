"""Collect every text that pages show and bring the catalogs up to date with them.

Texts come from the templates and the Python of the pages, from the declarations (names of
attributes, states and choices, titles of kinds and of the parts of their screens) and from the
messages of refusals, whose values become `%(name)s`. A text that Python makes is found by how it
reads: a literal that begins with a capital letter and is no name, or with a place for a value.
Translations are kept; what nobody shows any more goes. With `--check` nothing is written.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

import trunkline.workspace.packaged  # noqa: F401 - brings sections of packages
from trunkline.care.codes import CHANNELS, DIRECTIONS
from trunkline.catalog.value_type import EXPECTED
from trunkline.documents.shape import Attribute, Shape
from trunkline.governance.packages import sections
from trunkline.governance.status_checks import all_checks
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry
from trunkline.ordering.design.given import given_systems
from trunkline.ordering.waiting import DOING
from trunkline.pages.language import REFUSAL
from trunkline.privacy.in_the_way import all_said
from trunkline.privacy.keeping import kept_reasons
from trunkline.privacy.stores import stores
from trunkline.screens.screen import screen_of
from trunkline.web.administration.matrix import titles_of_rights
from trunkline.web.wording import plural, words
from trunkline.workspace.notifications import WORDS as NOTICES

PACKAGE = Path(__file__).parents[1] / "src" / "trunkline"
LOCALE = PACKAGE / "locale"
CODES = ("de", "ar")
PAGES = ("web", "pages", "demo/pages")
LITERAL = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALLED = re.compile(rf"(?<![\w.])_\(\s*{LITERAL}")
COUNTED = re.compile(rf"(?<![\w.])ngettext\(\s*{LITERAL}\s*,\s*{LITERAL}")
PROSE = re.compile(r"[A-Z][a-z]*(?:[ ,.;:…’'-].*)?|[A-Z]{2,4} [a-z].*", re.DOTALL)
SMALL_PROSE = re.compile(r"(?=.{1,60}$)[a-z]+(?: [a-z;,.’'-]+)+")
PLACED = re.compile(r"%\(\w+\)s,? [a-z]{2}.*", re.DOTALL)
SQL = re.compile(r"(?:select|insert|update|from|with|and|count|set|delete|order|where)\b")
HEADER = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+")
RIGHTS = re.compile(r"\w+:[a-z]\w*(?: \w+:[a-z]\w*)*")
REFUSES = frozenset(
    "Fault Finding Invalid Unknown Forbidden NotFound NotAllowed Conflict Stale TooLarge "
    "Unsupported PreconditionRequired TooMany NotBuilt Unready".split()
)
SHOWN_LISTS = ("State", "Status", "Kind", "Action", "Layer", "Result", "Operation")
# What is kept with records but made by the program: names of steps, and periods of prices.
KEPT_NAMES = (
    "Item %(id)s: %(name)s", "Item %(id)s", "Order %(key)s", "Wait for order %(keys)s",
    *(f"%(name)s is being {one} by %(key)s" for one in DOING.values()),
)  # fmt: skip
# Words that the standard suggests where a value is free text, and most records have.
CUSTOMARY = (
    "phone", "mobile", "fax", "email", "postalAddress", "consumer", "residential", "business",
    "household", "company", "partner", "customer", "seller", "owner", "contact", "installation",
)  # fmt: skip
OPERATORS = ("contains",)
PERIODS = ("day", "week", "month", "quarter", "year", "days", "weeks", "months", "years")
# How many forms a count takes, in the sequence of Unicode's plural rules, which pages go by.
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 "
    ": n%100>=11 ? 4 : 5);"
}
UNSAID = frozenset({"get_header", "set_header", "get_logger", "strptime", "compile"})


@dataclass(frozen=True, order=True)
class Text:
    """One text: its English form, that for many, and what tells it from another use of it."""

    one: str
    many: str = ""
    context: str = ""


def texts() -> set[Text]:
    """Return every text that there is."""
    load_modules()
    found = {Text(one) for one in (*_declared(), *PERIODS, *map(words, CUSTOMARY), *OPERATORS)}
    found |= {Text(one, context=REFUSAL) for one in KEPT_NAMES}
    found |= {Text(one) for one in EXPECTED.values()}
    found |= {Text(one) for one in NOTICES.values()}
    found |= {Text(one) for one in (*CHANNELS.values(), *DIRECTIONS.values())}
    found |= {Text(one) for one in titles_of_rights()}
    found |= {Text(one.title) for one in all_checks()}
    found |= {Text(one.title) for one in sections()}
    found |= {Text(one.title) for one in given_systems().values()}
    found |= {Text(one) for one in (*all_said(), *kept_reasons())}
    found |= {Text(name) for name, one in stores().items() if one.is_told}
    for folder in PAGES:
        for path in sorted((PACKAGE / folder).rglob("*")):
            if path.suffix == ".html":
                found |= set(template_texts(path.read_text(encoding="utf-8")))
            elif path.suffix == ".py":
                found |= set(python_texts(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= set(refusals(tree)) | {Text(words(one)) for one in states(tree)}
        found |= {Text(one) for one in (*roles(tree), *map(words, subjects(tree)))}
    return {one for one in found if re.search("[A-Za-z]{2}", one.one)}


def template_texts(source: str) -> Iterator[Text]:
    """Yield the texts of a template."""
    for match in CALLED.finditer(source):
        yield Text(ast.literal_eval(match[1]))
    for match in COUNTED.finditer(source):
        yield Text(ast.literal_eval(match[1]), ast.literal_eval(match[2]))


# --- Python ------------------------------------------------------------------------------------


def python_texts(tree: ast.AST) -> Iterator[Text]:
    """Yield the texts that the code of pages makes."""
    silent = set(_silent(tree))
    yield from _named_texts(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _called(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            value = node.value
            is_name = HEADER.fullmatch(value) or RIGHTS.fullmatch(value)
            is_prose = PROSE.fullmatch(value) or PLACED.fullmatch(value)
            if id(node) not in silent and is_prose and not is_name:
                yield Text(value)


def _called(node: ast.Call) -> Iterator[Text]:
    given = [one.value for one in node.args if isinstance(one, ast.Constant)]
    said = [one for one in given if isinstance(one, str)]
    if _name(node.func) == "say" and said:
        yield Text(said[0])
    elif _name(node.func) == "say_count" and len(said) > 1:
        yield Text(said[0], said[1])


def _named_texts(tree: ast.AST) -> Iterator[Text]:
    """Yield the words among the constants of a file, such as those of its filters."""
    for node in getattr(tree, "body", ()):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            inside = (one for one in ast.walk(node.value) if isinstance(one, ast.Constant))
            said = [one.value for one in inside if isinstance(one.value, str)]
            yield from (
                Text(one) for one in said if SMALL_PROSE.fullmatch(one) and not SQL.match(one)
            )


def _silent(tree: ast.AST) -> Iterator[int]:
    """Yield the literals that are no texts: docstrings, parts of others, names of headers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield from (id(one) for one in node.values)
        elif isinstance(node, ast.Call):
            name = _name(node.func)
            if name == "split" and isinstance(node.func, ast.Attribute):
                yield id(node.func.value)
            if name in UNSAID or name in REFUSES or name == "say_count":
                yield from (id(one) for one in node.args)
        elif isinstance(node, ast.Subscript):
            yield id(node.slice)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


# --- refusals ----------------------------------------------------------------------------------


def refusals(tree: ast.AST) -> Iterator[Text]:
    """Yield the messages of refusals and findings, with a place for each value inside."""
    for part in (tree, *(one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))):
        texts = _named(part) if part is not tree else {}
        for node in ast.walk(part):
            if isinstance(node, ast.Call) and _name(node.func) in REFUSES:
                yield from _refusal(node, texts)


def _refusal(node: ast.Call, texts: dict[str, list[ast.expr]]) -> Iterator[Text]:
    place = 2 if _name(node.func) in {"Fault", "Finding"} else 1
    given = [*node.args[place : place + 1]]
    given += [one.value for one in node.keywords if one.arg == "message"]
    for one in given:
        for each in texts.get(one.id, []) if isinstance(one, ast.Name) else [one]:
            for message in _messages(each):
                if re.search(r"[a-z]{2}", re.sub(r"%\(\w+\)s", "", message)):
                    yield Text(message, context=REFUSAL)


def _named(function: ast.AST) -> dict[str, list[ast.expr]]:
    """Return what the names of a function are made of, so that a message may have one."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return found


def _messages(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value.replace("%", "%%") if "%" in node.value else node.value
    elif isinstance(node, ast.JoinedStr):
        yield _joined(node)
    elif isinstance(node, ast.IfExp):
        yield from _messages(node.body)
        yield from _messages(node.orelse)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield _joined(ast.JoinedStr(_pieces(node)))


def _pieces(node: ast.expr) -> list[ast.expr]:
    """Return the pieces of a text that is put together."""
    if isinstance(node, ast.BinOp):
        return [*_pieces(node.left), *_pieces(node.right)]
    if isinstance(node, ast.JoinedStr):
        return node.values
    return [node if isinstance(node, ast.Constant) else ast.FormattedValue(node, -1)]


def _joined(node: ast.JoinedStr) -> str:
    parts: list[str] = []
    names: list[str] = []
    for one in node.values:
        if isinstance(one, ast.Constant):
            parts.append(str(one.value).replace("%", "%%"))
        elif isinstance(one, ast.FormattedValue):
            names.append(_fresh(_value_name(one.value), names))
            parts.append(f"%({names[-1]})s")
    return "".join(parts)


def _value_name(node: ast.expr) -> str:
    names = [one for one in ast.walk(node) if isinstance(one, (ast.Name, ast.Attribute))]
    name = _name(names[0]) if names else ""
    return name.strip("_").lower() or "value"


def _fresh(name: str, taken: list[str]) -> str:
    return name if name not in taken else f"{name}{len(taken) + 1}"


# --- declarations ------------------------------------------------------------------------------


def _declared() -> Iterator[str]:
    for resource in registry:
        if resource.published:
            yield from _of_resource(resource)


def _of_resource(resource: Resource) -> Iterator[str]:
    yield resource.title
    yield plural(resource.title)
    yield words(resource.name)
    for attribute in _attributes(resource.type, set()):
        if not attribute.json_name.startswith("@"):
            yield words(attribute.json_name)
        yield from map(words, attribute.choices)
    if resource.lifecycle is not None:
        for state in resource.lifecycle.moves:
            yield words(state)
            yield words(resource.lifecycle.published_state(state))
    screen = screen_of(resource)
    yield screen.advice
    yield from (one.title for one in screen.form)
    yield from (one.title for one in screen.panels)
    yield from (one.title for one in screen.actions)
    yield from (one.title for one in screen.links)
    yield from (one.title for one in screen.many)


def states(tree: ast.AST) -> Iterator[str]:
    """Yield the words of closed lists that are shown as states and kinds, such as a step's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        elif isinstance(node, ast.AnnAssign):
            target = node.target
        else:
            continue
        value = node.value
        if not isinstance(value, ast.Subscript) or _name(value.value) != "Literal":
            continue
        if _name(target).endswith(SHOWN_LISTS):
            inside = (one for one in ast.walk(value.slice) if isinstance(one, ast.Constant))
            yield from (one.value for one in inside if isinstance(one.value, str))


def subjects(tree: ast.AST) -> Iterator[str]:
    """Yield what the findings of the doctor are about."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "Finding" and len(node.args) > 1:
            subject = node.args[1]
            if isinstance(subject, ast.Constant) and isinstance(subject.value, str):
                yield subject.value


def roles(tree: ast.AST) -> Iterator[str]:
    """Yield the titles and descriptions of the roles that installations begin with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in {"Role", "_role"}:
            said = [one.value for one in node.args[1:3] if isinstance(one, ast.Constant)]
            yield from (one for one in said if isinstance(one, str))


def _attributes(shape: type[Shape], seen: set[type[Shape]]) -> Iterator[Attribute]:
    if shape in seen:
        return
    seen.add(shape)
    for attribute in shape.attributes().values():
        yield attribute
        if attribute.shape is not None:
            yield from _attributes(attribute.shape, seen)


# --- catalogs ----------------------------------------------------------------------------------


def catalog(code: str) -> Catalog:
    """Return the catalog of a language as it is kept; an empty one where there is none."""
    path = catalog_path(code)
    content = path.read_bytes() if path.exists() else b""
    return read_po(BytesIO(content), locale=code, domain="trunkline")


def catalog_path(code: str) -> Path:
    """Return where the catalog of a language is kept."""
    return LOCALE / code / "LC_MESSAGES" / "trunkline.po"


def updated(code: str, wanted: Iterable[Text]) -> bytes:
    """Return the catalog of a language with what is wanted, and the translations that are kept."""
    former = catalog(code)
    new = Catalog(locale=code, domain="trunkline", fuzzy=False)
    for one in sorted(wanted):
        name = (one.one, one.many) if one.many else one.one
        known = former.get(one.one, context=one.context or None)
        kept = known.string if known is not None else ""
        if isinstance(kept, (list, tuple)) != bool(one.many):
            kept = ""
        new.add(name, string=kept, context=one.context or None)
    out = BytesIO()
    write_po(out, new, width=0, no_location=True, omit_header=True)
    return _head(code, new) + out.getvalue()


def _head(code: str, of: Catalog) -> bytes:
    return (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {code}\\n"\n'
        f'"Plural-Forms: {PLURALS.get(code, of.plural_forms)}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    ).encode()


def main(arguments: list[str]) -> int:
    """Write the catalogs, or with `--check` tell which are not up to date."""
    wanted, stale = texts(), []
    for code in CODES:
        content, path = updated(code, wanted), catalog_path(code)
        if not path.exists() or path.read_bytes() != content:
            stale.append(code)
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        print(f"{code}: {len(wanted)} texts, {len(untranslated(content))} without a translation")
    return 1 if stale and "--check" in arguments else 0


def untranslated(content: bytes) -> list[str]:
    """Return the texts of a catalog that have no translation."""
    return [
        one.id if isinstance(one.id, str) else one.id[0]
        for one in read_po(BytesIO(content))
        if one.id and not (one.string if isinstance(one.string, str) else all(one.string or [""]))
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
