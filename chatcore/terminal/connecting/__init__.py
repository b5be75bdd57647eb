"""Getting in, and in again after a lost connection."""
