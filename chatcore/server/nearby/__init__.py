"""Announces the chat on the local network."""
