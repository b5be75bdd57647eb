"""chatcore: a password-protected group chat that one person starts and everybody joins."""

__version__ = "0.2.0"
