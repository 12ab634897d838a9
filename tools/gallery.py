"""Take the pictures of docs/screens/ from a running demonstration: `python tools/gallery.py URL`.

Most come wide and in light, some in dark, on a phone, in German and in Arabic. What is shown is
found by following the pages themselves, so that a new demonstration, whose keys are others, gives
the same pictures. They are kept with a palette of their own, which makes each small.
"""

import shutil
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.demo.seed import PASSWORD

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "screens"
WIDE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}
DARK = WIDE | {"color_scheme": "dark"}
GERMAN = WIDE | {"locale": "de"}
ARABIC = WIDE | {"locale": "ar"}
LIMIT_BYTES = 2_000_000
PICTURE_BYTES_MAX = 200_000
COLORS = 256
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


def first_link(
    path: str, selector: str = "table a.row", *, then: str = ""
) -> Callable[[Any], None]:
    """Return what opens the first record of a list, on another page of its own where one is named.

    Without a record its list is shown, which says why it is empty.
    """

    def follow(page: Any) -> None:
        page.goto(path)
        links = page.locator(selector)
        if links.count():
            address = links.first.get_attribute("href")
            page.goto(then + address.rpartition("/")[2].partition("?")[0] if then else address)

    return follow


def stuck_order(view: str) -> Callable[[Any], None]:
    """Return what opens the order of the oldest fallout in one of its views."""

    def follow(page: Any) -> None:
        page.goto("/fallout")
        address = page.locator("main a[href^='/order/']").first.get_attribute("href")
        page.goto(f"{address.partition('?')[0]}?view={view}")

    return follow


def stuck_order_page(name: str) -> Callable[[Any], None]:
    """Return what opens a page of its own of the order of the oldest fallout."""

    def follow(page: Any) -> None:
        stuck_order("timeline")(page)
        page.goto(f"{page.url.partition('?')[0]}/{name}")

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
    Picture("leads", "sales", "/leads"),
    Picture("opportunity", "sales", first_link("/r/salesOpportunity")),
    Picture("quote", "sales", first_link("/r/quote?description.begins=SD-WAN")),
    Picture("cart", "sales", first_link("/r/shoppingCart")),
    Picture("change", "orders", stuck_order_page("change")),
    Picture(
        "installed", "care", first_link("/r/product?name=Fibre+10G", then="/installed/product/")
    ),
    Picture("plan-definition", "catalog", first_link("/plans", "main a[href^='/plans/PLD']")),
    Picture("pool", "sales", first_link("/pools")),
    Picture("visits", "dispatch", "/visits"),
    Picture("danger", "orders", "/jeopardy"),
    Picture("fallout-figures", "fallout", "/fallout/report"),
    Picture("care-figures", "admin", "/care/figures"),
    Picture("agreement", "admin", first_link("/r/agreement")),
    Picture("contract", "admin", first_link("/r/contract")),
    Picture("ticket", "care", first_link("/r/troubleTicket")),
    Picture("problem", "admin", first_link("/r/serviceProblem")),
    Picture("bill", "billing", first_link("/r/customerBill")),
    Picture("dunning", "billing", "/dunning"),
    Picture("campaign", "marketing", first_link("/r/marketingCampaign")),
    Picture("portal", "customer", "/my"),
)
DARK_PICTURES = (
    Picture("dark-worklist", "fallout", "/fallout", lambda page: page.keyboard.press("Space")),
)
GERMAN_PICTURES = (
    Picture("german-quote", "sales", first_link("/r/quote?description.begins=SD-WAN")),
)
ARABIC_PICTURES = (Picture("arabic-customer", "care", first_link("/r/customer?name=Ada+Lovelace")),)
PHONE_PICTURES = (
    Picture("phone-home", "fallout", "/"),
    Picture("phone-customer", "care", first_link("/r/customer?name=Ada+Lovelace")),
    Picture("phone-order", "admin", stuck_order("timeline")),
    Picture("phone-visit", "technician", first_link("/visits", "main a[href^='/visits/WOR']")),
    Picture("phone-leads", "sales", "/leads"),
    Picture("phone-portal", "customer", "/my"),
)
ROOMS = (
    (WIDE, PICTURES), (DARK, DARK_PICTURES), (GERMAN, GERMAN_PICTURES),
    (ARABIC, ARABIC_PICTURES), (PHONE, PHONE_PICTURES),
)  # fmt: skip


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each part of a PNG."""
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def unfiltered(kind: int, line: bytearray, above: bytes, step: int) -> bytes:
    """Return a row of a PNG as it was before it was stored as differences to its neighbors."""
    for at in range(len(line)):
        left = line[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        up = above[at]
        if kind == 4:
            far = [abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)]
            guess = (left, up, corner)[far.index(min(far))]
        else:
            guess = (0, left, up, (left + up) // 2)[kind]
        line[at] = (line[at] + guess) & 255
    return bytes(line)


def pixels(png: bytes) -> tuple[int, list[list[bytes]]]:
    """Return the width of a PNG of whole colors, and its rows of pixels."""
    parts = list(chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    if depth != 8 or kind not in (2, 6):
        raise ValueError("the browser's pictures have three or four bytes to a pixel")
    step = 3 if kind == 2 else 4
    stored = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    long = width * step + 1
    rows, above = [], bytes(width * step)
    for at in range(0, height * long, long):
        line = bytearray(stored[at + 1 : at + long])
        above = unfiltered(stored[at], line, above, step) if stored[at] else bytes(line)
        rows.append([above[place : place + 3] for place in range(0, len(above), step)])
    return width, rows


def far(one: bytes, other: bytes) -> int:
    """Return how far two colors are from each other."""
    return sum((part - its) ** 2 for part, its in zip(one, other, strict=True))


def palette(rows: list[list[bytes]]) -> tuple[bytes, dict[bytes, int]]:
    """Return the colors that are used most, and for each color which of them is nearest to it."""
    counts = Counter(color for row in rows for color in row)
    kept = [color for color, _ in counts.most_common(COLORS)]
    places = {color: at for at, color in enumerate(kept)}
    for color in counts:
        if color not in places:
            places[color] = places[min(kept, key=lambda one: far(one, color))]
    return b"".join(kept), places


def packed(png: bytes) -> bytes:
    """Return the same picture with a palette, as small as zlib can make it."""
    width, rows = pixels(png)
    colors, places = palette(rows)
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    content = b"".join(b"\0" + bytes(places[color] for color in row) for row in rows)
    made = png[:8]
    for kind, part in (
        (b"IHDR", header), (b"PLTE", colors), (b"IDAT", zlib.compress(content, 9)), (b"IEND", b""),
    ):  # fmt: skip
        made += struct.pack(">I", len(part)) + kind + part
        made += struct.pack(">I", zlib.crc32(kind + part))
    return made


def sign_in(browser: Any, origin: str, login: str, view: dict[str, Any]) -> Any:
    """Return a page in which one of the demonstration's people has signed in."""
    page = browser.new_context(base_url=origin, reduced_motion="reduce", **view).new_page()
    page.goto("/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top, header.portal-top")
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
    sizes: list[int] = []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for view, pictures in ROOMS:
            for picture in pictures:
                page = sign_in(browser, origin, picture.login, view)
                content = take(page, picture)
                page.context.close()
                (folder / f"{picture.name}.png").write_bytes(content)
                sizes.append(len(content))
                print(f"{picture.name}: {len(content) // 1000} kB", flush=True)
        browser.close()
    print(f"{sum(sizes) // 1000} kB in all")
    return 0 if sum(sizes) <= LIMIT_BYTES and max(sizes) <= PICTURE_BYTES_MAX else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
