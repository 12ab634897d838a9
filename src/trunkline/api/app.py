"""The API's assembly: every declared resource, the program's own verbs, and operations."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.access.function import own_permissions
from trunkline.api import (
    access,
    acting,
    agreements,
    archive,
    assurance,
    attributes,
    bill_runs,
    billing,
    billing_feed,
    campaigns,
    care,
    care_figures,
    carts,
    catalog_files,
    catalog_publishing,
    contacts,
    contracts,
    customer_view,
    docs,
    erasure,
    events,
    fieldwork,
    governance_packages,
    hand_offs,
    hub,
    identity,
    inventory,
    lead_figures,
    lead_interface,
    mass_change,
    master_systems,
    matching,
    message_texts,
    network_callback,
    onboarding,
    operations,
    order_capture,
    order_dates,
    order_lines,
    order_projects,
    order_repair,
    order_requests,
    ordering,
    plan_definitions,
    pools,
    process_flows,
    product_changes,
    qualification,
    quantities,
    quotes,
    reads,
    reconciliation,
    renewals,
    revisions,
    sales_leads,
    self_care,
    service_credits,
    staggered,
    task,
    token,
    workspace,
    workspace_lists,
    workspace_notes,
)
from trunkline.api.asking import declare_taken
from trunkline.api.described import SCHEMAS, own_verbs
from trunkline.api.doorman import ApiDoorman
from trunkline.api.request import RequestMiddleware, add_error_answers, request_type
from trunkline.identity.authenticate import Authenticator
from trunkline.kernel.services import Services
from trunkline.rest import http
from trunkline.rest.guarded import GuardedApp
from trunkline.settings import Settings

OWN_ROUTES = (
    access, ordering, revisions, quantities, staggered, order_projects, hand_offs, process_flows,
    pools, fieldwork, assurance, service_credits, carts, self_care, inventory, reconciliation,
    billing, billing_feed, order_capture, order_requests, product_changes, quotes, agreements,
    bill_runs, order_lines,
    mass_change, order_dates, order_repair, plan_definitions, task, care, care_figures,
    customer_view, archive, master_systems, attributes, governance_packages, identity, workspace,
    workspace_notes, message_texts, matching, onboarding, reads, sales_leads, campaigns,
    lead_interface, lead_figures, contracts, renewals, qualification, catalog_publishing, acting,
    contacts, workspace_lists, catalog_files, erasure,
)  # fmt: skip
"""The modules of this package whose addresses need no settings, in their order."""


def make_app(
    services: Services, authenticator: Authenticator, settings: Settings
) -> falcon.App[Any, Any]:
    """Return the WSGI program that answers the API; each address says whose right it takes."""
    registry = services.registry
    verbs = list(own_verbs(registry))
    declare_taken(verbs, SCHEMAS)
    app = GuardedApp(
        registry, verbs, own_permissions(),
        middleware=[RequestMiddleware(settings)], request_type=request_type(settings),
    )  # fmt: skip
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.auto_parse_qs_csv = False
    doorman = ApiDoorman(authenticator, services)
    add_error_answers(app)
    http.add_routes(app, services, doorman)
    for one in OWN_ROUTES:
        one.add_routes(app, services, doorman)
    hub.add_routes(app, services, doorman, settings)
    events.add_routes(app, services, doorman, settings)
    network_callback.add_routes(app, services, settings)
    docs.add_routes(app, services, settings)
    token.add_routes(app, services)
    operations.add_routes(app, services, settings)
    return app
