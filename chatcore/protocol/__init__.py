"""Text only: message grammar, framing, numerics, names. Knows nothing of sockets, threads, clocks or the log."""
