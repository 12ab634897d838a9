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
    "/problems/{ServiceProblem}", "/problems/{ServiceProblem}/credits",
    "/contract/{Contract}/renew", "/agreements/{Agreement}/amend",
    "/bills/{CustomerBill}/plan", "/payment-plans/{PaymentPlan}/decide",
    "/payment-plans/{PaymentPlan}/end", "/order/new/times", "/order/new/file", "/fallout/cause",
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
    "/erasure/{ErasureRequest}/kept",
    *(f"/{one}/{part}" for one in QUEUES for part in ("rows", "new")),
)  # fmt: skip
"""Braces name the fullest record of a kind."""
CUSTOMER = ("/my", "/my/orders", "/my/shop", "/my/cart", "/my/bills", "/my/profile", "/my/acting")

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
            "/bill-runs/{ident}/now", "/document/{ident}/files", "/duplicates/merges/{ident}",
            "/duplicates/merges/{ident}/part", "/erasure/{ident}/part",
            "/jobs/{ident}", "/jobs/{ident}/file",
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

TREE_AND_PANE = "the tree and a pane beside it, which load by themselves in three each"
MORE_ON_A_PAGE: Mapping[str, tuple[int, str]] = {
    "/catalog/{segment}/{ident}/pane/{pane}": (5, TREE_AND_PANE),
    "/catalog/{segment}/{ident}/price": (4, TREE_AND_PANE),
    "/fallout/{ident}/cancel": (
        14, "what would be undone is computed as it is then done: fallout, order, plan, "
        "and by kind who else uses what it made, other systems' numbers among them",
    ),
    "/erasure/{ident}": (120, "what would be done is counted in each kind that people own"),
    "/erasure/{ident}/kept": (8, "each kept original is opened with a key, and that is logged"),
    "/bills/{ident}/pdf": (5, "no page of a screen but a document: all of a bill at once"),
    "/problems/{ident}": (7, "each service hit leads to its customer, by what lies between"),
    "/bill-runs/{ident}": (
        8, "parked, held, drafted and carried accounts are each read apart: none hides others"
    ),
    "/contract/{ident}/renew": (4, "the customer's other contracts, each with why it stays out"),
    "/plans/{ident}": (4, "who holds the roles of its items is asked beside what it says"),
    "/plans/{ident}/try": (4, "as the plan's own page, of which it is a part"),
    "/jobs/{ident}": (4, "it opens no transaction of its own, so asks whether rights have moved"),
    "/my": (4, "what is had is named by the catalog in the reader's language"),
    "/my/products/{ident}": (5, "so are its characteristics and their values"),
    "/dunning": (13, "which accounts, what the visitor sees of them, and what the program does"),
}  # fmt: skip
"""Whole pages that take more than three statements: how many, and why."""
