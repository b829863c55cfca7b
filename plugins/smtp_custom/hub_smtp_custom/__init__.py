"""Any mail account: sends by SMTP, reads by IMAP.

There is no code here, for the hub speaks to mail servers itself: ``presets`` is the table of providers whose servers are known,
``declaration`` makes the add-on of it.
"""

from hub_smtp_custom.declaration import addon, mailer
from hub_smtp_custom.presets import PRESETS

__all__ = ["PRESETS", "addon", "mailer"]
