"""The API's assembly: every declared resource, the program's own verbs, and operations."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.api import (
    access,
    attributes,
    docs,
    events,
    hub,
    identity,
    message_texts,
    network_callback,
    operations,
    order_lines,
    ordering,
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
    doorman = ApiDoorman(authenticator)
    add_error_answers(app)
    http.add_routes(app, services, doorman)
    access.add_routes(app, services, doorman)
    hub.add_routes(app, services, doorman, settings)
    events.add_routes(app, services, doorman, settings)
    ordering.add_routes(app, services, doorman)
    order_lines.add_routes(app, services, doorman)
    task.add_routes(app, services, doorman)
    attributes.add_routes(app, services, doorman)
    identity.add_routes(app, services, doorman)
    workspace.add_routes(app, services, doorman)
    workspace_notes.add_routes(app, services, doorman)
    message_texts.add_routes(app, services, doorman)
    workspace_lists.add_routes(app, services, doorman)
    network_callback.add_routes(app, services, settings)
    docs.add_routes(app, services, settings)
    token.add_routes(app, services)
    operations.add_routes(app, services, settings)
    return app
