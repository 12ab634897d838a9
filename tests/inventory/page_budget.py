"""What a page may cost: three statements after sign-in."""

from __future__ import annotations

from tests.support.sql_counter import counted
from tests.web.browser import Browser

SIGN_IN = ("begin", "set local", "commit", "rollback")


def must_be_cheap(browser: Browser, page: str) -> str:
    """Ask for a page twice; at the first time what every process reads once is read."""
    for _ in range(2):
        with counted() as sent:
            answer = browser.get(page)
        assert answer.status_code == 200, (page, answer.text[:400])
    own = [" ".join(one.split())[:120] for one in sent if not one.lower().startswith(SIGN_IN)]
    assert len(own) <= 3, (page, own)
    return str(answer.text)
