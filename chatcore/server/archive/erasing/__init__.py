"""Erasing what was said: the request, and whoever carries it out, with a tracker or without one."""
