"""Bytes in, bytes out. The only place where OSError is met and translated."""
