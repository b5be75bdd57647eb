"""What a visit is, and what arriving messages do to it. Pure."""
