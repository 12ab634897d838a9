"""Panels of the home page: what each kind of person works on, each asked for on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trunkline.billing.api import APPROVE, RUN
from trunkline.billing.bill.customer_bill import DRAFTS, CustomerBill
from trunkline.billing.correction.correction import Correction
from trunkline.billing.dunning.case import OPEN as OPEN_CASES
from trunkline.billing.dunning.case import DunningCase
from trunkline.billing.payment.payment import Payment
from trunkline.billing.plan.payment_plan import PaymentPlan
from trunkline.campaign.api import TARGET
from trunkline.campaign.campaign_wave import CampaignWave
from trunkline.campaign.marketing_campaign import MarketingCampaign
from trunkline.catalog.entry import DRAFT
from trunkline.documents.shape import format_instant
from trunkline.fieldwork.api import REPORT
from trunkline.governance.operating_models import models_of_right
from trunkline.governance.profiles import profiles
from trunkline.hub.subscription import LANE
from trunkline.identity.rights import ADMINISTER
from trunkline.inventory.product import Product
from trunkline.kernel.actor import Actor, Verb
from trunkline.kernel.filters import Condition, ListQuery, Schema, Sort
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.pages.language import say
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.sales.quote.quote import Quote
from trunkline.screens.values_at import plain_path
from trunkline.web.capture.sending import ADDRESS as NEW_ORDER
from trunkline.web.catalog.home_shelf import failing, shelf
from trunkline.web.customer.sales_panel import OPEN_QUOTES
from trunkline.web.desk import Desk
from trunkline.web.details.moves import first_page
from trunkline.web.lists.address import path_words
from trunkline.web.lists.columns import columns_of, row_of
from trunkline.web.records import Record, hidden_of, matching, records_of
from trunkline.web.values import day, instant, number
from trunkline.web.worklist.home_panel import Panel, operates
from trunkline.web.worklist.home_queues import queue_panels
from trunkline.workspace.search import find_keys
from trunkline.workspace.tasks import own_tasks

ROWS = 8
RETRY = "ordering:retry"
UNDER_WAY = ("acknowledged", "inProgress", "held", "assessingCancellation")
HEALTH = """
select (select count(*) from work where parked_at is not null and lane <> %s),
  (select count(*) from work where parked_at is null and run_at <= clock_timestamp()),
  (select min(run_at) from work where parked_at is null and run_at <= clock_timestamp()),
  (select count(*) from fallout where p_state = any(%s)),
  (select count(*) from work where parked_at is not null and lane = %s),
  (select count(*) from job where state in ('waiting', 'running')),
  (select count(*) from job where state = 'failed'
   and ended_at > clock_timestamp() - interval '7 days')
"""
CUSTOMER = "relatedParty[customer].name"
HEADS = {CUSTOMER: "Customer", "internalState": "State", "billingAccount.name": "Account",
         "account.name": "Account", "unallocatedAmount": "In credit",
         "validFor.endDateTime": "Valid until"}  # fmt: skip
IN_ORDERS = (CUSTOMER, "state", "orderDate")
IN_QUOTES = (CUSTOMER, "internalState", "validFor.endDateTime")
STARTS = "validFor.startDateTime"
IN_BILLS = ("billingAccount.name", "state", "amountDue")
IN_CREDITS = ("account.name", "totalAmount", "unallocatedAmount")
IN_CORRECTIONS = ("billingAccount.name", "amount", "reason")
IN_PLANS = ("billingAccount.name", "debt")
IN_DUNNING = ("billingAccount.name", "daysOverdue", "overdue")
IN_CAMPAIGNS = ("name", "status", "validFor.endDateTime")
IN_ERASURES = ("person.name", "state", "dueDate")
ASKED = ("requested", "checked", "approved", "running")
IN_WAVES = ("name", "channel", "plannedDate", "state")
CAMPAIGNS_OPEN = ("planned", "running", "paused")
WAVES_OPEN = ("planned", "running", "paused")
TO_VISIT = ("acknowledged", "inProgress", "pending", "held")
HELD_UP = ("held", "partial", "failed")
USERS = """
select p.id::text, p.name, u.login, p.created_at,
  (select array_agg(r.title order by r.title) from principal_role g join role r on r.name = g.role
   where g.principal = p.id)
from principal p join user_account u on u.principal = p.id
where p.active order by p.id desc limit %s
"""
STANDING = ["open", "onHold", "awaitingInformation"]


def panel_of(name: str) -> Panel | None:
    """Return a panel by its name."""
    return next((one for one in PANELS if one.name == name), None)


def panels_for(work: Work) -> list[Panel]:
    """Return the panels of a person, in the order in which they are worked on."""
    hides, registry = profiles(work).hides_page, work.services.registry
    return [one for one in PANELS if one.may(work.actor, registry)
            and not hides(f"/panel/{one.name}", models_of_right(one.about))]  # fmt: skip


# --- Who -------------------------------------------------------------------------------------


def _administers(actor: Actor) -> bool:
    grant = actor.may(ADMINISTER)
    return grant is not None and grant.reach == "all"


def _who_may(permission: str) -> Callable[[Actor, Any], bool]:
    return lambda actor, _registry: actor.may(permission) is not None and not operates(actor)


def _who_changes(name: str, verb: Verb) -> Callable[[Actor, Any], bool]:
    def may(actor: Actor, registry: Any) -> bool:
        resource = registry.resources.get(name)
        grant = actor.grant(resource, verb) if resource is not None else None
        sees = actor.grant(resource, "read") if resource is not None else None
        is_staff = grant is not None and sees is not None and grant.reach != "own"
        return is_staff and not operates(actor) and actor.may(RETRY) is None

    return may


# --- What ------------------------------------------------------------------------------------


def table_of(
    desk: Desk, work: Work, resource: Resource, wanted: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """Return the newest records that meet a condition as a table."""
    listing = matching(work, resource, wanted, limit=ROWS)
    hidden = hidden_of(work, resource) if listing is not None else None
    few = more.pop("columns", None)
    columns = columns_of(resource, hidden) if few is None else [
        "key", *(one for one in few if hidden is None or not is_hidden(hidden, plain_path(one)))
    ]  # fmt: skip
    records = listing.records if listing is not None else ()
    total = listing.total if listing is not None else 0
    rows = [_row(desk, work, one, columns) for one in records]
    return {
        "heads": [HEADS.get(one) or path_words(one) for one in columns],
        "rows": rows,
        "does": any(one["do"] for one in rows),
        "count": f"{number(10_000)}+" if total is None else number(total),
        "address": desk.addresses.of_list(resource),
        "act": "",
        "act_title": "",
        **more,
    }


def _row(desk: Desk, work: Work, record: Record, columns: Sequence[str]) -> dict[str, Any]:
    """Return one row, whose cells are called as the heads are where it stands as a card."""
    row = row_of(record, columns, desk.addresses, desk.zone)
    named = zip(columns[1:], row["labels"], strict=True)
    move = first_page(work.actor, record)
    return row | {
        "labels": [HEADS.get(path, label) for path, label in named],
        "do": {"title": move.title, "address": move.address} if move is not None else None,
    }


def _resource(work: Work, name: str) -> Resource:
    return work.services.registry[name]


def _customers(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "Customer"), {}, columns=("name", "status", "updatedAt"),
        empty=("No customers yet.", "Make the first under New, or import them on the list."),
    )  # fmt: skip


def _orders(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, ProductOrder.resource, {"state": UNDER_WAY}, columns=IN_ORDERS,
        act=NEW_ORDER, act_title="New order",
        empty=("No order is under way.", "What is ordered stands here until it is delivered."),
    )  # fmt: skip


def _drafts(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, ProductOrder.resource, {"internalState": ("draft",)}, columns=IN_ORDERS,
        empty=("No drafts.", "An order that is not handed in yet stands here."),
    )  # fmt: skip


def _quotes(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, Quote.resource, {"internalState": OPEN_QUOTES}, columns=IN_QUOTES,
        act=f"{NEW_ORDER}?quote=new", act_title="New quote",
        empty=("No quote is open.", "What is offered stands here until it is ordered."),
    )  # fmt: skip


def _offers(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "ProductOffering"), {"lifecycleStatus": DRAFT},
        columns=("name", "lifecycleStatus", "lastUpdate"),
        empty=("No drafts.", "Offers that are not on sale yet stand here."),
    )  # fmt: skip


def _accounts(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "BillingAccount"), {},
        columns=("name", "state", "updatedAt"),
        empty=("No accounts yet.", "An account is made with the first order of a customer."),
    )  # fmt: skip


def _listed(
    resource: Resource, wanted: dict[str, Any], columns: Sequence[str], *empty: str
) -> Callable[[Desk, Work], dict[str, Any]]:
    return lambda desk, work: table_of(desk, work, resource, wanted, columns=columns, empty=empty)


def _people(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "Individual"), {},
        columns=("givenName", "familyName", "status", "updatedAt"),
        empty=("Nobody yet.", "People whose data is kept stand here."),
    )  # fmt: skip


def _mine(desk: Desk, work: Work) -> dict[str, Any]:
    today = work.now.astimezone(desk.zone).date()
    found = own_tasks(work, limit=ROWS)
    return {
        "tasks": [
            {"title": one.title, "key": one.key or "", "late": one.is_overdue(today),
             "due": day(one.due.isoformat()) if one.due else None, "id": one.id}
            for one in found
        ]
    }  # fmt: skip


def _health(desk: Desk, work: Work) -> dict[str, Any]:
    row = work.connection.execute(HEALTH, [LANE, STANDING, LANE]).fetchone()
    parked, waiting, oldest, fallout, undelivered, running, failed = row
    return {
        "parked": parked,
        "waiting": waiting,
        "oldest": instant(oldest, desk.zone),
        "fallout": fallout,
        "undelivered": undelivered,
        "running": running,
        "failed": failed,
    }


def _users(desk: Desk, work: Work) -> dict[str, Any]:
    rows = work.connection.execute(USERS, [ROWS + 1]).fetchall()
    return {
        "people": [
            {"name": name, "login": login, "address": f"/administration/users/{ident}",
             "at": instant(at, desk.zone), "roles": ", ".join(say(one) for one in titles or ())}
            for ident, name, login, at, titles in rows[:ROWS]
        ]
    }  # fmt: skip


def _visits(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, _resource(work, "WorkOrder"), {"state": TO_VISIT},
        columns=(CUSTOMER, "startDate", "team"),
        empty=("Nothing to do.",
               "Orders that need a visit appear here until somebody books one."),
    )  # fmt: skip


def _held_up(desk: Desk, work: Work) -> dict[str, Any]:
    return table_of(
        desk, work, ProductOrder.resource, {"state": HELD_UP}, columns=IN_ORDERS,
        empty=("No order waits for somebody.", "Held, partly done and failed orders stand here."),
    )  # fmt: skip


def _launches(desk: Desk, work: Work) -> dict[str, Any]:
    """Return what goes on sale from now on, the soonest first."""
    offering = _resource(work, "ProductOffering")
    schema = Schema(offering)
    condition = Condition(STARTS, *schema.leaf(STARTS), "gt", (format_instant(work.now),))
    sort = Sort(STARTS, schema.leaf(STARTS)[1], descending=False)
    listing = records_of(work, offering, ListQuery((condition,), (sort,), limit=ROWS))
    columns = ["key", "name", "lifecycleStatus", STARTS]
    return {
        "heads": ["Key", "Name", "Status", "On sale from"],
        "rows": [row_of(one, columns, desk.addresses, desk.zone) for one in listing.records],
        "does": False,
        "count": f"{number(10_000)}+" if listing.total is None else number(listing.total),
        "address": f"{desk.addresses.of_list(offering)}?sort={STARTS}",
        "act": "", "act_title": "",
        "empty": ("Nothing goes on sale soon.", "An offer whose sale begins later stands here."),
    }  # fmt: skip


def seen_last(desk: Desk, work: Work, keys: Sequence[str]) -> dict[str, Any]:
    """Return the records with these keys that the visitor may see, in their order."""
    registry = work.services.registry
    hits = {one.key: one for one in find_keys(work.services, work.actor, keys)}
    found = [hits[one] for one in keys if one in hits]
    return {
        "records": [
            {"label": one.label or one.key, "key": one.key, "kind": registry[one.kind].title,
             "address": desk.addresses.of_record(registry[one.kind], one.key)}
            for one in found
        ]
    }  # fmt: skip


def _seen_last(desk: Desk, work: Work) -> dict[str, Any]:
    return seen_last(desk, work, ())


def own_products(desk: Desk, work: Work) -> dict[str, Any]:
    """Return the table of what a customer has."""
    return table_of(desk, work, Product.resource, {})


PANELS = (
    Panel("health", "Operation", lambda actor, _: operates(actor), _health, "home_health.html"),
    Panel("users", "Newest users", lambda actor, _: _administers(actor), _users,
          "home_users.html"),
    Panel("seen", "Seen last", _who_changes("Customer", "update"), _seen_last, "home_seen.html"),
    Panel("visits", "Visits", _who_may(REPORT), _visits),
    Panel("mine", "My tasks", lambda actor, _: any(one.reach != "own" for one in
                                                   actor.grants.values()),
          _mine, "home_mine.html"),
    *queue_panels(),
    Panel("campaigns", "Campaigns under way", _who_may(TARGET), _listed(
        MarketingCampaign.resource, {"status": CAMPAIGNS_OPEN}, IN_CAMPAIGNS,
        "No campaign is under way.", "Campaigns that are planned, run or pause stand here.")),
    Panel("waves", "Waves to come", _who_may(TARGET), _listed(
        CampaignWave.resource, {"state": WAVES_OPEN}, IN_WAVES,
        "No wave is to come.", "Waves of campaigns that are not over stand here.")),
    Panel("held", "Orders that wait for somebody", _who_changes("Customer", "update"), _held_up),
    Panel("drafts", "Drafts", _who_changes("ProductOrder", "create"), _drafts),
    Panel("quotes", "Open quotes", _who_changes("Quote", "create"), _quotes),
    Panel("orders", "Orders under way", _who_changes("ProductOrder", "create"), _orders),
    Panel("customers", "Newest customers", _who_changes("Customer", "update"), _customers),
    Panel("shelf", "Offers changed last", _who_changes("ProductOffering", "update"), shelf,
          "catalog_home.html"),
    Panel("failing", "Failed checks", _who_changes("ProductOffering", "update"), failing,
          "catalog_failing.html"),
    Panel("launches", "On sale soon", _who_changes("ProductOffering", "update"), _launches),
    Panel("offers", "Offers in the making", _who_changes("ProductOffering", "update"), _offers),
    Panel("corrections", "Corrections to decide", _who_may(APPROVE), _listed(
        Correction.resource, {"state": ("requested",)}, IN_CORRECTIONS,
        "Nothing to decide.", "Corrections above the authority of who asks wait here.")),
    Panel("paymentPlans", "Payment plans to decide", _who_may(APPROVE), _listed(
        PaymentPlan.resource, {"state": ("requested",)}, IN_PLANS,
        "Nothing to decide.", "Payment plans above the threshold of their terms wait here."),
        about="PaymentPlan:read"),
    Panel("dunning", "Asked for money", _who_may(RUN), _listed(
        DunningCase.resource, {"state": OPEN_CASES}, IN_DUNNING,
        "Nobody is asked for money.", "Accounts with overdue bills stand here."),
        about="DunningCase:read"),
    Panel("unreleased", "Bills not released", _who_may(RUN), _listed(
        CustomerBill.resource, {"state": DRAFTS}, IN_BILLS,
        "Every bill is released.", "Bills that are drafts or on hold stand here.")),
    Panel("credits", "Payments in credit", _who_may(RUN), _listed(
        Payment.resource, {"hasCredit": (True,)}, IN_CREDITS,
        "No payment is in credit.", "Money that pays no bill stands here.")),
    Panel("bills", "Newest bills", _who_may(RUN), _listed(
        CustomerBill.resource, {}, IN_BILLS,
        "No bill yet.", "Bills come from the system that bills, once something was billed.")),
    Panel("accounts", "Newest billing accounts", _who_may(RUN), _accounts),
    Panel("people", "Newest people", _who_may("privacy:erase"), _people),
    Panel("privacy", "Requests of people", _who_may("privacy:erase"), _listed(
        ErasureRequest.resource, {"state": ASKED}, IN_ERASURES,
        "Nobody asks to be erased.", "Requests that are not decided stand here.")),
)  # fmt: skip
