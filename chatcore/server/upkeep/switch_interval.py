"""How long a thread waits for the interpreter before it asks for it.

CPython has every waiting thread wake up and ask again after an interval of 5 ms. If thousands wait, that is all they
do: when 8,000 clients left at once, nothing else happened for half a minute.
"""

from __future__ import annotations

import sys

_USUAL_S = sys.getswitchinterval()
_PER_CLIENT_S = 20e-6  # so all together ask 50,000 times a second at most


def fit_switch_interval(clients: int) -> None:
    """Set the interval for this many clients. Any thread; for the whole process."""
    sys.setswitchinterval(max(_USUAL_S, clients * _PER_CLIENT_S))
