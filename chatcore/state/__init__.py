"""Shared memory: who is here, which channels exist, what is to be delivered. Knows no socket and does no I/O.

Lock order: channels (ascending by casefolded name) → stripes (ascending) → a client's or the stream's own lock.
"""
