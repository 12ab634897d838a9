"""Codes of contacts: by which channel, why, and how they ended. What is sent may be another one."""

from __future__ import annotations

from collections.abc import Mapping

CHANNELS: Mapping[str, str] = {
    "phone": "Phone",
    "chat": "Chat",
    "email": "E-mail",
    "sms": "Text message",
    "letter": "Letter",
    "social": "Social network",
    "shop": "Shop",
    "visit": "Field visit",
    "portal": "Portal",
    "bill": "Bill",
}
DIRECTIONS: Mapping[str, str] = {"inbound": "Inbound", "outbound": "Outbound"}
REASONS: Mapping[str, str] = {
    "information": "Question",
    "order": "Order",
    "orderStatus": "State of an order",
    "change": "Change of a service",
    "fault": "Fault",
    "bill": "Bill",
    "payment": "Payment",
    "complaint": "Complaint",
    "contactData": "Contact data",
    "move": "Move",
    "security": "Security",
    "cancellation": "Cancellation",
    "other": "Something else",
}
WRAP_UPS: Mapping[str, str] = {
    "resolved": "Resolved",
    "ordered": "Order taken",
    "requestTaken": "Request taken",
    "promised": "Follow-up promised",
    "forwarded": "Handed on",
    "notReached": "Not reached",
    "disconnected": "Cut off",
}
