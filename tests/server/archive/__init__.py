"""Tests of the archive, and what they share."""
