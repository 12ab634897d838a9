"""The API's assembly: every declared resource, the program's own verbs, and operations."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.api import (
    access,
    acting,
    attributes,
    billing_feed,
    care,
    care_figures,
    carts,
    catalog_publishing,
    contacts,
    docs,
    events,
    fieldwork,
    governance_packages,
    hand_offs,
    hub,
    identity,
    inventory,
    mass_change,
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
    revisions,
    sales_leads,
    staggered,
    task,
    token,
    workspace,
    workspace_lists,
    workspace_notes,
)
from trunkline.api.doorman import ApiDoorman
from trunkline.api.request import RequestMiddleware, add_error_answers, request_type
from trunkline.identity.authenticate import Authenticator
from trunkline.kernel.services import Services
from trunkline.rest import http
from trunkline.settings import Settings


def make_app(
    services: Services, authenticator: Authenticator, settings: Settings
) -> falcon.App[Any, Any]:
    """Return the WSGI program that answers the API."""
    app: falcon.App[Any, Any] = falcon.App(
        middleware=[RequestMiddleware(settings)], request_type=request_type(settings)
    )
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.auto_parse_qs_csv = False
    doorman = ApiDoorman(authenticator, services)
    add_error_answers(app)
    http.add_routes(app, services, doorman)
    access.add_routes(app, services, doorman)
    hub.add_routes(app, services, doorman, settings)
    events.add_routes(app, services, doorman, settings)
    ordering.add_routes(app, services, doorman)
    revisions.add_routes(app, services, doorman)
    quantities.add_routes(app, services, doorman)
    staggered.add_routes(app, services, doorman)
    order_projects.add_routes(app, services, doorman)
    hand_offs.add_routes(app, services, doorman)
    process_flows.add_routes(app, services, doorman)
    pools.add_routes(app, services, doorman)
    fieldwork.add_routes(app, services, doorman)
    carts.add_routes(app, services, doorman)
    inventory.add_routes(app, services, doorman)
    reconciliation.add_routes(app, services, doorman)
    billing_feed.add_routes(app, services, doorman)
    order_capture.add_routes(app, services, doorman)
    order_requests.add_routes(app, services, doorman)
    product_changes.add_routes(app, services, doorman)
    quotes.add_routes(app, services, doorman)
    order_lines.add_routes(app, services, doorman)
    mass_change.add_routes(app, services, doorman)
    order_dates.add_routes(app, services, doorman)
    order_repair.add_routes(app, services, doorman)
    plan_definitions.add_routes(app, services, doorman)
    task.add_routes(app, services, doorman)
    care.add_routes(app, services, doorman)
    care_figures.add_routes(app, services, doorman)
    attributes.add_routes(app, services, doorman)
    governance_packages.add_routes(app, services, doorman)
    identity.add_routes(app, services, doorman)
    workspace.add_routes(app, services, doorman)
    workspace_notes.add_routes(app, services, doorman)
    message_texts.add_routes(app, services, doorman)
    matching.add_routes(app, services, doorman)
    onboarding.add_routes(app, services, doorman)
    reads.add_routes(app, services, doorman)
    sales_leads.add_routes(app, services, doorman)
    qualification.add_routes(app, services, doorman)
    catalog_publishing.add_routes(app, services, doorman)
    acting.add_routes(app, services, doorman)
    contacts.add_routes(app, services, doorman)
    workspace_lists.add_routes(app, services, doorman)
    network_callback.add_routes(app, services, settings)
    docs.add_routes(app, services, settings)
    token.add_routes(app, services)
    operations.add_routes(app, services, settings)
    return app
