"""Answers from the archive, in the thread of whoever asks."""
