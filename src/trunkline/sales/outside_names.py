"""Outside names of quotes: the ids under which clients have sent them."""

from __future__ import annotations

from trunkline.rest.outside_names import outside_names
from trunkline.sales.quote.quote import Quote
from trunkline.shared.outside_names import external_id

outside_names(Quote)(external_id)
