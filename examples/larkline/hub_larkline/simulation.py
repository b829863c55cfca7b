"""What the simulated Larkline has. Read by the kit only; nothing here runs in a hub."""

from typing import Any

SEEDS: dict[str, list[dict[str, Any]]] = {
    "/me": [{"id": "u1", "name": "Ada of the Opera House"}],
    "/houses": [{"id": "h1", "name": "Opera House"}, {"id": "h2", "name": "Garden Stage"}],
    "/events": [
        {"id": "e1", "name": "Opening night", "over": False},
        {"id": "e2", "name": "Summer gala", "over": False},
        {"id": "e0", "name": "Last year's gala", "over": True},
    ],
    "/ticket-kinds": [{"id": "stalls", "name": "Stalls"}, {"id": "box", "name": "Box"}],
    "/guests": [
        {
            "id": "g1",
            "first_name": "Grace",
            "last_name": "Hopper",
            "email": "grace@example.com",
            "ticket_kind": "box",
            "vip": True,
        },
        {"id": "g2", "first_name": "Alan", "last_name": "Turing", "email": "alan@example.com", "ticket_kind": "stalls"},
        {"id": "g3", "first_name": "Edsger", "last_name": "Dijkstra", "mobile": "+31205550100", "ticket_kind": "stalls"},
    ],
}
"""Path → what is there from the start."""
