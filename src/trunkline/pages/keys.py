"""Keys: the one list of what can be done by a key on the pages, and where it holds."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.workspace.shortcuts import Place, Shortcut

Line = tuple[str, str, str]
EVERYWHERE: tuple[Line, ...] = (
    ("palette", "Search and commands", "Mod+k"),
    ("search", "Search", "/"),
    ("help", "Show all keys", "?"),
    ("create", "New record", "c"),
    ("undo", "Undo the last change", "z"),
    ("notifications", "Notifications", "g n"),
    ("go.home", "Go to the home page", "g h"),
    ("go.work", "Go to work", "g w"),
    ("go.customers", "Go to customers", "g c"),
    ("go.sell", "Go to sales", "g s"),
    ("go.quotes", "Go to quotes", "g q"),
    ("go.orders", "Go to orders", "g o"),
    ("go.bills", "Go to bills", "g b"),
    ("go.installed", "Go to what is installed", "g i"),
    ("go.catalog", "Go to the catalog", "g p"),
    ("go.places", "Go to places", "g l"),
    ("go.admin", "Go to administration", "g a"),
    ("page.people", "Go to individuals", "g e"),
    ("page.dunning", "Ask for overdue money", "g d"),
    ("page.attributes", "Go to own attributes", "g f"),
    ("new", "New record of this list", "Shift+c"),
    ("import", "Import into this list", "Shift+i"),
    ("quote", "New quote", "q"),
    ("user", "New user", "u"),
    ("do", "Do what is first done about the row or the record", "h"),
    ("paste", "Paste many sites", "Mod+i"),
    ("number.1", "Panel, choice or row 1", "1"),
    ("number.2", "Panel, choice or row 2", "2"),
    ("number.3", "Panel, choice or row 3", "3"),
    ("number.4", "Panel, choice or row 4", "4"),
    ("number.5", "Panel, choice or row 5", "5"),
    ("number.6", "Panel, choice or row 6", "6"),
    ("number.7", "Panel, choice or row 7", "7"),
    ("number.8", "Panel, choice or row 8", "8"),
    ("number.9", "Panel, choice or row 9", "9"),
    ("number.10", "Panel, choice or row 10", "0"),
    ("menu", "Fold or unfold the menu", "m"),
    ("save", "Save", "Mod+Enter"),
    ("save-next", "Save and go to the next", "Mod+Shift+Enter"),
    ("cancel", "Cancel or close", "Escape"),
)
LIST: tuple[Line, ...] = (
    ("list.next", "Next row", "j ArrowDown"),
    ("list.previous", "Previous row", "k ArrowUp"),
    ("list.peek", "Peek at the row", "Space"),
    ("list.select", "Select the row", "x"),
    ("list.select-to", "Select up to the row", "Shift+x"),
    ("list.open", "Open the row", "Enter"),
    ("list.edit", "Edit the row", "e"),
    ("list.assign", "Assign", "a"),
    ("list.note", "Add a note", "n"),
    ("list.retry", "Retry", "r"),
    ("list.due", "Set the due date", "d"),
    ("list.task", "Add a task", "t"),
    ("list.status", "Change the state", "s"),
    ("list.tell", "Tell the customer", "w"),
    ("list.filter", "Filter", "f"),
    ("list.select-all", "Select all rows", "Mod+Shift+x"),
    ("list.clone", "Clone the row", "y"),
    ("list.publish", "Publish the row", "p"),
    ("list.simulate", "Simulate the row", "v"),
    ("list.versions", "Versions of the row", "b"),
    ("list.prices", "Change prices", "$"),
)
DETAIL: tuple[Line, ...] = (
    ("detail.edit", "Edit", "e"),
    ("detail.order", "New order", "o"),
    ("detail.note", "Add a note", "n l"),
    ("detail.task", "Add a task", "t"),
    ("detail.assign", "Assign", "a"),
    ("detail.status", "Change the state", "s"),
    ("detail.due", "Set the due date", "d"),
    ("detail.retry", "Retry", "r"),
    ("detail.verify", "Verify who it is", "i Mod+Shift+e"),
    ("detail.change", "Change what is installed", "Shift+e"),
    ("detail.explain", "Why the bill is what it is", "w"),
    ("detail.visit", "Move the visit", "Shift+v"),
    ("detail.consents", "Consents", "Shift+a"),
    ("detail.reads", "Who looked", "Shift+l"),
    ("detail.clone", "Clone", "y"),
    ("detail.publish", "Publish", "p"),
    ("detail.simulate", "Simulate", "v"),
    ("detail.versions", "Versions", "b"),
    ("detail.prices", "Change prices", "$"),
    ("detail.copy", "Copy the key; twice with its name, three times with its link", "."),
    ("detail.previous", "Previous of the list", "["),
    ("detail.next", "Next of the list", "]"),
)
FIXED = frozenset({"cancel", "list.open"})
CHORDS = frozenset({"g"})


def _shortcuts(place: Place, lines: tuple[Line, ...]) -> dict[str, Shortcut]:
    return {
        action: Shortcut(action, title, _keys(keys), place, action in FIXED)
        for action, title, keys in lines
    }


def _keys(text: str) -> tuple[str, ...]:
    """Return keys of which either does; a text that begins a chord is one."""
    return (text,) if text[0] in CHORDS else tuple(text.split())


SHORTCUTS: Mapping[str, Shortcut] = {
    **_shortcuts("everywhere", EVERYWHERE),
    **_shortcuts("list", LIST),
    **_shortcuts("detail", DETAIL),
}
