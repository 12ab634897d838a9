"""Fetch the browser's libraries into the package, each checked against its integrity hash.

For maintainers only: what it writes is kept in Git and travels in the wheel, so that nobody needs
Node to run the product. Run it from the checkout: `python tools/vendor_assets.py`.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "src" / "trunkline" / "web" / "static" / "vendor"


@dataclass(frozen=True)
class Asset:
    """One package of the npm registry: its integrity hash, and which files are kept as what."""

    package: str
    integrity: str
    files: dict[str, str]


ASSETS = (
    Asset(
        "htmx.org@4.0.1",
        "sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        {"package/dist/htmx.min.js": "htmx.min.js", "package/LICENSE": "htmx.LICENSE.txt"},
    ),
)


def integrity_of(content: bytes) -> str:
    """Return the subresource integrity text of a file."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode("ascii")


def fetch(asset: Asset, folder: Path) -> bytes:
    """Return the archive of a package as npm serves it; exits where it is not the expected one."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", asset.package],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    content = (folder / packed.stdout.split()[-1]).read_bytes()
    found = integrity_of(content)
    if found != asset.integrity:
        sys.exit(f"{asset.package}: integrity is {found}, expected {asset.integrity}")
    return content


def main() -> None:
    """Write the files of every asset."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for asset in ASSETS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            archive = folder / "archive.tgz"
            archive.write_bytes(fetch(asset, folder))
            with tarfile.open(archive) as tar:
                for source, target in asset.files.items():
                    member = tar.extractfile(source)
                    if member is None:
                        sys.exit(f"{asset.package} has no file {source}")
                    (VENDOR / target).write_bytes(member.read())
        print(f"{asset.package}: {', '.join(asset.files.values())}")


if __name__ == "__main__":
    main()
