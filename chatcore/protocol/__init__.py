"""Text only: message grammar, framing, numerics, names. Knows no sockets, threads, clocks or log."""
