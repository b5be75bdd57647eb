"""Passwords of operators, hashed as the configuration has them: once each, as it takes long on purpose."""

from __future__ import annotations

import functools

from chatcore.server.access.operator_secret import hash_secret

hashed = functools.cache(hash_secret)
