"""The tracker: listener, client threads, delivery, audit log, heartbeat, operator console."""
