"""Mailbox Power: posts cards and gifts to a contact."""
