"""Logging in, and coming back after a lost connection."""
