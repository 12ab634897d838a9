"""Where a walk of the pages begins beside the links, and which addresses it leaves out, and why."""

from __future__ import annotations

from collections.abc import Mapping

QUEUES = (
    "my-tasks", "fallout", "tasks", "requests", "tickets", "jeopardy", "to-decide",
    "quotes-in-review", "parked", "undelivered", "duplicates",
)  # fmt: skip
STAFF = (
    "/", "/shell/counts", "/shell/found?q=ada", "/shell/commands", "/pop?number=491701234567",
    "/campaigns/{MarketingCampaign}", "/campaigns/waves/{CampaignWave}",
    "/problems/{ServiceProblem}", "/contract/{Contract}/renew", "/agreements/{Agreement}/amend",
    "/order/new/times", "/order/new/file", "/fallout/cause",
    "/order/{ProductOrder}/cancel", "/order/{ProductOrder}/change",
    "/order/{ProductOrder}/plan/edit", "/order/{ProductOrder}/project",
    "/order/{ProductOrder}/values", "/order/{ProductOrder}/no-return",
    "/service-order/{ServiceOrder}/cancel", "/service-order/{ServiceOrder}/intake",
    "/resource-order/{ResourceOrder}/cancel", "/resource-order/{ResourceOrder}/intake",
    "/catalog/productOffering/{ProductOffering}/clone",
    "/catalog/productOffering/{ProductOffering}/price",
    "/catalog/productOffering/{ProductOffering}/place",
    "/plans/{PlanDefinition}/compare", "/r/customer/{Customer}/reads", "/r/customer/export",
    "/r/customer/rows", "/r/customer/{Customer}/moves", "/appointments/{Appointment}/slots",
    *(f"/{one}/{part}" for one in QUEUES for part in ("rows", "new")),
)  # fmt: skip
"""Braces name the fullest record of a kind."""
CUSTOMER = ("/my", "/my/orders", "/my/shop", "/my/cart", "/my/profile", "/my/acting")

NEVER_SAVED = "the demonstration saves no view"
NO_RECORD = "the demonstration has no such record"
AFTER_A_FORM = "what it shows is named by a form or by rows that were chosen"
SIGNING = "for who has not signed in, or leads away"
NOT_WALKED: Mapping[str, str] = {
    **dict.fromkeys(
        ("/sign-in", "/sign-out", "/choose-password", "/go", "/administration/viewing/end"),
        SIGNING,
    ),
    **{f"/{one}/views/{{slug}}": NEVER_SAVED for one in ("r/{segment}", *QUEUES)},
    **dict.fromkeys(
        (
            "/administration/attributes/{kind}/{name}", "/administration/clients/{ident}",
            "/administration/clients/{ident}/panel/{panel}",
            "/administration/status/{kind}/rule/{ident}", "/corrections/{ident}/decide",
            "/document/{ident}/files", "/duplicates/merges/{ident}",
            "/duplicates/merges/{ident}/part", "/jobs/{ident}", "/jobs/{ident}/file",
            "/jobs/{ident}/progress", "/jobs/{ident}/refused.csv", "/r/{segment}/import/{ident}",
            "/r/{segment}/{ident}/files/{which}", "/transfer/{ident}", "/my/acting",
            "/my/hand-overs/{ident}", "/my/orders/{ident}/cancel",
        ),
        NO_RECORD,
    ),
    **dict.fromkeys(
        (
            "/administration/configuration/difference", "/administration/configuration/export",
            "/catalog/{segment}/{ident}/publish", "/leads/assign", "/link/{kind}/{ident}",
            "/link/{kind}/{ident}/values", "/order/many", "/order/new/numbers/{ident}",
            "/quote/{ident}/comparison", "/r/{segment}/bulk", "/r/{segment}/filter",
            "/reconciliation/correct", "/rule/check", "/typed", "/my/shop/{check}",
            "/my/products/{ident}/{deed}/form", "/my/shop/{check}/{offering}",
            "/my/shop/{check}/{offering}/form",
        ),
        AFTER_A_FORM,
    ),
}  # fmt: skip
