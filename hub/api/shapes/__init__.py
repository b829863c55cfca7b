"""What comes in and goes out, one file a subject. Names are the hub's own; what is not named here is refused."""
