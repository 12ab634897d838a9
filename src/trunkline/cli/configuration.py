"""Configuration packages on the command line: to a file, and from one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.terminal import opened, operator, out, show, stop
from trunkline.documents.decode import decode, encode
from trunkline.documents.patch import ABSENT, Change
from trunkline.governance.package_run import Asking, take_in, try_out
from trunkline.governance.packages import Difference, Done, differences, exported, package_of
from trunkline.kernel.work import transaction

app = typer.Typer(
    no_args_is_help=True, help="Registers, attributes, rules, roles and views: to and from a file."
)

SectionNames = Annotated[
    list[str] | None, typer.Option("--section", help="A section, such as statusRules; repeatable.")
]
Items = Annotated[
    list[str] | None, typer.Option("--only", help="An item as section/key; repeatable.")
]
PackageFile = Annotated[Path, typer.Argument(help="The package.", exists=True, dir_okay=False)]


@app.command("export")
def export_package(
    file: Annotated[Path, typer.Argument(help="Where to write it; - for standard output.")],
    section: SectionNames = None,
) -> None:
    """Write the configuration of this installation into a file."""
    with opened() as program, transaction(program.services, operator()) as work:
        package = exported(work, section or ())
    text = json.dumps(json.loads(encode(package)), indent=2, ensure_ascii=False) + "\n"
    if str(file) == "-":
        typer.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8")
    count = sum(len(one) for one in package["section"].values())
    out.print(f"Wrote {count} items to {file}.")


@app.command("difference")
def show_difference(file: PackageFile) -> None:
    """Show what a package would change here, item by item and field by field."""
    with opened() as program, transaction(program.services, operator()) as work:
        package = package_of(decode(file.read_bytes()))
        found = [one for one in differences(work, package) if one.state != "same"]
    show("Differences", ("Section", "Key", "How it is", "What changes"),
         [(one.section, one.key, one.state, _told(one)) for one in found])  # fmt: skip


@app.command("import")
def import_package(
    file: PackageFile,
    only: Items = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
) -> None:
    """Take a package in, or its items that are named: all of it or, where one is wrong, nothing."""
    with opened() as program:
        package = package_of(decode(file.read_bytes()))
        run = try_out if dry_run else take_in
        done = run(program.services, Asking(operator()), package, only)
    shown = [one for one in done if one.state != "same"]
    show("Would become" if dry_run else "Done", ("Section", "Key", "What became of it", "Why"),
         [(one.section, one.key, one.state, _why(one)) for one in shown])  # fmt: skip
    out.print(f"{len(done) - len(shown)} items were the same.")
    if any(one.state == "refused" for one in done):
        raise stop("some items would be refused; nothing of such a package is taken in")


def _told(one: Difference) -> str:
    return "\n".join(_change(each) for each in one.changes)


def _change(one: Change) -> str:
    old, new = (
        "nothing" if value is ABSENT else encode(value).decode() for value in (one.old, one.new)
    )
    return f"{one.path}: {old} → {new}"


def _why(one: Done) -> str:
    return "\n".join(f"{each.path}: {each.message}" for each in one.faults)
