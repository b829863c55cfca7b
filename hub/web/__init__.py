"""The web edge: everything a person sees in a browser. HTTP comes in here, and transactions open and close here."""
