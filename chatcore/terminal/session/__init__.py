"""The state of a visit, and what arriving messages do to it. Pure."""
