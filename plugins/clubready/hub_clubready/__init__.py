"""ClubReady: brings a club's prospects and clients in, and pushes contacts to the club as new prospects.

The story in order: ``declaration`` says who the vendor is and what an account fills in, ``answers`` reads what ClubReady says
in all the forms it says it in, ``endpoints`` is the one table of its calls, ``refusals`` turns its *no* into words that an
admin can act on, ``checking`` is the connection test, ``types`` the live list of prospect types and what it is mapped to,
``people`` the way in, ``push`` the step.
"""

from hub_clubready import checking, people, push, types
from hub_clubready.declaration import addon

__all__ = ["addon", "checking", "people", "push", "types"]
