"""Passwords of operators, hashed as in the configuration: once each, as hashing is slow on purpose."""

from __future__ import annotations

import functools

from chatcore.server.access.operator_secret import hash_secret

hashed = functools.cache(hash_secret)
