"""Outlook by SMTP and IMAP: for an organisation that keeps Microsoft Graph shut and lets mail programs in.

There is no code here. The hub speaks to mail servers itself and signs in there with the token (XOAUTH2, in two steps, however
long it is); :mod:`hub_outlook.smtp.declaration` says whose servers they are and what Microsoft is asked to allow.

It is an add-on of its own and not a switch within the other, for a token of Microsoft's is for one resource: what opens Graph
opens no mail server, and a page that asks for both is refused. Whoever changes from one to the other signs in again.
"""

from hub_outlook.smtp.declaration import addon, mailer

__all__ = ["addon", "mailer"]
