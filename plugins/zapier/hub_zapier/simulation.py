"""How the simulator plays Zapier: any Catch Hook takes what it is given, as in reality also where no Zap listens."""

from __future__ import annotations

OPTIONS = {
    "send": {
        "url": "https://hooks.zapier.com/hooks/catch/4711/abcdef/",
        "fields": {"First Name": "{{client.firstName}}", "Phone": "{{client.phoneCell}}"},
    }
}
