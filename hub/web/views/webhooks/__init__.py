"""Settings → Webhooks: who listens to this account, what was sent to them, and sending it again.

`showing` looks, `making` makes one and gives it another secret, `acting` tries it out, switches it, sends again and removes it.
The addresses stand under Settings (`urls`).
"""
