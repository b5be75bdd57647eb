"""Pure text: message grammar, framing, numerics, names. Knows no socket, thread, clock or log."""
