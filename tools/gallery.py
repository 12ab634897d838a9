"""Take the pictures of docs/screens/ from a running demonstration: `python tools/gallery.py URL`.

Wide pages come in light, those of a phone in dark. What is shown is found by following the pages
themselves, so that a new demonstration, whose keys are others, gives the same pictures.
"""

import shutil
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.demo.seed import PASSWORD

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "screens"
WIDE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}
LIMIT_BYTES = 2_000_000
SETTLE_MS = 400


@dataclass(frozen=True)
class Picture:
    """A page: who looks at it, where it is, and what is done there before it is taken.

    A callable address follows the pages to the record that is shown.
    """

    name: str
    login: str
    address: str | Callable[[Any], None]
    then: Callable[[Any], None] = lambda page: None


def first_link(path: str, selector: str = "table a.row") -> Callable[[Any], None]:
    """Return what opens the first record of a list."""

    def follow(page: Any) -> None:
        page.goto(path)
        page.goto(page.locator(selector).first.get_attribute("href"))

    return follow


def stuck_order(view: str) -> Callable[[Any], None]:
    """Return what opens the order of the oldest fallout in one of its views."""

    def follow(page: Any) -> None:
        page.goto("/fallout")
        address = page.locator("main a[href^='/order/']").first.get_attribute("href")
        page.goto(f"{address.partition('?')[0]}?view={view}")

    return follow


def catalog(page: Any) -> None:
    """Open an offer in the catalog's editor, beside the opened tree."""
    first_link("/r/productOffering?name=Fibre+1G")(page)
    page.goto("/catalog/productOffering/" + page.url.rpartition("/")[2].partition("?")[0])


def capture(page: Any) -> None:
    """Open the capture of an order for a customer and put a line of fibre into it."""
    first_link("/r/customer?name=Ada+Lovelace")(page)
    page.goto("/order/new?customer=" + page.url.rpartition("/")[2].partition("?")[0])
    page.locator("#q").press_sequentially("fibre home")
    page.wait_for_selector(".offer.first")
    page.keyboard.press("Enter")
    page.wait_for_selector("#line-1")


def find(page: Any) -> None:
    """Open the palette on a name."""
    page.keyboard.press("Control+k")
    page.keyboard.type("ada")
    page.wait_for_selector("#found [role=option]")


PICTURES = (
    Picture("home", "fallout", "/"),
    Picture("search", "admin", "/r/productOrder", find),
    Picture("worklist", "fallout", "/fallout", lambda page: page.keyboard.press("Space")),
    Picture("customer", "care", first_link("/r/customer?name=Ada+Lovelace")),
    Picture("order", "admin", stuck_order("timeline")),
    Picture("order-graph", "admin", stuck_order("graph")),
    Picture("capture", "sales", capture),
    Picture("list", "admin", "/r/productOrder"),
    Picture("catalog", "catalog", catalog),
    Picture("record", "admin", first_link("/r/organization")),
)
PHONE_PICTURES = (
    Picture("phone-home", "fallout", "/"),
    Picture("phone-customer", "care", first_link("/r/customer?name=Ada+Lovelace")),
    Picture("phone-order", "admin", stuck_order("timeline")),
)


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each part of a PNG."""
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def packed(png: bytes) -> bytes:
    """Return the same picture, packed as tightly as zlib can and without words about it."""
    parts = list(chunks(png))
    rows = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    kept = [(kind, content) for kind, content in parts if kind in (b"IHDR", b"PLTE", b"tRNS")]
    kept += [(b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    made = png[:8]
    for kind, content in kept:
        made += struct.pack(">I", len(content)) + kind + content
        made += struct.pack(">I", zlib.crc32(kind + content))
    return made


def sign_in(browser: Any, origin: str, login: str, view: dict[str, Any]) -> Any:
    """Return a page in which one of the demonstration's people has signed in."""
    page = browser.new_context(base_url=origin, reduced_motion="reduce", **view).new_page()
    page.goto("/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top")
    return page


def take(page: Any, picture: Picture) -> bytes:
    """Open a page, do what is to be done there, and return its picture."""
    if callable(picture.address):
        picture.address(page)
    else:
        page.goto(picture.address)
    page.wait_for_load_state("networkidle")
    picture.then(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)
    return packed(page.screenshot())


def main(origin: str, folder: Path = FOLDER) -> int:
    """Take all pictures; return 1 where they are more than the repository should hold."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for view, pictures in ((WIDE, PICTURES), (PHONE, PHONE_PICTURES)):
            for picture in pictures:
                page = sign_in(browser, origin, picture.login, view)
                content = take(page, picture)
                page.context.close()
                (folder / f"{picture.name}.png").write_bytes(content)
                total += len(content)
                print(f"{picture.name}: {len(content) // 1000} kB")
        browser.close()
    print(f"{total // 1000} kB in all")
    return 0 if total <= LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
