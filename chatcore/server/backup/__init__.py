"""Backups of everything that a tracker keeps, made while it may be running."""
