"""Contacts, messages, requests, papers and cases on timelines."""

from __future__ import annotations

from trunkline.screens.timeline import Family, Happens, happens

CONTACTS = Family("interaction", "Interactions", "people", 20)

happens(
    Happens(
        "PartyInteraction", CONTACTS, at="interactionDate.startDateTime", channel="channel.0.id",
        told={"reason": "reason", "direction": "direction", "agent": "agent.name",
              "ended": "wrapUpCode"},
    ),
    Happens("CommunicationMessage", CONTACTS, channel="messageType", told={"name": "subject"}),
    Happens("CustomerRequest", Family("request", "Requests", "people", 30),
            channel="channel", told={"name": "name"}),
    Happens("PaperDocument", Family("document", "Documents", "file", 40), told={"name": "name"}),
    Happens("TroubleTicket", Family("case", "Tickets", "alert", 50), channel="channel.id",
            told={"name": "name"}),
)  # fmt: skip
