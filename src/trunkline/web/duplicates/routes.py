"""The addresses of the queue of duplicates, of merges and of the check of a new record."""

from __future__ import annotations

from typing import Any

import falcon

from trunkline.web.desk import Desk
from trunkline.web.duplicates.merge_page import MergePage
from trunkline.web.duplicates.merge_state_page import MergeStatePage
from trunkline.web.duplicates.new_record import NewRecordCheck
from trunkline.web.duplicates.pair_peek import pair_peek
from trunkline.web.duplicates.queue import ADDRESS, pair_worklist
from trunkline.web.duplicates.search_page import SearchPage
from trunkline.web.worklist.adding import add_worklist


def add_routes(app: falcon.App[Any, Any], desk: Desk) -> None:
    """Add them."""
    merges = MergeStatePage(desk)
    app.add_route(f"{ADDRESS}/check/{{name}}", NewRecordCheck(desk))
    app.add_route(f"{ADDRESS}/merge", MergePage(desk))
    app.add_route(f"{ADDRESS}/merges/{{ident}}", merges)
    app.add_route(f"{ADDRESS}/merges/{{ident}}/part", merges, suffix="part")
    app.add_route(f"{ADDRESS}/search", SearchPage(desk))
    add_worklist(app, desk, pair_worklist(pair_peek))
