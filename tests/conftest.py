"""What every test gets without asking."""

from tests.leak_check import leak_check, session_leak_check

__all__ = ["leak_check", "session_leak_check"]
