"""What is counted for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "trunkline_request_seconds",
    "Time of requests",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
WORK_WAITING = Gauge("trunkline_work_waiting", "Pieces of work that are due", ["lane"])
WORK_PARKED = Gauge("trunkline_work_parked", "Pieces of work that are set aside")
WORK_OLDEST = Gauge("trunkline_work_oldest_seconds", "Age of the oldest due piece of work")
PASS_TROUBLES = Gauge("trunkline_pass_troubles", "Things that a repeated pass fails at", ["pass"])
PASS_FAILING = Gauge(
    "trunkline_pass_failing_seconds", "For how long a repeated pass fails at something", ["pass"]
)
SIGN_INS = Counter("trunkline_token_requests", "Token requests", ["outcome"])
