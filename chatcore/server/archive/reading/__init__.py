"""Queries on the archive; each runs in the thread of the caller."""
