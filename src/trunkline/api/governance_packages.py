"""Configuration packages for programs: taken out, held against what is here, taken in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json, only_parameters
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.patch import ABSENT, Change
from trunkline.documents.shape import Json
from trunkline.governance.api import GOVERNANCE
from trunkline.governance.package_run import (
    EXPORT,
    IMPORT,
    Asking,
    must_transfer,
    take_in,
    try_out,
)
from trunkline.governance.packages import Difference, Done, differences, exported, package_of
from trunkline.kernel.services import Services
from trunkline.rest.http import Doorman, Known, request_id
from trunkline.rest.verb import Object, Verb, shape, whole

ADDRESS = f"{GOVERNANCE.base}/package"
STATES = ("added", "changed", "same", "here")
FATES = ("created", "changed", "same", "refused")
SCHEMAS: Mapping[str, Object] = {
    "Package": whole(shape(
        "What the operator decided, to be taken over into another installation. `section` holds "
        "lists by name: registers, registerValues, extraAttributes, roles, profiles, statusRules, "
        "messageTexts, savedViews, requestTypes, documentTypes, verificationMethods and those of "
        "other modules; items are known by keys of their own, not by ids.",
        {"format": "text", "version": "integer", "exportedAt": "instant", "section": "object"},
        "format version section",
    )),
    "PackageDifference": shape(
        "How a package is against this installation; `here` stands for what is not in it.",
        {"item": "list PackageItem", "unknownSection": "list text"}, "item",
    ),
    "PackageItem": shape(
        "One item: its section and key, how it is, and what it would change.",
        {"section": "text", "key": "text", "state": {"enum": [*STATES]},
         "change": {"type": "array", "items": {"type": "object", "required": ["path"],
                    "properties": {"path": {"type": "string"}, "here": {}, "package": {}}}}},
        "section key state",
    ),
    "PackageImport": shape(
        "A package to take in. `choose` names items as section/key, all where it is left out; "
        "with `dryRun` nothing is written.",
        {"package": "Package", "choose": "list text", "dryRun": "flag"}, "package",
    ),
    "PackageOutcome": shape(
        "What became of the items, or would; `fault` says why one was refused.",
        {"dryRun": "flag", "item": "list PackageFate", "unknownSection": "list text"},
        "dryRun item",
    ),
    "PackageFate": shape(
        "What became of one item.",
        {"section": "text", "key": "text", "state": {"enum": [*FATES]}, "fault": "list object"},
        "section key state",
    ),
}  # fmt: skip


class Packages(Asked):
    """`/package`: this installation's configuration as a package."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Return it, or the sections that `section` names."""
        only_parameters(req, "section")
        names = [one for one in (req.get_param("section") or "").split(",") if one]

        def answer(known: Known) -> None:
            must_transfer(known.actor, EXPORT)
            with self.work(req, known) as work:
                answer_json(resp, exported(work, names))

        self.as_known(req, answer)


class Differences(Asked):
    """`/package/difference`: what a package would change."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Hold it against what is here."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            must_transfer(known.actor, IMPORT)
            package = package_of(sent)
            with self.work(req, known) as work:
                found = differences(work, package)
            answer_json(
                resp,
                {"item": [_item(one) for one in found], "unknownSection": package.unknown},
            )

        self.as_known(req, answer)


class Imports(Asked):
    """`/package/import`: a package is tried or taken in."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Do that in one transaction: all that was chosen, or nothing."""
        sent = self.sent(req)
        chosen, is_dry = sent.get("choose"), sent.get("dryRun") is True
        if chosen is not None and not (
            isinstance(chosen, list) and all(isinstance(one, str) for one in chosen)
        ):
            raise Invalid.of([Fault("choose", "badType", "must be a list of texts")])

        def answer(known: Known) -> None:
            package = package_of(sent.get("package"))
            asking = Asking(known.actor, known.generation, request_id(req))
            run = try_out if is_dry else take_in
            done = run(self.services, asking, package, chosen)
            found = {"dryRun": is_dry, "item": [_fate(one) for one in done]}
            answer_json(resp, found | {"unknownSection": package.unknown})

        self.as_known(req, answer)


def _item(one: Difference) -> Json:
    told: dict[str, Json] = {"section": one.section, "key": one.key, "state": one.state}
    if one.changes:
        told["change"] = [_change(each) for each in one.changes]
    return told


def _change(one: Change) -> Json:
    told: dict[str, Json] = {"path": one.path}
    for name, value in (("here", one.old), ("package", one.new)):
        if value is not ABSENT:
            told[name] = value
    return told


def _fate(one: Done) -> Json:
    told: dict[str, Json] = {"section": one.section, "key": one.key, "state": one.state}
    if one.faults:
        told["fault"] = [
            {"path": each.path, "code": each.code, "message": each.message} for each in one.faults
        ]
    return told


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    of = partial(Verb, api=GOVERNANCE, about="Package")
    yield of(
        method="get", path="/package", name="exportPackage", scope=EXPORT, answers="Package",
        summary="Return the configuration as a package",
        filters={"section": "Names of sections, apart by commas; all where it is left out."},
    )  # fmt: skip
    yield of(
        method="post", path="/package/difference", name="comparePackage", scope=IMPORT,
        takes="Package", answers="PackageDifference",
        summary="Say what a package would change here",
    )  # fmt: skip
    yield of(
        method="post", path="/package/import", name="importPackage", scope=IMPORT,
        takes="PackageImport", answers="PackageOutcome",
        summary="Take a package in, or try it",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add their addresses."""
    app.add_route(ADDRESS, Packages(services, doorman))
    app.add_route(f"{ADDRESS}/difference", Differences(services, doorman))
    app.add_route(f"{ADDRESS}/import", Imports(services, doorman))
