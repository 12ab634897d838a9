"""A real browser for tests: where it is, the address that it finds pages at, and signing in."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from tests.support.program import PASSWORD

# Counts what a page has asked for and not yet got. The debugger evaluates it above the policy.
WATCH = """
  window.__open = 0; window.__last = 0;
  const ask = window.fetch;
  window.fetch = (...what) => {
    window.__open += 1;
    return ask(...what).finally(() => { window.__open -= 1; window.__last = performance.now(); });
  };
"""
SETTLED = """
  () => document.readyState === "complete" && window.__open === 0
    && performance.now() - window.__last > 60
"""
# The shell is the same browser without windows, which cost as much again as the pages.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on this machine for a `with` block; its address."""
    server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def launched() -> Iterator[Any]:
    """Run Chromium for a `with` block; where there is none, the test is skipped."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium on the search path to look at pages")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def sign_in(page: Any, origin: str, login: str = "admin") -> None:
    """Sign in as one of the test users, and wait for the page that follows."""
    page.goto(f"{origin}/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top, header.portal-top")


def settled(page: Any) -> None:
    """Wait until the parts of a page that are asked for on their own are there."""
    page.wait_for_function(SETTLED)
