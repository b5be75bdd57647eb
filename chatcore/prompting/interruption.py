"""What ends a prompt, besides Enter. Needs no prompt_toolkit."""


class Woken(Exception):
    """Raised while waiting for a line, because something else needs attention."""


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP arrived. Handled wherever Ctrl+C is."""

    def __init__(self, signum: int) -> None:
        super().__init__()
        self.signum = signum
