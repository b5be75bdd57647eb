"""What every test gets without asking."""

import signal

from tests.leak_check import leak_check, session_leak_check

__all__ = ["leak_check", "session_leak_check"]

# Who runs the tests in the background (nohup, a shell's &) has them ignored, and so would every program under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
