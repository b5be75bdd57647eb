"""A connection comes: what it is, whose it is, and whether it is served."""
