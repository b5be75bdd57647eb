"""Copies of all that a tracker keeps, made beside it."""
